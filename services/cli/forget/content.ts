/** An object's content without the term, whoever wrote it. */
import { constants, isUtf8 } from "node:buffer";
import { gunzipSync, gzipSync } from "node:zlib";
import { reasonOf } from "#services/shared/errors.ts";
import { readMessages } from "../dead-letters/avro.ts";
import { type Term, without } from "./term.ts";

export type Content =
  | { readonly outcome: "clean" }
  | {
      readonly outcome: "found";
      /** Lines that have it: rows of an object of rows, else mostly one. */
      readonly lines: number;
      /** The whole content without it, packed as it was. */
      readonly bytes: Buffer;
    }
  /** It is in it, in a form that cannot be written again, or it cannot be looked for. */
  | { readonly outcome: "unchangeable"; readonly reason: string };

const CLEAN: Content = { outcome: "clean" };

export function contentWithout(term: Term, bytes: Buffer): Content {
  if (bytes.subarray(0, AVRO.length).equals(AVRO)) return inAvro(term, bytes);
  const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
  if (!isGzip) return inText(term, bytes, (redacted) => redacted);
  const plain = unpacked(() => gunzipSync(bytes, { maxOutputLength: constants.MAX_STRING_LENGTH }));
  return "reason" in plain ? { outcome: "unchangeable", ...plain } : inText(term, plain.value, gzipSync);
}

/** https://avro.apache.org/docs/1.12.0/specification/#object-container-files */
const AVRO = Buffer.from("Obj\u0001");

/** Dead letters as Pub/Sub writes them. */
function inAvro(term: Term, bytes: Buffer): Content {
  const messages = unpacked(() => [...readMessages(bytes)]);
  if ("reason" in messages) return { outcome: "unchangeable", ...messages };
  const isFound = messages.value.some(({ message: { attributes, data } }) => {
    const letter = JSON.stringify({ attributes, data_base64: Buffer.from(data).toString("base64") });
    return without(term, letter) !== letter;
  });
  const reason = "it is Avro; --yes makes an object of each dead letter";
  return isFound ? { outcome: "unchangeable", reason } : CLEAN;
}

/** Those who unpack are given nothing but the object: what they throw is its fault. */
function unpacked<T>(unpack: () => T): { readonly value: T } | { readonly reason: string } {
  try {
    return { value: unpack() };
  } catch (error) {
    return { reason: `it cannot be unpacked: ${reasonOf(error)}` };
  }
}

function inText(term: Term, plain: Buffer, pack: (redacted: Buffer) => Buffer): Content {
  if (!isUtf8(plain)) {
    const reason = "it is no text";
    return plain.toString("latin1").search(term.bytes) === -1 ? CLEAN : { outcome: "unchangeable", reason };
  }
  const text = plain.toString();
  if (!new RegExp(term.candidate, "iu").test(text)) return CLEAN;
  const before = text.split("\n");
  const after = before.map((line) => without(term, line));
  const lines = after.filter((line, index) => line !== before[index]).length;
  return lines === 0 ? CLEAN : { outcome: "found", lines, bytes: pack(Buffer.from(after.join("\n"))) };
}
