/** What one translation knows and collects while it walks the tree. */
import type { Field } from "../schema/fields.ts";
import type { Token } from "./lexer.ts";
import type { LiteralValue } from "./literals.ts";
import { positionOf, UnsupportedSqlError } from "./unsupported.ts";

/** A table or view; project and dataset are filled in from the context when the text leaves them out. */
export interface TableName {
  readonly project: string;
  readonly dataset: string;
  readonly table: string;
}

export interface TranslateContext {
  readonly defaultProject: string;
  readonly defaultDataset?: string;
  /** Query parameters with BigQuery's type names; positional ones have no name. */
  readonly parameters: readonly { readonly name?: string; readonly type: string }[];
  /**
   * Names of JSON columns in the tables at hand, so that `extra.a.b` reads a JSON member.
   * Without them only `extra['a']` and the JSON functions do.
   */
  readonly jsonColumns?: readonly string[];
  /** Of the table that the statement changes, in its order. */
  readonly targetColumns?: readonly Field[];
}

/** A value for a column, or for a field of one, that holds a STRUCT. */
export interface Assignment {
  /** `column` or `column.field`. */
  readonly path: string;
  readonly field: Field;
  /** DuckDB's SQL for the value as it comes. */
  readonly value: string;
}

/** Values whose types must be those of their columns, field by field. */
export interface Assigned {
  readonly verb: "insert" | "assign";
  /** A SELECT whose nth column is the nth value. */
  readonly sql: string;
  readonly assignments: readonly Assignment[];
}

export interface Job {
  readonly source: string;
  readonly tokens: readonly Token[];
  readonly literals: readonly LiteralValue[];
  /** Which of them were read: one that the parser dropped would be a condition or an argument lost. */
  readonly read: Set<number>;
  readonly context: TranslateContext;
  /** Tables in the order of their first mention, by `dataset.table`. */
  readonly referenced: Map<string, TableName>;
  /** Names of the parameters that the statement uses, without `@` or `$`. */
  readonly parameters: Set<string>;
  readonly assigned: Assigned[];
  /** Numbers derived tables that have no name in the source. */
  readonly counter: { next: number };
}

/** Refuses a construct; `near` is the word in the source that its position is taken from. */
export function refuse(job: Job, construct: string, near?: string, instead?: string): never {
  const word = near?.toUpperCase();
  const token = word === undefined ? undefined : job.tokens.find((each) => plain(each) === word);
  throw new UnsupportedSqlError(construct, {
    position: token ? positionOf(job.source, token.start) : undefined,
    instead,
  });
}

function plain(token: Token): string {
  return token.text.replaceAll("`", "").toUpperCase();
}

const PLACEHOLDER = /^@@(\d+)$/;

/** The text that stands for literal number `index` while the parser has the statement. */
export function placeholder(index: number): string {
  return `'@@${index}'`;
}

/** The literal behind a placeholder. */
export function literalOf(job: Job, value: string): LiteralValue {
  const index = PLACEHOLDER.exec(value)?.[1];
  const literal = index === undefined ? undefined : job.literals[Number(index)];
  if (index !== undefined) job.read.add(Number(index));
  return literal ?? refuse(job, `The literal ${JSON.stringify(value)}`);
}
