/** EXTRACT(part FROM value [AT TIME ZONE zone]). */
import { weekOrigin } from "../functions/date-parts.ts";
import { refuse } from "../job.ts";
import { child, type Fields, isFields, kindOf, text } from "../node.ts";
import { only, type Scope } from "./scope.ts";

/** Parts for which DuckDB's date_part() means the same; the others follow below. */
const SAME = new Set(["YEAR", "QUARTER", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND", "ISOYEAR", "DAYOFYEAR"]);

export function emitExtract(fields: Fields, scope: Scope): string {
  only(scope, "EXTRACT", fields, ["this", "field"]);
  const part = partOf(fields["field"]);
  const value = source(child(fields, "this") ?? {}, scope);
  if (SAME.has(part)) return `date_part('${part.toLowerCase()}', ${value})`;
  switch (part) {
    // DuckDB counts Sunday as 0 and puts whole seconds into the fractions.
    case "DAYOFWEEK":
      return `(date_part('dayofweek', ${value}) + 1)`;
    case "ISOWEEK":
      return `date_part('week', ${value})`;
    case "MILLISECOND":
      return `(date_part('millisecond', ${value}) % 1000)`;
    case "MICROSECOND":
      return `(date_part('microsecond', ${value}) % 1000000)`;
    case "DATE":
      return `bq_date(${value})`;
    case "DATETIME":
      return `CAST(${value} AS TIMESTAMP)`;
    default:
      return week(part, value, scope);
  }
}

/** WEEK is 0 before the first such day of the year, and 1 from then on. */
function week(part: string, value: string, scope: Scope): string {
  const origin = weekOrigin(part);
  if (origin === undefined) return refuse(scope.job, `EXTRACT(${part})`, "EXTRACT");
  // Days from the last such day on or before the date, so that a year's first one counts as 1.
  const sinceStart = `((date_diff('day', DATE '${origin}', CAST(${value} AS DATE)) % 7 + 7) % 7)`;
  return `((date_part('dayofyear', ${value}) + 6 - ${sinceStart}) // 7)`;
}

function source(node: Fields, scope: Scope): string {
  const [kind, fields] = kindOf(node);
  if (kind !== "at_time_zone") return scope.emit.expression(node, scope);
  const value = scope.emit.expression(child(fields, "this") ?? {}, scope);
  return `timezone(${scope.emit.expression(child(fields, "zone") ?? {}, scope)}, CAST(${value} AS TIMESTAMPTZ))`;
}

function partOf(field: unknown): string {
  if (typeof field === "string") return field.toUpperCase();
  if (!isFields(field)) return "NOTHING";
  const day = text(field, "WeekWithModifier");
  return day === undefined
    ? (text(field, "Custom") ?? "NOTHING").toUpperCase()
    : `WEEK(${day.toUpperCase()})`;
}
