/**
 * Reads the bucket of the events together with the files of dead letters: Pub/Sub writes these into a bucket of its own, and
 * deployments of earlier releases have them in the bucket of the events. Both are listed and read as one.
 */
import { createListing, type Listing } from "#services/shared/gcp/listing.ts";
import { isNotFound } from "#services/shared/gcp/query.ts";
import { createStore, type StoreOptions } from "#services/shared/gcp/storage.ts";
import { DEAD_LETTERS, deadLettersBucketOf } from "#services/shared/objects.ts";
import type { Store } from "#services/shared/ports.ts";

export interface BucketPorts {
  readonly store: Store;
  readonly list: Listing;
}

/** Extension of the files of a Cloud Storage subscription. */
export const FILE = ".avro";

/** Opens both buckets; the second need not exist, as on the local cloud, where dead letters are pulled. */
export function openBucketPorts(options: StoreOptions): BucketPorts {
  const main = { store: createStore(options), list: createListing(options) };
  const place = { ...options, bucket: deadLettersBucketOf(options.bucket) };
  const files = { store: createStore(place), list: noneIfMissing(createListing(place)) };
  return {
    store: {
      ...main.store,
      async read(name) {
        const object = await main.store.read(name);
        return object === undefined && isFile(name) ? files.store.read(name) : object;
      },
      async list(prefix, limit) {
        const names = await main.store.list(prefix, limit);
        return reachesFiles(prefix) ? withFiles(names, files.list(prefix), limit) : names;
      },
      async remove(name, generation) {
        await main.store.remove(name, generation);
        if (isFile(name)) await files.store.remove(name, generation);
      },
    },
    async *list(prefix, from = "") {
      yield* main.list(prefix, from);
      if (reachesFiles(prefix)) yield* files.list(prefix, from);
    },
  };
}

const isFile = (name: string) => name.startsWith(DEAD_LETTERS) && name.endsWith(FILE);
const reachesFiles = (prefix: string) => prefix.startsWith(DEAD_LETTERS) || DEAD_LETTERS.startsWith(prefix);

function noneIfMissing(list: Listing): Listing {
  return async function* listed(prefix, from) {
    try {
      yield* list(prefix, from);
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  };
}

async function withFiles(
  names: readonly string[],
  files: AsyncIterable<{ readonly name: string }>,
  limit: number,
): Promise<readonly string[]> {
  const all = [...names];
  for await (const { name } of files) {
    if (all.length >= limit) break;
    all.push(name);
  }
  return all;
}
