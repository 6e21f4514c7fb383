/** The objects of a bucket with a prefix, as files to import. */
import { PipelineError, reasonOf } from "#services/shared/errors.ts";
import { createListing } from "#services/shared/gcp/listing.ts";
import { isNotFound } from "#services/shared/gcp/query.ts";
import { createReading } from "#services/shared/gcp/reading.ts";
import type { Found } from "./sources.ts";

export interface BucketAccess {
  readonly project: string;
  readonly address?: string;
}

const REQUEST_TIMEOUT_MS = 60_000;

export async function* inBucket(
  bucket: string,
  prefix: string,
  access: BucketAccess,
): AsyncGenerator<Found, void, void> {
  const options = { ...access, bucket, requestTimeoutMs: REQUEST_TIMEOUT_MS };
  const read = createReading(options);
  // A prefix may end within a name, which then belongs to the object and not to the place.
  const placed = prefix.split("/").length - 1;
  for await (const { name, size, createdAt } of createListing(options)(prefix)) {
    // The console and some tools make a folder by an empty object of its name.
    if (name.endsWith("/") && size === 0) continue;
    const path = `gs://${bucket}/${name}`;
    const names = name.split("/");
    if (names.slice(placed).some((part) => part.startsWith("."))) {
      yield { outcome: "left-out", path, why: "hidden" };
      continue;
    }
    const writtenAt = Date.parse(createdAt);
    yield { outcome: "file", path, names, placed, size, writtenAt, open: () => bytesOf(read(name), path) };
  }
}

async function* bytesOf(bytes: AsyncIterable<Buffer>, path: string): AsyncGenerator<Buffer, void, void> {
  try {
    yield* bytes;
  } catch (cause) {
    // The recorder's buckets delete what is eight days old, also while somebody reads.
    if (isNotFound(cause)) throw new PipelineError("CONFIG_INVALID", "never", "it is gone", { cause });
    throw new PipelineError("STORE_UNAVAILABLE", "later", `read ${path}: ${reasonOf(cause)}`, { cause });
  }
}
