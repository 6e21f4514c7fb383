/** How many bytes a query would read, as an estimate from row counts and types. */
import type { Session } from "../database.ts";
import { type Field, type FieldType, modeOf } from "../schema/fields.ts";
import { fieldsOf, sqlName, type TableRow } from "../store/tables.ts";

/**
 * Logical bytes of a value (https://cloud.google.com/bigquery/docs/reference/standard-sql/data-types#data_type_sizes);
 * of what has no fixed size, text and arrays, a typical one is taken.
 */
const TYPICAL_TEXT = 2 + 32;
const TYPICAL_ELEMENTS = 2;
const BYTES: Readonly<Record<Exclude<FieldType, "RECORD">, number>> = {
  STRING: TYPICAL_TEXT,
  BYTES: TYPICAL_TEXT,
  JSON: TYPICAL_TEXT,
  INTEGER: 8,
  FLOAT: 8,
  BOOLEAN: 1,
  TIMESTAMP: 8,
  DATE: 8,
  TIME: 8,
  DATETIME: 8,
  NUMERIC: 16,
  BIGNUMERIC: 32,
  INTERVAL: 16,
};

/** All columns of all tables; BigQuery counts only the columns and partitions that are read. */
export async function estimateBytes(session: Session, tables: readonly TableRow[]): Promise<number> {
  let bytes = 0;
  for (const row of tables) bytes += (await countRows(session, row)) * rowBytes(fieldsOf(row));
  return bytes;
}

/** A view has none of its own. */
export async function countRows(session: Session, row: TableRow): Promise<number> {
  if (row.kind === "VIEW" || fieldsOf(row).length === 0) return 0;
  const [counted] = await session.rows(`SELECT count(*) AS n FROM ${sqlName(row)}`);
  return Number(counted?.["n"]);
}

export function rowBytes(fields: readonly Field[]): number {
  return fields.reduce((sum, field) => sum + fieldBytes(field), 0);
}

function fieldBytes(field: Field): number {
  const one = field.type === "RECORD" ? rowBytes(field.fields ?? []) : BYTES[field.type];
  return modeOf(field) === "REPEATED" ? one * TYPICAL_ELEMENTS : one;
}
