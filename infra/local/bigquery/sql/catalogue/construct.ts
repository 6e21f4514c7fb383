/** One entry of the catalogue: a query over the test tables that must mean the same in both engines. */
import type { Parameter } from "../check/duckdb.ts";
import type { Answer } from "../check/values.ts";

export interface Construct {
  /** What is shown, as a statement; unique. */
  readonly name: string;
  readonly sql: string;
  readonly parameters?: readonly Parameter[];
  /** The order of the rows is part of the answer. */
  readonly ordered?: boolean;
  /** A text of the error that both engines raise in place of an answer. */
  readonly fails?: string;
  /**
   * Why GoogleSQL's reference implementation cannot tell. The answer then comes from Google's
   * documentation, and `documented` holds it.
   */
  readonly documented?: { readonly why: string; readonly source: string; readonly answer: Answer };
}

/** A query without parameters whose rows have no order. */
export function query(name: string, sql: string): Construct {
  return { name, sql };
}

/** A query whose ORDER BY is what is tested. */
export function ordered(name: string, sql: string): Construct {
  return { name, sql, ordered: true };
}

/** A query that fails when it is evaluated, with a text of its own. */
export function failing(name: string, sql: string, fails: string): Construct {
  return { name, sql, fails };
}
