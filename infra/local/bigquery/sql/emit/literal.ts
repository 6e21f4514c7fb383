/** Constants. Their type is written out: DuckDB reads 1 as 32 bits and 1.5 as a decimal. */
import { literalOf, refuse } from "../job.ts";
import { duckBytes, duckString } from "../literals.ts";
import { type Fields, text } from "../node.ts";
import type { Scope } from "./scope.ts";

const TYPED: Readonly<Record<string, string>> = {
  date: "DATE",
  datetime: "TIMESTAMP",
  timestamp: "TIMESTAMPTZ",
  time: "TIME",
};

export function emitLiteral(fields: Fields, scope: Scope): string {
  const type = text(fields, "literal_type") ?? "";
  const value = text(fields, "value") ?? "";
  if (type === "number") return emitNumber(value);
  if (type === "hex_number") return `CAST(${BigInt(`0x${value}`)} AS BIGINT)`;
  const cast = TYPED[type];
  if (cast === undefined && type !== "string") return refuse(scope.job, `A literal of the kind ${type}`);
  const literal = literalOf(scope.job, value);
  if (literal.kind === "bytes") return duckBytes(literal.value);
  const string = duckString(literal.value);
  return cast === undefined ? string : `CAST(${string} AS ${cast})`;
}

/** INT64 when there are only digits, else FLOAT64. */
export function emitNumber(value: string): string {
  if (/^-?\d+$/.test(value)) return `CAST(${value} AS BIGINT)`;
  return /e/i.test(value) ? value : `${value}e0`;
}

/** The integer literal of LIMIT, an offset or an ordinal, as written. */
export function bareInteger(fields: Fields): string | undefined {
  const value = text(fields, "value") ?? "";
  return fields["literal_type"] === "number" && /^\d+$/.test(value) ? value : undefined;
}
