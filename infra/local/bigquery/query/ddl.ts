/** DDL statements: run in DuckDB, then told to the store. */
import type { DuckDBMaterializedResult } from "@duckdb/node-api";
import { quoted, type Session } from "../database.ts";
import { BigQueryError, duplicate, invalid, notFound } from "../errors.ts";
import { inherited } from "../expiration.ts";
import { checkCreated, partitioningOf } from "../partitions.ts";
import { fieldOf } from "../schema/duckdb-types.ts";
import { type Field, modeOf } from "../schema/fields.ts";
import { findDataset } from "../store/datasets.ts";
import type { Resource, TableName } from "../store/open.ts";
import { fieldsOf, findTable, putTable, removeTableRow, sqlName, type TableRow } from "../store/tables.ts";
import { checkTableName, fullName } from "../table-name.ts";
import { checkLayout, dropExpired } from "../tables.ts";
import type { QueryConfiguration } from "./configuration.ts";
import { bind } from "./parameters.ts";
import type { Prepared } from "./prepare.ts";

/**
 * In a transaction, with table and catalog locked.
 * @returns what the job's statistics tell of it
 * @throws BigQueryError `duplicate` or `notFound`
 */
export async function runDdl(
  session: Session,
  project: string,
  query: QueryConfiguration,
  prepared: Prepared,
  nowMs: number,
): Promise<Resource> {
  const name = prepared.target as TableName;
  await dropExpired(session);
  const dataset = await findDataset(session, name.dataset);
  if (!dataset) throw notFound(`Dataset ${project}:${name.dataset}`);
  const before = await findTable(session, name);
  const told = (ddlOperationPerformed: string) => ({
    ddlOperationPerformed,
    ddlTargetTable: { projectId: project, datasetId: name.dataset, tableId: name.table },
  });
  const { values, types } = await bind(session, query.parameters, prepared.parameters);
  const creates = prepared.statementType.startsWith("CREATE");
  const drops = prepared.statementType.startsWith("DROP");

  if (creates && before && !/^CREATE OR REPLACE\b/.test(prepared.sql)) {
    if (/^CREATE (TABLE|VIEW) IF NOT EXISTS\b/.test(prepared.sql)) return told("SKIP");
    throw duplicate(`Table ${fullName(project, name)}`);
  }
  if (drops && !before) {
    if (/^DROP (TABLE|VIEW) IF EXISTS\b/.test(prepared.sql)) return told("SKIP");
    throw notFound(`Table ${fullName(project, name)}`);
  }
  const kind = prepared.statementType.endsWith("_VIEW") ? "VIEW" : "TABLE";
  if (before && before.kind !== kind) {
    throw invalid(`${fullName(project, name)} is a ${before.kind}, the statement is about a ${kind}`);
  }
  if (creates) checkTableName(name.table);
  await session.run(prepared.sql, values, types);
  if (drops) {
    await removeTableRow(session, name);
    return told("DROP");
  }
  const fields = await actualFields(session, name, creates ? undefined : before);
  if (kind === "TABLE") await emptyArraysByDefault(session, name, fields);
  const settings = {
    ...(creates ? prepared.layout : before?.resource),
    ...(kind === "VIEW" ? { view: { query: viewText(query.sql), useLegacySql: false } } : {}),
    schema: { fields },
  };
  checkLayout(settings, fields);
  const { resource, expiresMs } = creates
    ? inherited(dataset, settings, nowMs)
    : { resource: settings, expiresMs: before?.expiresMs };
  const partitioning = creates ? partitioningOf(resource) : undefined;
  if (partitioning !== undefined) await checkCreated(session, name, partitioning);
  await putTable(session, {
    ...name,
    kind,
    createdMs: creates ? nowMs : (before?.createdMs ?? nowMs),
    modifiedMs: nowMs,
    expiresMs,
    resource,
  });
  if (!creates) return told("ALTER");
  return told(before ? "REPLACE" : "CREATE");
}

/** The columns that DuckDB now has, with the descriptions of those that were there before. */
export async function actualFields(
  session: Session,
  name: TableName,
  before: TableRow | undefined,
): Promise<readonly Field[]> {
  const result: DuckDBMaterializedResult = await session.run(`SELECT * FROM ${sqlName(name)} LIMIT 0`);
  const required = await session.rows(
    `SELECT column_name FROM duckdb_columns()
     WHERE schema_name = $dataset AND table_name = $table AND NOT is_nullable`,
    { dataset: name.dataset, table: name.table },
  );
  const notNull = new Set(required.map((row) => row["column_name"]));
  const known = new Map((before ? fieldsOf(before) : []).map((field) => [field.name, field]));
  return result.columnNames().map((column, index) => {
    const field = fieldOf(column, result.columnType(index));
    return known.get(column) ?? (notNull.has(column) ? { ...field, mode: "REQUIRED" as const } : field);
  });
}

/** BigQuery stores an array that is not given as an empty one. */
async function emptyArraysByDefault(
  session: Session,
  name: TableName,
  fields: readonly Field[],
): Promise<void> {
  for (const field of fields.filter((each) => modeOf(each) === "REPEATED")) {
    await session.run(`ALTER TABLE ${sqlName(name)} ALTER COLUMN ${quoted(field.name)} SET DEFAULT []`);
  }
}

/** The query of a CREATE VIEW as it was written. */
function viewText(sql: string): string {
  const text = /^[\s\S]*?\bAS\s+((?:SELECT|WITH|\(|FROM)[\s\S]*)$/i.exec(sql)?.[1];
  if (text === undefined) throw new BigQueryError("invalidQuery", "CREATE VIEW without a query", "query");
  return text.trim().replace(/;$/, "");
}
