/** One line of newline-delimited JSON into an object, without the loss of a digit where digits count. */
import type { Field } from "../schema/fields.ts";
import { Misfit } from "./misfit.ts";
import { rawJson } from "./raw-json.ts";

/** A number that a double may not hold: sixteen digits or more, with or without a point, or an exponent. */
const RISKY = /[\d.]{16}|\d[eE][+-]?\d/;

export type ParseLine = (line: string) => object;

/**
 * `JSON.parse` alone turns 12345678901234567890 into 12345678901234567000. Only JSON and NUMERIC columns keep such
 * digits, so only for tables that have one, and for lines that look like it, numbers are kept as their text.
 *
 * @throws Misfit when the line is not a JSON object
 */
export function compileParse(fields: readonly Field[]): ParseLine {
  const exact = hasExact(fields);
  return (line) => {
    let value: unknown;
    try {
      value = exact ? parseExact(line) : JSON.parse(line);
    } catch (error) {
      throw new Misfit(`Parser terminated before end of string: ${(error as Error).message}.`);
    }
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw new Misfit("Value encountered without start of object.");
    }
    return value;
  };
}

/** As `JSON.parse`, but a number that a double does not hold stays its text, which `JSON.stringify` writes again. */
export function parseExact(text: string): unknown {
  return RISKY.test(text) ? JSON.parse(text, keepDigits) : JSON.parse(text);
}

function keepDigits(_key: string, value: unknown, context?: { source?: string }): unknown {
  if (typeof value !== "number" || context?.source === undefined) return value;
  return String(value) === context.source ? value : rawJson(context.source);
}

function hasExact(fields: readonly Field[]): boolean {
  return fields.some(
    ({ type, fields: nested }) =>
      type === "JSON" || type === "NUMERIC" || type === "BIGNUMERIC" || hasExact(nested ?? []),
  );
}
