/** A stream of bytes, gzip or not, as its lines: bytes as well, since nobody said that they are text. */
import { pipeline } from "node:stream";
import { createGunzip } from "node:zlib";
import { PipelineError } from "#services/shared/errors.ts";

const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const GZIP = [0x1f, 0x8b];
/** Larger than any event (the receiver takes 1 MiB) and small enough to hold. */
const LINE_BYTES_MAX = 32 * 2 ** 20;

/** Blank lines are left out. @throws PipelineError CONFIG_INVALID for a line that is too long or a broken gzip */
export async function* linesIn(bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, void> {
  let held: Buffer[] = [];
  let size = 0;
  for await (const chunk of await plain(bytes)) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      const line = trimmed(Buffer.concat([...held, chunk.subarray(start, end)]));
      if (line.length > 0) yield line;
      held = [];
      size = 0;
      start = end + 1;
    }
    const rest = chunk.subarray(start);
    size += rest.length;
    if (size > LINE_BYTES_MAX)
      throw new PipelineError("CONFIG_INVALID", "never", `a line is longer than ${LINE_BYTES_MAX} bytes`);
    if (rest.length > 0) held.push(rest);
  }
  const last = trimmed(Buffer.concat(held));
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
  const isGzip = !first.done && GZIP.every((byte, index) => first.value[index] === byte);
  return isGzip ? unzipped(all) : all;
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
  return line.at(-1) === CARRIAGE_RETURN ? line.subarray(0, -1) : line;
}
