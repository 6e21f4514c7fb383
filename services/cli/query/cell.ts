/** One value of an answer as text. */
import type { Field, Row, Value } from "#services/shared/gcp/query.ts";

const NUMERIC = new Set(["INTEGER", "INT64", "FLOAT", "FLOAT64", "NUMERIC", "BIGNUMERIC"]);

export function isNumber({ type, mode }: Field): boolean {
  return mode !== "REPEATED" && NUMERIC.has(type);
}

/** Records and arrays as JSON; `null` is told from the empty text where the format allows it. */
export function cell(value: Row[string] | undefined, whenNull = "NULL"): string {
  const given: Value = value ?? null;
  if (given === null) return whenNull;
  return typeof given === "object" ? JSON.stringify(given) : String(given);
}
