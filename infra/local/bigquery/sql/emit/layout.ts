/** PARTITION BY and CLUSTER BY of CREATE TABLE, as the API's table resource has them. */
import { refuse } from "../job.ts";
import { child, children, type Fields, kindOf, type Node, nameAt, text } from "../node.ts";
import { partOf } from "./calls.ts";
import type { Scope } from "./scope.ts";

/** `timePartitioning` and `clustering` of a table (https://cloud.google.com/bigquery/docs/reference/rest/v2/tables). */
export interface Layout {
  readonly timePartitioning?: { readonly type: string; readonly field: string };
  readonly clustering?: { readonly fields: readonly string[] };
}

const TRUNCATIONS: ReadonlySet<string> = new Set(["TIMESTAMP_TRUNC", "DATETIME_TRUNC", "DATE_TRUNC"]);
const UNITS: ReadonlySet<string> = new Set(["HOUR", "DAY", "MONTH", "YEAR"]);

export function layoutOf(fields: Fields, scope: Scope): Layout {
  const layout: { -readonly [key in keyof Layout]: Layout[key] } = {};
  for (const property of children(fields, "properties")) {
    const [kind, value] = kindOf(property);
    if (kind === "partition_by_property") {
      const [by = {}] = children(value, "expressions");
      layout.timePartitioning = timePartitioning(by, scope);
    } else if (kind === "cluster_by_columns_property") {
      layout.clustering = { fields: children(value, "columns").map((column) => text(column, "name") ?? "") };
    } else refuse(scope.job, `${kind.replaceAll("_", " ")} in CREATE TABLE`, "CREATE");
  }
  return layout;
}

/** A column, its DATE, or its time cut to a unit. */
function timePartitioning(by: Node, scope: Scope): NonNullable<Layout["timePartitioning"]> {
  const [kind, fields] = kindOf(by);
  const [first = {}, second] = kind === "function" ? children(fields, "args") : [by];
  const [columnKind, column] = kindOf(first);
  const field =
    columnKind === "column" && child(column, "table") === undefined ? nameAt(column, "name") : undefined;
  const name = text(fields, "name")?.replace(/^bq_/i, "").toUpperCase() ?? "";
  const unit = second === undefined ? "DAY" : (partOf(second) ?? "");
  const known =
    kind === "column" ||
    (kind === "function" && (second === undefined ? name === "DATE" : TRUNCATIONS.has(name)));
  if (!known || field === undefined || field.startsWith("_PARTITION") || !UNITS.has(unit))
    return refuse(scope.job, "This PARTITION BY", "PARTITION", "partition by a column of time");
  return { type: unit, field };
}
