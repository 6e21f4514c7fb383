/** A query job: a SELECT into a result table, a DML or DDL statement with its effects. */
import type { DuckDBMaterializedResult } from "@duckdb/node-api";
import type { Context } from "../context.ts";
import { quoted, type Session } from "../database.ts";
import { BigQueryError, unsupported } from "../errors.ts";
import { dropExpiredPartitions } from "../expiration.ts";
import type { RunningJob } from "../jobs.ts";
import { fieldOf } from "../schema/duckdb-types.ts";
import type { Field } from "../schema/fields.ts";
import { resultTable } from "../store/jobs.ts";
import type { TableName } from "../store/open.ts";
import { CATALOG_KEY, tableKey } from "../table-name.ts";
import { dropExpired } from "../tables.ts";
import { checkAssigned } from "./assigned.ts";
import type { QueryConfiguration } from "./configuration.ts";
import { runDdl } from "./ddl.ts";
import { runDml } from "./dml.ts";
import { bind } from "./parameters.ts";
import { type Prepared, prepareQuery, queryStatistics } from "./prepare.ts";

/** DuckDB's integers that are wider than INT64: SUM of INT64 is one. */
const WIDE = new Set(["HUGEINT", "UHUGEINT", "UBIGINT"]);

export async function runQuery(job: RunningJob, query: QueryConfiguration, context: Context): Promise<void> {
  const { database, withLock, now, takeTime } = context;
  const prepared = await database.session((session) => prepareQuery(session, job.project, query));
  const { target } = prepared;
  // INFORMATION_SCHEMA shows what is in the store.
  if (prepared.sql.includes('"__information_schema"'))
    await withLock(CATALOG_KEY, () => database.transaction(dropExpired));
  await dropExpiredPartitions(context, prepared.tables);
  const atomically = (work: (session: Session) => Promise<void>) =>
    database.transaction((session) => interruptible(session, job.signal, () => work(session)));

  switch (prepared.statementType) {
    case "SELECT":
      return atomically((session) => select(session, job, query, prepared));
    case "INSERT":
    case "UPDATE":
    case "DELETE":
    case "MERGE":
    case "TRUNCATE_TABLE":
      return withLock(tableKey(required(target)), () => {
        const startedMs = now();
        return atomically(async (session) => {
          const more = await runDml(session, query, prepared, now());
          // CURRENT_TIMESTAMP and the rows that it reads are those of its beginning, as with BigQuery's snapshot.
          await takeTime(prepared.statementType, startedMs, job.signal);
          await job.end(session, { statistics: queryStatistics(job.project, prepared, more) });
        });
      });
    case "CREATE_TABLE":
    case "CREATE_TABLE_AS_SELECT":
    case "CREATE_VIEW":
    case "ALTER_TABLE":
    case "DROP_TABLE":
    case "DROP_VIEW":
      return withLock(tableKey(required(target)), () =>
        withLock(CATALOG_KEY, () =>
          atomically(async (session) => {
            const more = await runDdl(session, job.project, query, prepared, now());
            await job.end(session, { statistics: queryStatistics(job.project, prepared, more) });
          }),
        ),
      );
    case "SCRIPT":
      throw unsupported("A script of several statements");
  }
}

/** The columns that a SELECT would have, without its rows. */
export async function describeQuery(
  session: Session,
  query: QueryConfiguration,
  prepared: Prepared,
): Promise<readonly Field[]> {
  const { values, types } = await bind(session, query.parameters, prepared.parameters);
  if (prepared.statementType !== "SELECT") {
    await checkAssigned(session, prepared.assigned);
    await session.connection.prepare(prepared.sql);
    return [];
  }
  await refuseDuplicates(session, prepared);
  return columnsOf(await session.run(`SELECT * FROM (${prepared.sql}) LIMIT 0`, values, types));
}

async function select(
  session: Session,
  job: RunningJob,
  query: QueryConfiguration,
  prepared: Prepared,
): Promise<void> {
  await refuseDuplicates(session, prepared);
  const { values, types } = await bind(session, query.parameters, prepared.parameters);
  const table = resultTable(job.id);
  await session.run(`CREATE TABLE ${table} AS ${prepared.sql}`, values, types);
  let result = await session.run(`SELECT * FROM ${table} LIMIT 0`);
  const wide = result.columnNames().filter((_, index) => WIDE.has(result.columnType(index).toString()));
  for (const column of wide) {
    await session.run(`ALTER TABLE ${table} ALTER COLUMN ${quoted(column)} TYPE BIGINT`);
  }
  if (wide.length > 0) result = await session.run(`SELECT * FROM ${table} LIMIT 0`);
  await job.end(session, {
    statistics: queryStatistics(job.project, prepared),
    resultSchema: columnsOf(result),
  });
}

function columnsOf(result: DuckDBMaterializedResult): readonly Field[] {
  return result.columnNames().map((name, index) => fieldOf(name, result.columnType(index)));
}

/** DuckDB would rename the second of two equal names. */
async function refuseDuplicates(session: Session, { sql, columns }: Prepared): Promise<void> {
  const seen = new Set<string>();
  for (const name of columns ?? (await preparedColumns(session, sql))) {
    if (seen.has(name.toLowerCase())) {
      const message = `Duplicate column names in the result are not supported. Found duplicate(s): ${name}`;
      throw new BigQueryError("invalidQuery", message, "query");
    }
    seen.add(name.toLowerCase());
  }
}

/** To plan a question about pulls takes a tenth of what its answer takes, so it is done only for the columns of a star. */
async function preparedColumns(session: Session, sql: string): Promise<readonly string[]> {
  const statement = await session.connection.prepare(sql);
  return Array.from({ length: statement.columnCount }, (_, index) => statement.columnName(index));
}

async function interruptible<T>(session: Session, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  signal.throwIfAborted();
  const interrupt = () => session.connection.interrupt();
  signal.addEventListener("abort", interrupt);
  try {
    return await work();
  } finally {
    signal.removeEventListener("abort", interrupt);
  }
}

function required(target: TableName | undefined): TableName {
  if (target === undefined) throw new BigQueryError("internalError", "A statement without its target");
  return target;
}
