/** INTERVAL n PART, as the DuckDB function that makes one. */
import { literalOf, refuse } from "../job.ts";
import { child, type Fields, kindOf, text } from "../node.ts";
import { emitNumber } from "./literal.ts";
import { only, type Scope } from "./scope.ts";

/** Maker and argument type: months and days are counted, everything below is microseconds. */
const MAKERS: Readonly<Record<string, readonly [maker: string, factor: number, type: string]>> = {
  YEAR: ["to_months", 12, "INTEGER"],
  QUARTER: ["to_months", 3, "INTEGER"],
  MONTH: ["to_months", 1, "INTEGER"],
  WEEK: ["to_days", 7, "INTEGER"],
  DAY: ["to_days", 1, "INTEGER"],
  HOUR: ["to_microseconds", 3_600_000_000, "BIGINT"],
  MINUTE: ["to_microseconds", 60_000_000, "BIGINT"],
  SECOND: ["to_microseconds", 1_000_000, "BIGINT"],
  MILLISECOND: ["to_microseconds", 1_000, "BIGINT"],
  MICROSECOND: ["to_microseconds", 1, "BIGINT"],
};

export function emitInterval(fields: Fields, scope: Scope): string {
  only(scope, "INTERVAL", fields, ["this", "unit"]);
  const unit = child(fields, "unit") ?? {};
  const part = (text(unit, "unit") ?? "").toUpperCase();
  const maker = unit["type"] === "simple" ? MAKERS[part] : undefined;
  if (maker === undefined)
    return refuse(scope.job, "This form of INTERVAL", "INTERVAL", "use INTERVAL n PART");
  const [name, factor, type] = maker;
  const count = countOf(child(fields, "this") ?? {}, scope);
  return `${name}(CAST(${factor === 1 ? count : `${count} * ${factor}`} AS ${type}))`;
}

/** The parser turns the number of `INTERVAL 3 DAY` into a string; a string of the source is a placeholder. */
function countOf(node: Fields, scope: Scope): string {
  const [kind, fields] = kindOf(node);
  if (kind !== "literal" || fields["literal_type"] !== "string") return scope.emit.expression(node, scope);
  const written = text(fields, "value") ?? "";
  const digits = /^-?\d+$/.test(written) ? written : literalOf(scope.job, written).value;
  if (!/^-?\d+$/.test(digits))
    return refuse(scope.job, "This form of INTERVAL", "INTERVAL", "use INTERVAL n PART");
  return emitNumber(digits);
}
