/** Bytes into lines, with the place where each begins. */

export interface Line {
  /** Without its line end; undefined when it is longer than the limit, whose bytes are not kept. */
  readonly text: string | undefined;
  /** Counts from 1. */
  readonly number: number;
  /** Byte offset of its beginning in the uncompressed file. */
  readonly position: number;
}

const NEWLINE = 10;
const BOM = "\uFEFF";

/** @param maxBytes a longer line is reported and skipped in bounded memory */
export async function* splitLines(
  chunks: AsyncIterable<Buffer>,
  maxBytes: number,
): AsyncGenerator<readonly Line[]> {
  let held: Buffer[] = [];
  let heldBytes = 0;
  let number = 1;
  let position = 0;

  function take(tail: Buffer): Line {
    const bytes = heldBytes + tail.length;
    const whole = held.length === 0 ? tail : Buffer.concat([...held, tail]);
    // Bytes that are not UTF-8 become U+FFFD, as in BigQuery.
    const text = bytes > maxBytes ? undefined : whole.toString("utf8");
    const line = { text: number === 1 && text?.startsWith(BOM) ? text.slice(1) : text, number, position };
    held = [];
    heldBytes = 0;
    number++;
    position += bytes + 1;
    return line;
  }

  for await (const chunk of chunks) {
    const lines: Line[] = [];
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      lines.push(take(chunk.subarray(start, end)));
      start = end + 1;
    }
    const rest = chunk.subarray(start);
    heldBytes += rest.length;
    if (heldBytes <= maxBytes && rest.length > 0) held.push(rest);
    else if (heldBytes > maxBytes) held = [];
    if (lines.length > 0) yield lines;
  }
  if (heldBytes > 0) yield [take(Buffer.alloc(0))];
}
