/** Where in the statement the walk stands: which names are visible, and how to descend. */
import type { Job } from "../job.ts";
import { refuse } from "../job.ts";
import { type Fields, kindOf, type Node, text, unreadField } from "../node.ts";

interface Emit {
  /** DuckDB text of an expression. */
  expression(node: Node, scope: Scope): string;
  /** DuckDB text of a SELECT, a set operation or a parenthesised query. */
  query(node: Node, scope: Scope): string;
}

export interface Scope {
  readonly job: Job;
  readonly emit: Emit;
  /** Names of WITH queries that are visible here, in lower case. */
  readonly ctes: ReadonlySet<string>;
  /** Names of tables of this FROM clause and of the queries around it, in lower case. */
  readonly tables: ReadonlySet<string>;
  /**
   * Elements of arrays that this FROM clause unnests: the lateral subquery of which each is a column. Such a
   * name comes before the columns of the tables.
   */
  readonly elements: ReadonlyMap<string, string>;
  /** Tables and queries of FROM, without the elements of arrays: their names alone stand for a whole row. */
  readonly rows: ReadonlySet<string>;
}

/** Refuses a node that holds something nobody reads: that is how nothing is dropped silently. */
export function only(scope: Scope, kind: string, fields: Fields, read: readonly string[]): void {
  const unread = unreadField(fields, read);
  if (unread === undefined) return;
  const name = unread.replaceAll("_", " ").trim().toUpperCase();
  refuse(scope.job, `${name} in ${words(kind)}`, name.split(" ")[0]);
}

/** Refuses a whole node by its kind, or by the name of the function that it stands for. */
export function refuseNode(scope: Scope, node: Node): never {
  const [kind, fields] = kindOf(node);
  const name = kind === "aggregate_function" ? text(fields, "name")?.toUpperCase() : undefined;
  const called = name === undefined ? words(kind) : `The function ${name}`;
  return refuse(scope.job, called, name ?? words(kind).split(" ")[0]);
}

function words(kind: string): string {
  return kind.replaceAll("_", " ").toUpperCase();
}
