/** The archive: objects of rows by type and day, as the batcher wrote them, and the rows in them. */
import { createHash } from "node:crypto";
import { gunzipSync } from "node:zlib";
import { PipelineError, reasonOf } from "#services/shared/errors.ts";
import type { Listing } from "#services/shared/gcp/listing.ts";
import { EVENTS, MANIFEST_KEY, type Manifest, partsOf, readManifest } from "#services/shared/objects.ts";
import type { Store } from "#services/shared/ports.ts";

/** Days in UTC, `2026-11-20`, both included; an object is in the folder of the day on which it was written. */
export interface Days {
  readonly from: string;
  readonly to: string;
}

export interface ArchivedObject {
  readonly name: string;
  /** The last part of its name, without the ending. */
  readonly id: string;
  readonly day: string;
  /** Bytes, compressed. */
  readonly size: number;
  readonly createdAt: string;
  /** As the batcher wrote it; objects from before the books have none. */
  readonly manifest: Manifest | undefined;
}

export async function* archivedObjects(
  list: Listing,
  type: string,
  { from, to }: Days,
): AsyncGenerator<ArchivedObject, void, void> {
  const folder = `${EVENTS}${type}/`;
  for await (const { name, size, createdAt, metadata } of list(folder, `${folder}dt=${from}`)) {
    const day = name.slice(folder.length + "dt=".length, folder.length + "dt=2026-11-20".length);
    if (day > to) return;
    const id = partsOf(name)?.id;
    if (id === undefined) continue;
    yield { name, id, day, size, createdAt, manifest: readManifest(metadata[MANIFEST_KEY] ?? "") };
  }
}

/**
 * The lines of an object, each one row as JSON; an object holds at most what a batch may (BATCH_MAX_BYTES).
 * @throws PipelineError STORE_UNAVAILABLE when it is gone or no gzip
 */
export async function linesOf(store: Store, name: string): Promise<readonly string[]> {
  return textOf(await bytesOf(store, name), name)
    .split("\n")
    .filter(Boolean);
}

/** The manifest of an object that has none, out of its content. */
export async function madeManifest(
  store: Store,
  { name, createdAt }: Pick<ArchivedObject, "name" | "createdAt">,
): Promise<Manifest> {
  const bytes = await bytesOf(store, name);
  const rows = textOf(bytes, name)
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as { ce_time?: string; received_at?: string });
  const times = rows.flatMap(({ ce_time: time }) => time ?? []).toSorted();
  return {
    object: name,
    rows: rows.length,
    bytes: bytes.byteLength,
    sha256: createHash("sha256").update(bytes).digest("hex"),
    minTime: times[0] ?? null,
    maxTime: times.at(-1) ?? null,
    untimed: rows.length - times.length,
    oldestReceivedAt: rows.flatMap(({ received_at: at }) => at ?? []).toSorted()[0] ?? null,
    drainedAt: createdAt,
  };
}

async function bytesOf(store: Store, name: string): Promise<Buffer> {
  const found = await store.read(name);
  if (found === undefined)
    throw new PipelineError("STORE_UNAVAILABLE", "later", `${name} was removed while we looked`);
  return found.bytes;
}

/** @throws PipelineError STORE_UNAVAILABLE when it is no gzip */
export function textOf(bytes: Buffer, name: string): string {
  try {
    return gunzipSync(bytes).toString();
  } catch (error) {
    throw new PipelineError("STORE_UNAVAILABLE", "never", `${name} is no gzip: ${reasonOf(error)}`, {
      cause: error,
    });
  }
}
