/** The value of a `ce-*` header as the text that its sender meant. */
import { decodeUtf8 } from "#services/shared/utf8.ts";

/**
 * Double quotes and their escapes first, then one round of percent-decoding to UTF-8
 * (CloudEvents HTTP binding 1.0.2, section 3.1.3.2). A percent sign that begins no escape stands for itself,
 * and so do bytes beyond ASCII, which the binding does not know but senders write.
 * `undefined` when what is percent-encoded is not UTF-8: the binding says to refuse that.
 *
 * @param value as Node and `Headers` give it, one character per byte
 */
export function decodeHeaderValue(value: string): string | undefined {
  const text = unquote(value);
  if (/^[\x20-\x7e]*$/.test(text) && !text.includes("%")) return text;
  const bytes = Buffer.from(
    text.replaceAll(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    "latin1",
  );
  const decoded = decodeUtf8(bytes);
  if (decoded !== undefined) return decoded;
  return /%[89A-Fa-f][0-9A-Fa-f]/.test(text) ? undefined : bytes.toString("latin1");
}

/** RFC 7230, section 3.2.6. Only a value that is one quoted string as a whole; anything else stays as it is. */
function unquote(value: string): string {
  const quoted = /^"((?:[^"\\]|\\.)*)"$/s.exec(value)?.[1];
  return quoted === undefined ? value : quoted.replaceAll(/\\(.)/gs, "$1");
}
