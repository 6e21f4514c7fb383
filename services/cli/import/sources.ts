/** What an import reads: files, folders, objects of a bucket; as streams, so that no size matters. */
import { createReadStream } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { PipelineError, reasonOf } from "#services/shared/errors.ts";
import { createListing } from "#services/shared/gcp/listing.ts";
import { createReading } from "#services/shared/gcp/reading.ts";

export interface ImportFile {
  /** As it is named to the user; its last parts may say type, date and id. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Milliseconds since the epoch. */
  readonly writtenAt: number;
  open(): AsyncIterable<Buffer>;
}

export interface BucketAccess {
  readonly project: string;
  readonly address?: string;
}

const GS = /^gs:\/\/([^/]+)(?:\/(.*))?$/;

/**
 * All files below the places, in the order of their names; listed as they are asked for, so that no number matters either.
 * @throws PipelineError CONFIG_INVALID when there is none, STORE_UNAVAILABLE
 */
export async function* filesAt(
  places: readonly string[],
  access: BucketAccess,
): AsyncGenerator<ImportFile, void, void> {
  for (const place of places) {
    const [, bucket, prefix = ""] = GS.exec(place) ?? [];
    let isEmpty = true;
    for await (const file of bucket === undefined ? onDisk(place) : inBucket(bucket, prefix, access)) {
      isEmpty = false;
      yield file;
    }
    if (isEmpty) throw new PipelineError("CONFIG_INVALID", "never", `there is nothing to import at ${place}`);
  }
}

async function* onDisk(place: string): AsyncGenerator<ImportFile, void, void> {
  const { isDirectory, size, writtenAt } = await about(place);
  if (!isDirectory) {
    // The folders above a file may say its type and date, wherever the command was run.
    yield { path: resolve(place), size, writtenAt, open: () => createReadStream(place) };
    return;
  }
  const entries = await readdir(place, { withFileTypes: true }).catch(unreadable(place));
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1)))
    if (entry.isFile() || entry.isDirectory()) yield* onDisk(join(place, entry.name));
}

async function about(path: string) {
  const found = await stat(path).catch(unreadable(path));
  return { isDirectory: found.isDirectory(), size: found.size, writtenAt: Math.floor(found.mtimeMs) };
}

function unreadable(path: string): (error: unknown) => never {
  return (cause) => {
    const text = `${path} cannot be read: ${reasonOf(cause)}`;
    throw new PipelineError("CONFIG_INVALID", "never", text, { cause });
  };
}

const REQUEST_TIMEOUT_MS = 60_000;

async function* inBucket(
  bucket: string,
  prefix: string,
  access: BucketAccess,
): AsyncGenerator<ImportFile, void, void> {
  const options = { ...access, bucket, requestTimeoutMs: REQUEST_TIMEOUT_MS };
  const read = createReading(options);
  for await (const { name, size, createdAt } of createListing(options)(prefix)) {
    if (name.endsWith("/")) continue;
    const path = `gs://${bucket}/${name}`;
    yield { path, size, writtenAt: Date.parse(createdAt), open: () => read(name) };
  }
}
