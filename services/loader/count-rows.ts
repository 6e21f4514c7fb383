/** Counts the rows of an object by itself, to see whether BigQuery or the mark is wrong about it. */
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import type { Store } from "#services/shared/ports.ts";

const unzip = promisify(gunzip);
const NEWLINE = "\n";

/**
 * An object holds what a batch may (BATCH_MAX_BYTES), so it is read as a whole.
 * @returns `undefined` when the object is missing or no whole gzip
 * @throws PipelineError STORE_UNAVAILABLE
 */
export async function countRows(name: string, store: Store): Promise<number | undefined> {
  const found = await store.read(name);
  if (found === undefined) return undefined;
  let bytes: Buffer;
  try {
    bytes = await unzip(found.bytes);
  } catch (error) {
    // https://nodejs.org/api/zlib.html#zlib-constants: the bytes are wrong, or end too early.
    if (!/^Z_(DATA|BUF)_ERROR$/.test(String((error as { code?: unknown }).code))) throw error;
    return undefined;
  }
  let rows = 0;
  for (let at = bytes.indexOf(NEWLINE); at !== -1; at = bytes.indexOf(NEWLINE, at + 1)) rows += 1;
  return rows;
}
