/** Rows of tables and views, and what INFORMATION_SCHEMA shows of them. */
import { literal, quoted, type Session } from "../database.ts";
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

export function fieldsOf(row: Pick<TableRow, "resource">): readonly Field[] {
  return (row.resource["schema"] as { fields?: readonly Field[] } | undefined)?.fields ?? [];
}

/** The table's name in DuckDB. */
export function sqlName({ dataset, table }: TableName): string {
  return `${quoted(dataset)}.${quoted(table)}`;
}

/** Other than DuckDB's names, BigQuery's are not the same in another case. */
export const rowKey = ({ dataset, table }: TableName) => `table ${dataset}.${table}`;

const LIVE = "(expires_ms IS NULL OR expires_ms > $now::BIGINT)";

const nowOf = (session: Session) => ({ now: BigInt(session.now()) });

/** A table whose expiration time has come is not found. */
export async function findTable(session: Session, name: TableName): Promise<TableRow | undefined> {
  const sql = `SELECT * FROM __pullhouse.tables WHERE dataset = $dataset AND name = $table AND ${LIVE}`;
  const row = await session.remembered(rowKey(name), async () => {
    const found = await one(session, sql, {
      dataset: name.dataset,
      table: name.table,
      ...nowOf(session),
    });
    return found && toRow(found);
  });
  return row?.expiresMs !== undefined && row.expiresMs <= session.now() ? undefined : row;
}

/** DuckDB's names are case-insensitive, BigQuery's are not. */
export async function findTableAnyCase(session: Session, name: TableName): Promise<string | undefined> {
  const sql = `SELECT name FROM __pullhouse.tables
    WHERE dataset = $dataset AND lower(name) = lower($table) AND ${LIVE}`;
  const found = await one(session, sql, { dataset: name.dataset, table: name.table, ...nowOf(session) });
  return found?.["name"] as string | undefined;
}

export async function listTables(session: Session, dataset: string): Promise<readonly TableRow[]> {
  const sql = `SELECT * FROM __pullhouse.tables WHERE dataset = $dataset AND ${LIVE} ORDER BY name`;
  return (await session.rows(sql, { dataset, ...nowOf(session) })).map(toRow);
}

export async function expiredTables(session: Session): Promise<readonly TableRow[]> {
  const sql = `SELECT * FROM __pullhouse.tables WHERE NOT ${LIVE}`;
  return (await session.rows(sql, nowOf(session))).map(toRow);
}

/** Replaces the row; the DuckDB table is the caller's. */
export async function putTable(session: Session, row: TableRow): Promise<void> {
  await removeTableRow(session, row);
  await addTableRow(session, row);
}

/** The row of a table that was not there. One call for all statements: a hundred tables are made at the first start. */
export async function addTableRow(session: Session, row: TableRow): Promise<void> {
  const expires = row.expiresMs === undefined ? "NULL" : String(row.expiresMs);
  const own = [row.dataset, row.table].map(literal);
  const table = [
    ...own,
    row.createdMs,
    row.modifiedMs,
    expires,
    literal(row.kind),
    literal(JSON.stringify(row.resource)),
  ];
  const lists = [
    ["__pullhouse.tables", [table]],
    ["__information_schema.columns", columnRows(row).map((cells) => ["NULL", ...own, ...cells])],
    ["__information_schema.column_field_paths", pathRows(row).map((cells) => ["NULL", ...own, ...cells])],
  ] as const;
  const inserts = lists
    .filter(([, rows]) => rows.length > 0)
    .map(
      ([into, rows]) =>
        `INSERT INTO ${into} VALUES ${rows.map((cells) => `(${cells.join(", ")})`).join(", ")}`,
    );
  await session.run(inserts.join(";\n"));
  session.changed(rowKey(row));
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
  session.changed(rowKey({ dataset, table }));
}

/** Its rows changed at this time. */
export async function touchTable(session: Session, name: TableName, nowMs: number): Promise<void> {
  await session.run(
    "UPDATE __pullhouse.tables SET modified_ms = $now::BIGINT WHERE dataset = $dataset AND name = $table",
    { now: BigInt(nowMs), dataset: name.dataset, table: name.table },
  );
  session.changed(rowKey(name));
}

/** Rows of INFORMATION_SCHEMA.COLUMNS behind the table's name, as SQL. */
function columnRows({ resource }: TableRow): readonly (readonly string[])[] {
  const partition = (resource["timePartitioning"] as { field?: string } | undefined)?.field;
  const clustering = (resource["clustering"] as { fields?: string[] } | undefined)?.fields ?? [];
  return fieldsOf({ resource }).map((field, index) => [
    literal(field.name),
    String(index + 1),
    modeOf(field) === "NULLABLE" ? "'YES'" : "'NO'",
    literal(sqlTypeOf(field)),
    "'NEVER'",
    "'NO'",
    "'NO'",
    field.name === partition ? "'YES'" : "'NO'",
    clustering.includes(field.name) ? String(clustering.indexOf(field.name) + 1) : "NULL",
  ]);
}

/** Rows of INFORMATION_SCHEMA.COLUMN_FIELD_PATHS behind the table's name, as SQL. */
function pathRows(row: TableRow): readonly (readonly string[])[] {
  return fieldsOf(row).flatMap((field) => fieldPaths(field, field.name, ""));
}

function fieldPaths(field: Field, column: string, prefix: string): readonly (readonly string[])[] {
  const path = `${prefix}${field.name}`;
  const description = field.description === undefined ? "NULL" : literal(field.description);
  return [
    [literal(column), literal(path), literal(sqlTypeOf(field)), description],
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
