/** An object's content without the term, whoever wrote it. */
import { constants, isUtf8 } from "node:buffer";
import { gunzipSync, gzipSync } from "node:zlib";
import { reasonOf } from "#services/shared/errors.ts";
import { type Term, without } from "./term.ts";

export type Content =
  | { readonly outcome: "clean" }
  | {
      readonly outcome: "found";
      /** Lines that have it: rows of an object of rows, else mostly one. */
      readonly lines: number;
      readonly bytes: Buffer;
      readonly contentType: string;
    }
  /** It is in it, in a form that cannot be written again, or it cannot be looked for. */
  | { readonly outcome: "unchangeable"; readonly reason: string };

const CLEAN: Content = { outcome: "clean" };

export function contentWithout(term: Term, bytes: Buffer): Content {
  const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
  let plain = bytes;
  try {
    if (isGzip) plain = gunzipSync(bytes, { maxOutputLength: constants.MAX_STRING_LENGTH });
  } catch (error) {
    return { outcome: "unchangeable", reason: `it cannot be unpacked: ${reasonOf(error)}` };
  }
  if (!isUtf8(plain)) {
    if (plain.toString("latin1").search(term.bytes) === -1) return CLEAN;
    return { outcome: "unchangeable", reason: "it is no text" };
  }
  const text = plain.toString();
  if (!new RegExp(term.candidate, "iu").test(text)) return CLEAN;
  const before = text.split("\n");
  const after = before.map((line) => without(term, line));
  const lines = after.filter((line, index) => line !== before[index]).length;
  if (lines === 0) return CLEAN;
  const redacted = Buffer.from(after.join("\n"));
  return isGzip
    ? { outcome: "found", lines, bytes: gzipSync(redacted), contentType: "application/gzip" }
    : { outcome: "found", lines, bytes: redacted, contentType: "application/json" };
}
