/** One group of rows as one object with its mark: the durable write before any acknowledgement. */
import { createHash } from "node:crypto";
import { buffer } from "node:stream/consumers";
import { createGzip } from "node:zlib";
import {
  eventsObject,
  MANIFEST_KEY,
  type Manifest,
  pendingMark,
  type TracesOf,
} from "#services/shared/objects.ts";
import type { Store } from "#services/shared/ports.ts";
import type { Group } from "./batch.ts";

/**
 * Level 4 writes NDJSON of events at about twice the speed of the default 6 for some percent more bytes; it is
 * the batcher's largest expense of CPU.
 */
const GZIP_LEVEL = 4;

/** A group as what will be stored of it. */
export interface Packed {
  readonly type: string;
  readonly id: string;
  readonly bytes: Uint8Array;
  readonly manifest: Manifest;
}

/** Uses up the group's lines. @param now milliseconds since the epoch */
export async function pack(group: Group, id: string, now: number): Promise<Packed> {
  const { type } = group.table;
  const bytes = await compress(group.lines.bytes());
  group.lines.release();
  const drainedAt = new Date(now).toISOString();
  const manifest: Manifest = {
    object: eventsObject(type, drainedAt.slice(0, 10), id),
    rows: group.lines.count,
    bytes: bytes.byteLength,
    sha256: createHash("sha256").update(bytes).digest("hex"),
    minTime: group.minTime,
    maxTime: group.maxTime,
    untimed: group.untimed,
    oldestReceivedAt: group.oldestReceivedAt === null ? null : new Date(group.oldestReceivedAt).toISOString(),
    drainedAt,
    ...tracesOf(group),
  };
  return { type, id, bytes, manifest };
}

/** Rows of events become a tenth to a fifth. */
const COMPRESSED_SHARE = 1 / 4;
/** Few rows become smaller by less than many; it is Node's own chunk. */
const CHUNK_MIN = 16 * 1024;

/**
 * Everything given at once and taken at once, one task for the thread pool: after each chunk, of 16 KiB if nothing else
 * is said, the compression waits until the main thread has a moment, which makes rows of the next batch meanwhile.
 */
export function compress(bytes: Buffer): Promise<Buffer> {
  const chunkSize = Math.max(CHUNK_MIN, Math.ceil(bytes.length * COMPRESSED_SHARE));
  const gzip = createGzip({ level: GZIP_LEVEL, chunkSize });
  gzip.end(bytes);
  return buffer(gzip);
}

/** In the manifest, so that the object, its mark and the load's plan tell whose events they hold. */
const TRACES_NAMED = 10;

function tracesOf({ events }: Group): { traces?: TracesOf } {
  const ids = new Set(events.flatMap(({ trace }) => trace?.id ?? []));
  if (ids.size === 0) return {};
  return { traces: { count: ids.size, first: [...ids].slice(0, TRACES_NAMED) } };
}

/**
 * Writes the object, then its mark; when this resolves both exist. It may be repeated: a name that exists already is
 * our own earlier write whose answer was lost, since the id in it is new.
 */
export async function write({ type, id, bytes, manifest }: Packed, store: Store): Promise<void> {
  const text = JSON.stringify(manifest);
  await store.create(manifest.object, bytes, {
    contentType: "application/gzip",
    metadata: { [MANIFEST_KEY]: text },
  });
  await store.create(pendingMark(type, id), Buffer.from(text), { contentType: "application/json" });
}
