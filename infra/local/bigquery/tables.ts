/** Tables and views: created, changed and dropped together with their rows in the store. */
import type { Session } from "./database.ts";
import { duplicate, invalid, notFound } from "./errors.ts";
import { inherited } from "./expiration.ts";
import type { TimePartitioning } from "./partitions.ts";
import { columnDefinition } from "./schema/duckdb-types.ts";
import { checkFields, type Field } from "./schema/fields.ts";
import { findDataset } from "./store/datasets.ts";
import type { Resource, TableName } from "./store/open.ts";
import {
  addTableRow,
  expiredTables,
  findTable,
  findTableAnyCase,
  removeTableRow,
  sqlName,
  type TableRow,
} from "./store/tables.ts";
import { checkTableName, fullName } from "./table-name.ts";

const PARTITION_TYPES = new Set(["DATE", "DATETIME", "TIMESTAMP"]);
const CLUSTERING_MAX = 4;

/** @throws BigQueryError `notFound` */
export async function requireTable(session: Session, project: string, name: TableName): Promise<TableRow> {
  const row = await findTable(session, name);
  if (row) return row;
  if (!(await findDataset(session, name.dataset))) throw notFound(`Dataset ${project}:${name.dataset}`);
  throw notFound(`Table ${fullName(project, name)}`);
}

export interface NewTable {
  readonly name: TableName;
  readonly resource: Resource;
  readonly kind: "TABLE" | "VIEW";
  /** A view's query in DuckDB's SQL. */
  readonly select?: string;
}

/**
 * In a transaction, with the catalog locked.
 * @throws BigQueryError `duplicate` when there is such a table, `notFound` when there is no such dataset
 */
export async function createTable(
  session: Session,
  project: string,
  { name, resource, kind, select }: NewTable,
  nowMs: number,
): Promise<TableRow> {
  checkTableName(name.table);
  await dropExpired(session);
  const dataset = await findDataset(session, name.dataset);
  if (!dataset) throw notFound(`Dataset ${project}:${name.dataset}`);
  const taken = await findTableAnyCase(session, name);
  if (taken === name.table) throw duplicate(`Table ${fullName(project, name)}`);
  if (taken !== undefined) {
    throw invalid(
      `The local BigQuery cannot hold ${name.table} beside ${taken}: the names differ in case only`,
    );
  }
  const fields = checkFields((resource["schema"] as { fields?: unknown } | undefined)?.fields ?? []);
  checkLayout(resource, fields);
  if (select !== undefined) await session.run(`CREATE VIEW ${sqlName(name)} AS ${select}`);
  else if (fields.length > 0) await createColumns(session, name, fields);
  const { resource: settings, expiresMs } = inherited(dataset, resource, nowMs);
  const row: TableRow = {
    ...name,
    kind,
    createdMs: nowMs,
    modifiedMs: nowMs,
    expiresMs,
    resource: { ...settings, ...(fields.length === 0 ? {} : { schema: { fields } }) },
  };
  await addTableRow(session, row);
  return row;
}

/** A table without a schema has no DuckDB table until it gets one. */
export async function createColumns(
  session: Session,
  name: TableName,
  fields: readonly Field[],
): Promise<void> {
  await session.run(`CREATE TABLE ${sqlName(name)} (${fields.map(columnDefinition).join(", ")})`);
}

/** In a transaction, with table and catalog locked. */
export async function dropTable(session: Session, row: TableRow): Promise<void> {
  await session.run(`DROP ${row.kind} IF EXISTS ${sqlName(row)}`);
  await removeTableRow(session, row);
}

/** Drops the tables whose expiration time has come. In a transaction, with the catalog locked. */
export async function dropExpired(session: Session): Promise<void> {
  for (const row of await expiredTables(session)) await dropTable(session, row);
}

/** Partitions and clusters are checked; DuckDB needs neither. */
export function checkLayout(resource: Resource, fields: readonly Field[]): void {
  const find = (name: string) => fields.find((field) => field.name.toLowerCase() === name.toLowerCase());
  const { field: partition, expirationMs } = (resource["timePartitioning"] ?? {}) as TimePartitioning;
  if (expirationMs != null && !(Number(expirationMs) > 0))
    throw invalid(`Invalid value for timePartitioning.expirationMs: ${JSON.stringify(expirationMs)}`);
  if (partition !== undefined && fields.length > 0) {
    const field = find(partition);
    if (field === undefined) {
      throw invalid(
        `The field specified for partitioning cannot be found in the schema. Field: ${partition}`,
      );
    }
    if (!PARTITION_TYPES.has(field.type)) {
      throw invalid(
        `The field specified for time partitioning can only be of type TIMESTAMP, DATE or DATETIME. The type found is: ${field.type}.`,
      );
    }
  }
  const clustering = (resource["clustering"] as { fields?: string[] } | undefined)?.fields ?? [];
  if (clustering.length > CLUSTERING_MAX)
    throw invalid("Too many fields specified for clustering, at most 4");
  const missing = clustering.find((name) => fields.length > 0 && find(name) === undefined);
  if (missing !== undefined) {
    throw invalid(
      `The field specified for clustering cannot be found in the schema. Invalid field: ${missing}.`,
    );
  }
}
