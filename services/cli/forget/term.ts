/** What is to be forgotten, and a row without it. */
import { replaceStrings } from "#services/shared/row/json-strings.ts";

/** Stands where it stood. */
export const FORGOTTEN = "forgotten";

export interface Term {
  /** As the user gave it. */
  readonly text: string;
  readonly pattern: RegExp;
}

/** Case does not count; what goes on with a letter, a digit or a point is something else: 1.2.3.4 is not 1.2.3.40. */
export function termOf(text: string): Term {
  const quoted = text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const pattern = new RegExp(`(?<![\\p{L}\\p{N}_.+-])${quoted}(?![\\p{L}\\p{N}_-]|\\.[\\p{L}\\p{N}])`, "giu");
  return { text, pattern };
}

/** @param line a row of the archive @returns the same text where the term is not in it */
export function without({ pattern }: Term, line: string): string {
  let isFound = false;
  const redacted = replaceStrings(line, (value, key) => {
    const after = key === "data_base64" ? inBytes(value, pattern) : value.replaceAll(pattern, FORGOTTEN);
    if (after !== value) isFound = true;
    return after;
  });
  if (!isFound) return line;
  // A digest of what was there would tell whether a guess is right.
  return replaceStrings(redacted, (value, key) => (key === "data_digest" ? null : value));
}

function inBytes(base64: string, pattern: RegExp): string {
  const text = Buffer.from(base64, "base64").toString("latin1");
  const after = text.replaceAll(pattern, FORGOTTEN);
  return after === text ? base64 : Buffer.from(after, "latin1").toString("base64");
}
