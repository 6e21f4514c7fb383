/** Rows of tables and views, and what INFORMATION_SCHEMA shows of them. */
import { quoted, type Session } from "../database.ts";
import { type Field, modeOf, sqlTypeOf } from "../schema/fields.ts";
import { one, type Resource, type TableName } from "./open.ts";

export interface TableRow extends TableName {
  readonly kind: "TABLE" | "VIEW";
  readonly createdMs: number;
  readonly modifiedMs: number;
  readonly expiresMs: number | undefined;
  /** What the client set, with `schema` and `view` in it. */
  readonly resource: Resource;
}

export function fieldsOf(row: TableRow): readonly Field[] {
  return (row.resource["schema"] as { fields?: readonly Field[] } | undefined)?.fields ?? [];
}

/** The table's name in DuckDB. */
export function sqlName({ dataset, table }: TableName): string {
  return `${quoted(dataset)}.${quoted(table)}`;
}

const LIVE = "(expires_ms IS NULL OR expires_ms > epoch_ms(now()))";

/** A table whose expiration time has come is not found. */
export async function findTable(session: Session, name: TableName): Promise<TableRow | undefined> {
  const sql = `SELECT * FROM __pullhouse.tables WHERE dataset = $dataset AND name = $table AND ${LIVE}`;
  const row = await one(session, sql, { dataset: name.dataset, table: name.table });
  return row && toRow(row);
}

/** DuckDB's names are case-insensitive, BigQuery's are not. */
export async function findTableAnyCase(session: Session, name: TableName): Promise<string | undefined> {
  const sql = `SELECT name FROM __pullhouse.tables
    WHERE dataset = $dataset AND lower(name) = lower($table) AND ${LIVE}`;
  return (await one(session, sql, { dataset: name.dataset, table: name.table }))?.["name"] as
    | string
    | undefined;
}

export async function listTables(session: Session, dataset: string): Promise<readonly TableRow[]> {
  const sql = `SELECT * FROM __pullhouse.tables WHERE dataset = $dataset AND ${LIVE} ORDER BY name`;
  return (await session.rows(sql, { dataset })).map(toRow);
}

export async function expiredTables(session: Session): Promise<readonly TableRow[]> {
  return (await session.rows(`SELECT * FROM __pullhouse.tables WHERE NOT ${LIVE}`)).map(toRow);
}

/** Replaces the row; the DuckDB table is the caller's. */
export async function putTable(session: Session, row: TableRow): Promise<void> {
  await removeTableRow(session, row);
  await addTableRow(session, row);
}

/** The row of a table that was not there. */
export async function addTableRow(session: Session, row: TableRow): Promise<void> {
  await session.run(
    `INSERT INTO __pullhouse.tables
     VALUES ($dataset, $table, $created::BIGINT, $modified::BIGINT, $expires::BIGINT, $kind, $resource)`,
    {
      dataset: row.dataset,
      table: row.table,
      created: BigInt(row.createdMs),
      modified: BigInt(row.modifiedMs),
      expires: row.expiresMs === undefined ? null : BigInt(row.expiresMs),
      kind: row.kind,
      resource: JSON.stringify(row.resource),
    },
  );
  await putColumns(session, row);
}

export async function removeTableRow(session: Session, { dataset, table }: TableName): Promise<void> {
  await session.run("DELETE FROM __pullhouse.tables WHERE dataset = $dataset AND name = $table", {
    dataset,
    table,
  });
  for (const view of ["columns", "column_field_paths"]) {
    await session.run(
      `DELETE FROM __information_schema.${view} WHERE table_schema = $dataset AND table_name = $table`,
      { dataset, table },
    );
  }
}

/** Its rows changed at this time. */
export async function touchTable(session: Session, name: TableName, nowMs: number): Promise<void> {
  await session.run(
    "UPDATE __pullhouse.tables SET modified_ms = $now::BIGINT WHERE dataset = $dataset AND name = $table",
    { now: BigInt(nowMs), dataset: name.dataset, table: name.table },
  );
}

async function putColumns(session: Session, row: TableRow): Promise<void> {
  const partition = (row.resource["timePartitioning"] as { field?: string } | undefined)?.field;
  const clustering = (row.resource["clustering"] as { fields?: string[] } | undefined)?.fields ?? [];
  const fields = fieldsOf(row);
  const columns = fields.map((field, index) => ({
    column_name: field.name,
    ordinal_position: index + 1,
    is_nullable: modeOf(field) === "NULLABLE" ? "YES" : "NO",
    data_type: sqlTypeOf(field),
    is_partitioning_column: field.name === partition ? "YES" : "NO",
    clustering_ordinal_position: clustering.includes(field.name) ? clustering.indexOf(field.name) + 1 : null,
  }));
  const { dataset, table } = row;
  await session.run(
    `INSERT INTO __information_schema.columns
     SELECT NULL, $dataset, $table, c.column_name, c.ordinal_position, c.is_nullable, c.data_type, 'NEVER', 'NO',
       'NO', c.is_partitioning_column, c.clustering_ordinal_position
     FROM (SELECT unnest(CAST(CAST($columns AS JSON) AS STRUCT(column_name VARCHAR, ordinal_position BIGINT,
       is_nullable VARCHAR, data_type VARCHAR, is_partitioning_column VARCHAR,
       clustering_ordinal_position BIGINT)[])) AS c)`,
    { dataset, table, columns: JSON.stringify(columns) },
  );
  await session.run(
    `INSERT INTO __information_schema.column_field_paths
     SELECT NULL, $dataset, $table, c.column_name, c.field_path, c.data_type, c.description
     FROM (SELECT unnest(CAST(CAST($paths AS JSON) AS STRUCT(column_name VARCHAR, field_path VARCHAR,
       data_type VARCHAR, description VARCHAR)[])) AS c)`,
    { dataset, table, paths: JSON.stringify(fields.flatMap((field) => fieldPaths(field, field.name, ""))) },
  );
}

function fieldPaths(field: Field, column: string, prefix: string): object[] {
  const path = `${prefix}${field.name}`;
  return [
    {
      column_name: column,
      field_path: path,
      data_type: sqlTypeOf(field),
      description: field.description ?? null,
    },
    ...(field.fields ?? []).flatMap((member) => fieldPaths(member, column, `${path}.`)),
  ];
}

function toRow(row: Record<string, unknown>): TableRow {
  return {
    dataset: String(row["dataset"]),
    table: String(row["name"]),
    kind: row["kind"] === "VIEW" ? "VIEW" : "TABLE",
    createdMs: Number(row["created_ms"]),
    modifiedMs: Number(row["modified_ms"]),
    expiresMs: row["expires_ms"] === null ? undefined : Number(row["expires_ms"]),
    resource: JSON.parse(String(row["resource"])) as Resource,
  };
}
