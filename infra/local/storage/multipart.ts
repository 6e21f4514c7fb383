/**
 * multipart/related uploads, streamed: metadata in the first part, the content in the second (RFC 2387). Google's
 * Python tools end lines with LF alone, so the first line tells which ending the body uses.
 */
import { invalid } from "./api-error.ts";

export interface Multipart {
  readonly metadata: Record<string, unknown>;
  readonly contentType?: string;
  readonly content: AsyncIterable<Uint8Array>;
}

const HEAD_MAX_BYTES = 1024 * 1024;

/** @throws ApiError 400 when the body is not made so; from `content` too, when its end is missing */
export async function readMultipart(
  contentTypeHeader: string,
  body: AsyncIterable<Uint8Array>,
): Promise<Multipart> {
  const boundary = /boundary=(?:"([^"]+)"|'([^']+)'|([^;\s]+))/i
    .exec(contentTypeHeader)
    ?.slice(1)
    .find(Boolean);
  if (boundary === undefined) throw invalid("multipart upload without a boundary");
  const delimiter = Buffer.from(`--${boundary}`);
  const source = body[Symbol.asyncIterator]();
  let buffer = Buffer.alloc(0);
  const more = async () => {
    const { done, value } = await source.next();
    if (done) throw invalid("multipart upload ends too early");
    buffer = Buffer.concat([buffer, value]);
  };

  /** The next part's headers; the buffer then begins with its content. */
  async function partHead(): Promise<string> {
    for (;;) {
      const start = buffer.indexOf(delimiter);
      const line = start < 0 ? -1 : buffer.indexOf("\n", start);
      if (line >= 0) newline = buffer[line - 1] === 0x0d ? "\r\n" : "\n";
      const end = line < 0 ? -1 : buffer.indexOf(newline + newline, start);
      if (end >= 0) {
        const head = buffer.subarray(start + delimiter.length, end).toString("latin1");
        buffer = buffer.subarray(end + 2 * newline.length);
        return head;
      }
      if (buffer.byteLength > HEAD_MAX_BYTES) throw invalid("multipart upload with too large a head");
      await more();
    }
  }

  let newline = "\r\n";
  await partHead();
  const end = Buffer.from(`${newline}--${boundary}`);
  let close = buffer.indexOf(end);
  while (close < 0) {
    if (buffer.byteLength > HEAD_MAX_BYTES) throw invalid("multipart upload with too large metadata");
    await more();
    close = buffer.indexOf(end);
  }
  const metadata = parseMetadata(buffer.subarray(0, close).toString("utf8"));
  buffer = buffer.subarray(close);
  const head = await partHead();
  const contentType = /^content-type:\s*(.+?)\s*$/im.exec(head)?.[1];

  async function* content(): AsyncGenerator<Uint8Array> {
    for (;;) {
      const at = buffer.indexOf(end);
      if (at >= 0) {
        yield buffer.subarray(0, at);
        return;
      }
      // All but what may be the beginning of the end.
      const safe = buffer.byteLength - end.byteLength;
      if (safe > 0) {
        yield buffer.subarray(0, safe);
        buffer = buffer.subarray(safe);
      }
      await more();
    }
  }
  return { metadata, content: content(), ...(contentType === undefined ? {} : { contentType }) };
}

export function parseMetadata(text: string): Record<string, unknown> {
  if (text.trim() === "") return {};
  try {
    const value = JSON.parse(text) as unknown;
    if (typeof value === "object" && value !== null) return value as Record<string, unknown>;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw invalid("Parse Error: the metadata is not a JSON object");
}
