/** A file's bytes, gzip or not, as its lines: bytes as well, since nobody said that they are text. */
import { pipeline } from "node:stream";
import { createGunzip } from "node:zlib";
import { PipelineError } from "#services/shared/errors.ts";

const NEWLINE = 0x0a;
/** Space, tab and carriage return: what JSON allows around a value. */
const BLANKS = new Set([0x20, 0x09, 0x0d]);
const BOM = Buffer.from([0xef, 0xbb, 0xbf]);
const GZIP = Buffer.from([0x1f, 0x8b]);

/** How files begin that hold no lines: other formats of `bq extract`, and archives. */
const FOREIGN = [
  ["Avro", "Obj\u0001"],
  ["Parquet", "PAR1"],
  ["zip", "PK\u0003\u0004"],
  ["bzip2", "BZh"],
  ["xz", "\u00fd7zXZ\0"],
  ["Zstandard", "\u0028\u00b5\u002f\u00fd"],
].map(([name = "", start = ""]) => ({ name, start: Buffer.from(start, "latin1") }));

/**
 * Larger than any event: the receiver takes 8 MiB at most. A line that is no JSON is kept as text, in which a control character
 * has six bytes, and BigQuery loads rows of 100 MB (https://cloud.google.com/bigquery/quotas#load_jobs).
 */
const LINE_BYTES_MAX = 16_000_000;

/**
 * Yields the lines without a byte order mark or the blanks around them, as the recorder trims them; blank ones are left out.
 * @throws PipelineError CONFIG_INVALID for another format, a line that is too long or a broken gzip
 */
export async function* linesIn(bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, void> {
  let held: Buffer[] = [];
  let size = 0;
  const hold = (part: Buffer) => {
    size += part.length;
    if (size > LINE_BYTES_MAX)
      throw new PipelineError("CONFIG_INVALID", "never", `a line is longer than ${LINE_BYTES_MAX} bytes`);
    held.push(part);
  };
  const take = () => {
    const line = trimmed(Buffer.concat(held));
    held = [];
    size = 0;
    return line;
  };
  for await (const chunk of withoutBom(await plain(bytes))) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      hold(chunk.subarray(start, end));
      const line = take();
      if (line.length > 0) yield line;
      start = end + 1;
    }
    hold(chunk.subarray(start));
  }
  const last = take();
  if (last.length > 0) yield last;
}

async function plain(bytes: AsyncIterable<Buffer>): Promise<AsyncIterable<Buffer>> {
  const chunks = bytes[Symbol.asyncIterator]();
  const first = await chunks.next();
  const all = (async function* () {
    if (first.done) return;
    yield first.value;
    for (let next = await chunks.next(); !next.done; next = await chunks.next()) yield next.value;
  })();
  if (first.done) return all;
  const foreign = FOREIGN.find(({ start }) => startsWith(first.value, start));
  if (foreign !== undefined)
    throw new PipelineError("CONFIG_INVALID", "never", `it is ${foreign.name}, not lines of JSON`);
  return startsWith(first.value, GZIP) ? unzipped(all) : all;
}

const startsWith = (bytes: Buffer, start: Buffer) => bytes.subarray(0, start.length).equals(start);

async function* withoutBom(bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, void> {
  let isFirst = true;
  for await (const chunk of bytes) {
    yield isFirst && startsWith(chunk, BOM) ? chunk.subarray(BOM.length) : chunk;
    isFirst = false;
  }
}

async function* unzipped(bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, void> {
  const gunzip = createGunzip();
  // What goes wrong on either side destroys gunzip with it, and so comes out of the loop.
  pipeline(bytes, gunzip, () => {});
  try {
    yield* gunzip as AsyncIterable<Buffer>;
  } catch (error) {
    // https://nodejs.org/api/zlib.html#zlib-constants: the bytes are wrong, or end too early.
    const isBroken =
      error instanceof Error && /^Z_(DATA|BUF)_ERROR$/.test(String(Reflect.get(error, "code")));
    if (!isBroken) throw error;
    throw new PipelineError("CONFIG_INVALID", "never", `no whole gzip, ${error.message}`, { cause: error });
  }
}

function trimmed(line: Buffer): Buffer {
  let start = 0;
  let end = line.length;
  while (start < end && BLANKS.has(line[start] as number)) start += 1;
  while (start < end && BLANKS.has(line[end - 1] as number)) end -= 1;
  return line.subarray(start, end);
}
