/** Cloud Storage for tools: objects of any size, as they are stored. */
import type { Readable } from "node:stream";
import { openBucket, type StoreOptions } from "./storage.ts";

/** The bytes of an object; the stream fails when it is not there. */
export function createReading(options: StoreOptions): (name: string) => Readable {
  const bucket = openBucket(options);
  return (name) => bucket.file(name).createReadStream({ decompress: false });
}
