/** Logical bytes of rows, field by field, as BigQuery counts them for storage and for queries. */
import { Buffer } from "node:buffer";
import type { Column } from "#services/shared/schema/column.ts";

/** Bytes by leaf: `body.repository`. An array is one leaf with all that is in it. */
export type Sizes = Map<string, number>;

/** https://cloud.google.com/bigquery/docs/reference/standard-sql/data-types#data_type_sizes */
const FIXED: Readonly<Partial<Record<Column["type"], number>>> = { BOOLEAN: 1, NUMERIC: 16 };

export function addSizes(
  sizes: Sizes,
  columns: readonly Column[],
  row: Readonly<Record<string, unknown>>,
): void {
  for (const [leaf, bytes] of leavesOf(columns, row, "")) sizes.set(leaf, (sizes.get(leaf) ?? 0) + bytes);
}

function* leavesOf(
  columns: readonly Column[],
  row: Readonly<Record<string, unknown>>,
  before: string,
): Iterable<readonly [leaf: string, bytes: number]> {
  for (const column of columns) {
    const value = row[column.name];
    const leaf = `${before}${column.name}`;
    if (column.mode === "REPEATED" || column.type !== "RECORD") yield [leaf, sizeOf(column, value)];
    else yield* leavesOf(column.fields ?? [], (value ?? {}) as Readonly<Record<string, unknown>>, `${leaf}.`);
  }
}

/** NULL has none. */
function sizeOf(column: Column, value: unknown): number {
  if (value === null || value === undefined) return 0;
  if (Array.isArray(value))
    return value.reduce<number>((sum, one) => sum + sizeOf({ ...column, mode: "NULLABLE" }, one), 0);
  if (column.type === "RECORD") {
    const fields = [...leavesOf(column.fields ?? [], value as Readonly<Record<string, unknown>>, "")];
    return fields.reduce((sum, [, bytes]) => sum + bytes, 0);
  }
  if (column.type === "STRING") return 2 + Buffer.byteLength(value as string);
  if (column.type === "JSON")
    return 2 + Buffer.byteLength(typeof value === "string" ? value : JSON.stringify(value));
  return FIXED[column.type] ?? 8;
}
