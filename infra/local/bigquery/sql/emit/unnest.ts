/** UNNEST as a lateral subquery: the element as a column, its fields as columns, the offset. */
import { kindOf, type Node } from "../node.ts";
import { quote } from "./names.ts";
import type { Scope } from "./scope.ts";

export interface Unnest {
  /** DuckDB text of the array. */
  readonly array: string;
  readonly node: Node;
  readonly alias: string | undefined;
  readonly offset: string | undefined;
}

/** Arrays whose elements are certainly no structs. */
const SCALARS = /^bq_(?:generate_|split|regexp_extract_all|json_)/;

export function emitUnnest(
  unnest: Unnest,
  scope: Scope,
): { sql: string; names: readonly string[]; hidesStar: boolean; source: string } {
  const { array, alias, offset } = unnest;
  const source = `__array_${scope.job.counter.next++}`;
  const columns: string[] = [];
  if (alias === undefined) columns.push(`unnest(${array}, max_depth := 2) AS "f0_"`);
  else {
    columns.push(`unnest(${array}) AS ${quote(alias)}`);
    // GoogleSQL lets the fields of a struct be named without the alias.
    if (!isScalarArray(unnest.node)) columns.push(`unnest(${array}, max_depth := 2) AS "__element"`);
  }
  if (offset !== undefined) columns.push(`generate_subscripts(${array}, 1) - 1 AS ${quote(offset)}`);
  return {
    sql: `LATERAL (SELECT ${columns.join(", ")}) AS ${quote(source)}`,
    names: alias === undefined ? [] : [alias],
    hidesStar: alias !== undefined && !isScalarArray(unnest.node),
    source,
  };
}

function isScalarArray(node: Node): boolean {
  const [kind, fields] = kindOf(node);
  if (kind === "function") return SCALARS.test(String(fields["name"]));
  if (kind !== "array_func" && kind !== "array") return false;
  const elements = Array.isArray(fields["expressions"]) ? (fields["expressions"] as readonly Node[]) : [];
  return elements.every((element) => /^(?:literal|neg|null|boolean|column)$/.test(kindOf(element)[0]));
}
