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
 * All files below the places, by name.
 * @throws PipelineError CONFIG_INVALID when there is none, STORE_UNAVAILABLE
 */
export async function filesAt(
  places: readonly string[],
  access: BucketAccess,
): Promise<readonly ImportFile[]> {
  const files: ImportFile[] = [];
  for (const place of places) {
    const [, bucket, prefix = ""] = GS.exec(place) ?? [];
    const found = bucket === undefined ? await onDisk(place) : await inBucket(bucket, prefix, access);
    if (found.length === 0)
      throw new PipelineError("CONFIG_INVALID", "never", `there is nothing to import at ${place}`);
    files.push(...found);
  }
  return files;
}

async function onDisk(place: string): Promise<readonly ImportFile[]> {
  try {
    const found = await stat(place);
    const names = found.isDirectory()
      ? (await readdir(place, { recursive: true, withFileTypes: true }))
          .filter((entry) => entry.isFile())
          .map((entry) => join(entry.parentPath, entry.name))
      : [place];
    return await Promise.all(
      names.toSorted().map(async (path) => {
        const { size, mtimeMs } = await stat(path);
        // The folders above a file may say its type and date, wherever the command was run.
        return {
          path: resolve(path),
          size,
          writtenAt: Math.floor(mtimeMs),
          open: () => createReadStream(path),
        };
      }),
    );
  } catch (error) {
    throw new PipelineError("CONFIG_INVALID", "never", `${place} cannot be read: ${reasonOf(error)}`, {
      cause: error,
    });
  }
}

const REQUEST_TIMEOUT_MS = 60_000;

async function inBucket(
  bucket: string,
  prefix: string,
  access: BucketAccess,
): Promise<readonly ImportFile[]> {
  const options = { ...access, bucket, requestTimeoutMs: REQUEST_TIMEOUT_MS };
  const read = createReading(options);
  const files: ImportFile[] = [];
  for await (const { name, size, createdAt } of createListing(options)(prefix)) {
    if (name.endsWith("/")) continue;
    const path = `gs://${bucket}/${name}`;
    files.push({ path, size, writtenAt: Date.parse(createdAt), open: () => read(name) });
  }
  return files;
}
