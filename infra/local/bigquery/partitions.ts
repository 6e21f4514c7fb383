/** Partitions of a table: which one a row is in, and BigQuery's limits on them. */
import type { DuckDBMaterializedResult, DuckDBValue } from "@duckdb/node-api";
import { quoted, type Session, type Types, type Values } from "./database.ts";
import { BigQueryError } from "./errors.ts";
import type { Resource, TableName } from "./store/open.ts";
import { sqlName } from "./store/tables.ts";

/** https://cloud.google.com/bigquery/quotas#partitioned_tables, read 2026-08-22. */
const MODIFIED_MAX = 4_000;
const PARTITIONS_MAX = 10_000;

const UNITS = ["HOUR", "DAY", "MONTH", "YEAR"] as const;

/** Partitioning by a column; a table that is partitioned by the time of its loads has none. */
export interface Partitioning {
  readonly field: string;
  readonly unit: (typeof UNITS)[number];
  /** How long a partition is kept after its end. */
  readonly expirationMs: number | undefined;
}

/** A table resource's `timePartitioning`, as clients give it. */
export interface TimePartitioning {
  readonly type?: string;
  readonly field?: string;
  readonly expirationMs?: string | null;
}

export function partitioningOf(resource: Resource): Partitioning | undefined {
  const { type, field, expirationMs } = (resource["timePartitioning"] ?? {}) as TimePartitioning;
  const unit = UNITS.find((each) => each === (type ?? "DAY"));
  if (field === undefined || unit === undefined) return undefined;
  return { field, unit, expirationMs: expirationMs == null ? undefined : Number(expirationMs) };
}

/** DuckDB's SQL for the number of a row's partition, counted from 1970; NULL for rows without a time. */
function partitionNumber({ field, unit }: Partitioning): string {
  return `CAST(date_diff('${unit}', TIMESTAMP '1970-01-01', CAST(${quoted(field)} AS TIMESTAMP)) AS INTEGER)`;
}

/** A statement that inserts, changes or deletes rows of a table. */
interface RowChange {
  readonly sql: string;
  readonly table: TableName;
  readonly partitioning: Partitioning | undefined;
  readonly kind: "query" | "load";
  /** Columns to return for each row, as DuckDB's RETURNING takes them. */
  readonly returning?: readonly string[];
  readonly values?: Values;
  readonly types?: Types;
}

/**
 * Runs the statement, then refuses it if it changed too many partitions; the caller's transaction rolls it back. An
 * updated row counts in its new partition; rows without a time share one partition.
 * @throws BigQueryError
 */
export async function changeRows(
  session: Session,
  { sql, table, partitioning, kind, returning = [], values, types }: RowChange,
): Promise<{ readonly rows: number; readonly result: DuckDBMaterializedResult }> {
  const columns = [...returning, ...(partitioning === undefined ? [] : [partitionNumber(partitioning)])];
  if (columns.length === 0) {
    const result = await session.run(sql, values, types);
    return { rows: result.rowsChanged, result };
  }
  const result = await session.run(`${sql} RETURNING ${columns.join(", ")}`, values, types);
  if (partitioning !== undefined) {
    checkModified(new Set(valuesOf(result, returning.length)).size, kind);
    await checkTotal(session, table, partitioning, kind);
  }
  return { rows: result.rowCount, result };
}

/** The values of one column. */
export function* valuesOf(result: DuckDBMaterializedResult, column: number): Iterable<DuckDBValue> {
  for (let index = 0; index < result.chunkCount; index++)
    yield* result.getChunk(index).getColumnValues(column);
}

/** Refuses a statement that created a table with too many partitions. @throws BigQueryError */
export async function checkCreated(
  session: Session,
  table: TableName,
  partitioning: Partitioning,
): Promise<void> {
  checkModified(await countPartitions(session, table, partitioning), "query");
}

/**
 * Reports of a query: https://github.com/GoogleCloudPlatform/cortex-dag-generator/issues/5 (a MERGE) and
 * https://github.com/fivetran/dbt_zendesk/issues/39. No report of a load job was found: its text follows the query's.
 */
function checkModified(partitions: number, kind: RowChange["kind"]): void {
  if (partitions <= MODIFIED_MAX) return;
  throw refusal(
    kind,
    `Too many partitions produced by ${kind}, allowed ${MODIFIED_MAX}, ${kind} produces at least ${partitions} partitions`,
  );
}

/**
 * Looks at the range of the column first: DuckDB has its ends at hand, and a count costs 200 ms for a million rows.
 * BigQuery's own text is not known.
 */
async function checkTotal(
  session: Session,
  table: TableName,
  partitioning: Partitioning,
  kind: RowChange["kind"],
): Promise<void> {
  const { field, unit } = partitioning;
  const [first, last] = ["min", "max"].map((end) => `CAST(${end}(${quoted(field)}) AS TIMESTAMP)`);
  const sql = `SELECT date_diff('${unit}', ${first}, ${last}) AS n FROM ${sqlName(table)}`;
  const [range] = await session.rows(sql);
  // Both ends and the partition of the rows without a time.
  if (Number(range?.["n"] ?? 0) + 2 <= PARTITIONS_MAX) return;
  const total = await countPartitions(session, table, partitioning);
  if (total <= PARTITIONS_MAX) return;
  throw refusal(
    kind,
    `Too many partitions in table, allowed ${PARTITIONS_MAX}, ${kind} would leave ${total} partitions`,
  );
}

async function countPartitions(
  session: Session,
  table: TableName,
  partitioning: Partitioning,
): Promise<number> {
  const number = partitionNumber(partitioning);
  const [counted] = await session.rows(
    `SELECT count(*) AS n FROM (SELECT DISTINCT ${number} FROM ${sqlName(table)})`,
  );
  return Number(counted?.["n"]);
}

function refusal(kind: RowChange["kind"], message: string): BigQueryError {
  return kind === "query"
    ? new BigQueryError("invalidQuery", message, "query")
    : new BigQueryError("invalid", message);
}
