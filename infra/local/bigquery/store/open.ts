/**
 * What the stand-in knows beside the rows: datasets, tables, jobs. It stands in the same DuckDB file as the rows,
 * so that a job's completion and its rows, or a table and its schema, are one transaction.
 */
import type { Database, Session } from "../database.ts";

/** Query results, one table per query job. A leading underscore hides a dataset, as Google's own result datasets. */
export const RESULTS_SCHEMA = "_results";

const STATEMENTS = [
  "CREATE SCHEMA IF NOT EXISTS __pullhouse",
  "CREATE SCHEMA IF NOT EXISTS __information_schema",
  `CREATE SCHEMA IF NOT EXISTS ${RESULTS_SCHEMA}`,
  `CREATE TABLE IF NOT EXISTS __pullhouse.datasets (
    dataset VARCHAR NOT NULL, created_ms BIGINT NOT NULL, modified_ms BIGINT NOT NULL, resource VARCHAR NOT NULL)`,
  `CREATE TABLE IF NOT EXISTS __pullhouse.tables (
    dataset VARCHAR NOT NULL, name VARCHAR NOT NULL, created_ms BIGINT NOT NULL, modified_ms BIGINT NOT NULL,
    expires_ms BIGINT, kind VARCHAR NOT NULL, resource VARCHAR NOT NULL)`,
  `CREATE TABLE IF NOT EXISTS __pullhouse.jobs (
    id VARCHAR NOT NULL, project VARCHAR NOT NULL, created_ms BIGINT NOT NULL, ended_ms BIGINT,
    state VARCHAR NOT NULL, resource VARCHAR NOT NULL, result_schema VARCHAR)`,
  `CREATE OR REPLACE VIEW __information_schema.tables AS
    SELECT NULL::VARCHAR AS table_catalog, dataset AS table_schema, name AS table_name,
      CASE kind WHEN 'VIEW' THEN 'VIEW' ELSE 'BASE TABLE' END AS table_type,
      CASE kind WHEN 'VIEW' THEN 'NO' ELSE 'YES' END AS is_insertable_into, 'NO' AS is_typed,
      make_timestamptz(created_ms * 1000) AS creation_time
    FROM __pullhouse.tables`,
  // https://cloud.google.com/bigquery/docs/information-schema-jobs, as far as the store knows it.
  `CREATE OR REPLACE VIEW __information_schema.jobs AS
    SELECT make_timestamptz(created_ms * 1000) AS creation_time, project AS project_id,
      job ->> '$.user_email' AS user_email, id AS job_id, job ->> '$.configuration.jobType' AS job_type,
      job ->> '$.statistics.query.statementType' AS statement_type,
      make_timestamptz(CAST(job ->> '$.statistics.startTime' AS BIGINT) * 1000) AS start_time,
      make_timestamptz(ended_ms * 1000) AS end_time, state,
      CAST(job ->> '$.statistics.totalBytesProcessed' AS BIGINT) AS total_bytes_processed,
      CAST(job ->> '$.statistics.query.totalBytesBilled' AS BIGINT) AS total_bytes_billed,
      CAST(job -> '$.status.errorResult' AS STRUCT(reason VARCHAR, location VARCHAR, message VARCHAR)) AS error_result,
      coalesce(map_entries(CAST(job -> '$.configuration.labels' AS MAP(VARCHAR, VARCHAR))), []) AS labels,
      struct_pack(project_id := target ->> 'projectId', dataset_id := target ->> 'datasetId',
        table_id := target ->> 'tableId') AS destination_table
    FROM (SELECT *, CAST(resource AS JSON) AS job,
      coalesce(job -> '$.configuration.load.destinationTable',
        job -> '$.configuration.query.destinationTable') AS target
      FROM __pullhouse.jobs)`,
  `CREATE TABLE IF NOT EXISTS __information_schema.columns (
    table_catalog VARCHAR, table_schema VARCHAR, table_name VARCHAR, column_name VARCHAR, ordinal_position BIGINT,
    is_nullable VARCHAR, data_type VARCHAR, is_generated VARCHAR, is_hidden VARCHAR, is_system_defined VARCHAR,
    is_partitioning_column VARCHAR, clustering_ordinal_position BIGINT)`,
  `CREATE TABLE IF NOT EXISTS __information_schema.column_field_paths (
    table_catalog VARCHAR, table_schema VARCHAR, table_name VARCHAR, column_name VARCHAR, field_path VARCHAR,
    data_type VARCHAR, description VARCHAR)`,
];

/** Names that are DuckDB's own; a dataset cannot have them here. */
export const RESERVED_DATASETS: ReadonlySet<string> = new Set([
  "main",
  "temp",
  "system",
  "information_schema",
  "pg_catalog",
]);

export async function createStore(database: Database): Promise<void> {
  await database.session(async (session) => {
    for (const statement of STATEMENTS) await session.run(statement);
  });
}

/** JSON objects as the API has them. */
export type Resource = Readonly<Record<string, unknown>>;

export interface TableName {
  readonly dataset: string;
  readonly table: string;
}

/** For several `$name` values at once. */
export async function one(
  session: Session,
  sql: string,
  values: Parameters<Session["rows"]>[1],
): Promise<Record<string, unknown> | undefined> {
  return (await session.rows(sql, values))[0];
}
