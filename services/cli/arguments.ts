/** Turns the text of options into values, with a message that says what they take. */
import { InvalidArgumentError } from "commander";
import type { Parameter } from "#services/shared/gcp/query.ts";

export function count(text: string): number {
  const value = Number(text.replaceAll(/[_,]/g, ""));
  if (!Number.isSafeInteger(value) || value < 1)
    throw new InvalidArgumentError("It takes a whole number from 1.");
  return value;
}

export function rate(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value <= 100_000)) throw new InvalidArgumentError("It takes events a second, above 0.");
  return value;
}

/** `2%` or `0.02`, as a fraction from 0 to 1. */
export function fraction(text: string): number {
  const value = text.endsWith("%") ? Number(text.slice(0, -1)) / 100 : Number(text);
  if (text.trim() === "" || !(value >= 0 && value <= 1)) {
    throw new InvalidArgumentError("It takes a share, like 2% or 0.02.");
  }
  return value;
}

export function httpUrl(text: string): string {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) {
    throw new InvalidArgumentError("It takes an http or https URL.");
  }
  return text;
}

/** GoogleSQL's scalar types that a text can stand for. */
const TYPES = [
  "STRING",
  "INT64",
  "FLOAT64",
  "NUMERIC",
  "BOOL",
  "DATE",
  "DATETIME",
  "TIME",
  "TIMESTAMP",
  "JSON",
];

/** `name=value` (a STRING) or `name:TYPE=value`, added to the ones before. */
export function parameter(
  text: string,
  before: Readonly<Record<string, Parameter>> = {},
): Readonly<Record<string, Parameter>> {
  const [, name, type = "STRING", value] = /^([A-Za-z_]\w*)(?::(\w+))?=(.*)$/s.exec(text) ?? [];
  if (name === undefined || value === undefined) {
    throw new InvalidArgumentError("It takes name=value or name:TYPE=value.");
  }
  if (!TYPES.includes(type.toUpperCase())) {
    throw new InvalidArgumentError(`The type ${type} is not one of ${TYPES.join(", ")}.`);
  }
  return { ...before, [name]: { type: type.toUpperCase(), value } };
}
