/** The text that is to be forgotten, and any other text without it. */
import { isUtf8 } from "node:buffer";
import { PipelineError } from "#services/shared/errors.ts";
import { replaceStrings } from "#services/shared/row/json-strings.ts";

/** Stands where it stood. */
export const FORGOTTEN = "forgotten";

export interface Term {
  readonly pattern: RegExp;
  /** The same in UTF-8 whose bytes were read as Latin-1, for data that is no text. */
  readonly bytes: RegExp;
  /**
   * Matches whatever may hold it: the text itself, escapes that may stand for it, base64 that may. A pattern of RE2 as well
   * as of JavaScript; case does not count.
   */
  readonly candidate: string;
}

/** Shorter text would be found in half of all rows. */
const LENGTH_MIN = 4;
/** JSON escapes these, once per level of it, so that no search for them would find all. */
const ESCAPED = /["\\\p{Cc}]/u;

/**
 * Case does not count. A letter, digit or point that goes on makes another text: 1.2.3.4 is not 1.2.3.40.
 * @throws PipelineError CONFIG_INVALID
 */
export function termOf(given: string): Term {
  const text = given.trim();
  if (text.length < LENGTH_MIN) throw wrong(`the text needs at least ${LENGTH_MIN} characters`);
  if (ESCAPED.test(text))
    throw wrong("the text has a quote, a backslash or a control character: give the part without");
  return {
    pattern: whole(text, "\\p{L}\\p{N}"),
    // What is no text has no letters but these.
    bytes: whole(Buffer.from(text).toString("latin1"), "A-Za-z0-9"),
    candidate: String.raw`${quoted(text)}|\\u[0-9A-Fa-f]{4}|"data_base64"\s*:`,
  };
}

const wrong = (message: string) => new PipelineError("CONFIG_INVALID", "never", message);
const quoted = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
const whole = (text: string, letters: string) =>
  new RegExp(`(?<![${letters}_.+-])${quoted(text)}(?![${letters}_-]|\\.[${letters}])`, "giu");

/** What base64 stands under in rows and messages. */
const BASE64: ReadonlySet<string> = new Set(["data_base64"]);

/**
 * @param line JSON, such as a row, or any other text
 * @param alsoBase64 keys whose values are base64, beside `data_base64`
 * @returns the same text where the term is not in it
 */
export function without(term: Term, line: string, alsoBase64: readonly string[] = []): string {
  const after = replaced(term, line, new Set([...BASE64, ...alsoBase64]));
  if (after === line || !isJson(line)) return after;
  // A digest of what was there would tell whether a guess is right.
  return replaceStrings(after, (value, key) => (key === "data_digest" ? null : value));
}

/** JSON's strings may be escaped, and may hold JSON again. */
function replaced(term: Term, text: string, base64: ReadonlySet<string>): string {
  if (!isJson(text)) return text.replaceAll(term.pattern, FORGOTTEN);
  return replaceStrings(text, (value, key) =>
    base64.has(key) ? inBase64(term, value) : replaced(term, value, BASE64),
  );
}

function isJson(text: string): boolean {
  if (!/^\s*[{["]/.test(text)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

function inBase64(term: Term, value: string): string {
  const bytes = Buffer.from(value, "base64");
  if (isUtf8(bytes)) {
    const text = bytes.toString();
    const after = replaced(term, text, BASE64);
    return after === text ? value : Buffer.from(after).toString("base64");
  }
  const text = bytes.toString("latin1");
  const after = text.replaceAll(term.bytes, FORGOTTEN);
  return after === text ? value : Buffer.from(after, "latin1").toString("base64");
}
