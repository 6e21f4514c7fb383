/** Small files are fetched while those before them are worked on: a bucket of one event each would take a day otherwise. */
import { buffer } from "node:stream/consumers";
import type { ImportFile } from "./sources.ts";

/** So much is held at most: AHEAD times SMALL_BYTES. */
const AHEAD = 32;
const SMALL_BYTES = 2 ** 20;

/** The same files in the same order; a file that cannot be fetched fails when it is opened. */
export async function* readAhead(files: AsyncIterable<ImportFile>): AsyncGenerator<ImportFile, void, void> {
  const ahead: Promise<ImportFile>[] = [];
  for await (const file of files) {
    // A pipe says 0 and may be endless.
    const isSmall = file.size > 0 && file.size <= SMALL_BYTES;
    ahead.push(isSmall ? fetched(file) : Promise.resolve(file));
    if (ahead.length >= AHEAD) yield (await ahead.shift()) as ImportFile;
  }
  for (const file of ahead) yield await file;
}

async function fetched(file: ImportFile): Promise<ImportFile> {
  const read = buffer(file.open()).then(
    (bytes) => ({ bytes, error: undefined }),
    (error: unknown) => ({ bytes: undefined, error }),
  );
  const { bytes, error } = await read;
  return {
    ...file,
    async *open() {
      if (bytes === undefined) throw error;
      yield bytes;
    },
  };
}
