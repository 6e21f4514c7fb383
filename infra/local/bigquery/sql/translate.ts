/** GoogleSQL in, DuckDB's SQL out: tokens, the parser's tree, then a walk that emits only what it knows. */
import { Dialect, parse } from "@polyglot-sql/sdk";
import { emitExpression } from "./emit/expression.ts";
import type { Layout } from "./emit/layout.ts";
import { emitQuery } from "./emit/query.ts";
import type { Scope } from "./emit/scope.ts";
import { emitStatement, type StatementType } from "./emit/statement.ts";
import type { Assigned, Job, TableName, TranslateContext } from "./job.ts";
import { isFields } from "./node.ts";
import { prepare } from "./prepare.ts";
import { UnsupportedSqlError } from "./unsupported.ts";

export { UnsupportedSqlError } from "./unsupported.ts";

export interface Translated {
  /** For a connection with `TimeZone = 'UTC'` on which MACROS were run. Only ALTER TABLE may be several statements. */
  readonly sql: string;
  readonly statementType: StatementType;
  /** Tables and views that are read or written, views of INFORMATION_SCHEMA left out. */
  readonly referenced: readonly TableName[];
  /** What a statement other than SELECT writes, creates or drops. */
  readonly target?: TableName;
  /** Partitions and clusters of a table that it creates. */
  readonly layout?: Layout;
  /** Names of a SELECT's columns, unless one of them is a star. */
  readonly columns?: readonly string[];
  /** Names to bind, without the `$`: as given in the context, or p1, p2 ... for positional ones. */
  readonly parameters: readonly string[];
  /** What the statement puts into columns with STRUCTs; known only with the context's `targetColumns`. */
  readonly assigned: readonly Assigned[];
}

/** Translations by statement and context; a pipeline repeats its statements. */
const CACHE_SIZE = 500;
const cache = new Map<string, Translated>();

/**
 * Translates one GoogleSQL statement.
 * @throws UnsupportedSqlError for whatever is not covered by the catalogue of tested constructs, a
 * statement that does not parse among them.
 */
export async function translate(sql: string, context: TranslateContext): Promise<Translated> {
  const key = JSON.stringify([sql, context]);
  const known = cache.get(key);
  if (known !== undefined) {
    // Least recently used first: a hit moves to the end.
    cache.delete(key);
    cache.set(key, known);
    return known;
  }
  const translated = translateAnew(sql, context);
  cache.set(key, translated);
  const oldest = cache.keys().next();
  if (cache.size > CACHE_SIZE && !oldest.done) cache.delete(oldest.value);
  return translated;
}

function translateAnew(source: string, context: TranslateContext): Translated {
  const prepared = prepare(source);
  const parsed = parse(prepared.sql, Dialect.BigQuery);
  if (!parsed.success)
    throw new UnsupportedSqlError(`A statement with the syntax error "${parsed.error}"`, {});
  const statements: readonly unknown[] = Array.isArray(parsed.ast) ? parsed.ast : [parsed.ast];
  const [statement] = statements;
  if (statements.length !== 1 || !isFields(statement)) throw new UnsupportedSqlError("This statement", {});
  const job: Job = {
    source,
    tokens: prepared.tokens,
    literals: prepared.literals,
    read: new Set(),
    context,
    referenced: new Map(),
    parameters: new Set(),
    assigned: [],
    counter: { next: 1 },
  };
  const scope: Scope = {
    job,
    emit: { expression: emitExpression, query: emitQuery },
    ctes: new Set(),
    tables: new Set(),
    elements: new Map(),
    rows: new Set(),
  };
  const emitted = emitStatement(statement, scope);
  if (job.read.size < job.literals.length) throw new UnsupportedSqlError("A literal in this place", {});
  return {
    ...emitted,
    referenced: [...job.referenced.values()],
    parameters: [...job.parameters],
    assigned: job.assigned,
  };
}
