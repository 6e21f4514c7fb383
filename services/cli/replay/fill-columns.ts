/** Columns that a schema got after events had come: their values wait in `extra`. */
import { valueOf } from "#services/loader/books.ts";
import { PipelineError } from "#services/shared/errors.ts";
import { type Column, lowerCamelCase } from "#services/shared/schema/column.ts";
import type { EventTable } from "#services/shared/schema/registry.ts";
import type { Workshop } from "../archive/workshop.ts";

/**
 * One UPDATE: a column that is NULL takes the field of its name, in either spelling, out of `extra`, where it stays as
 * well. A value that the column cannot hold leaves it NULL. Nested columns are left alone: a record that is not NULL has
 * been filled from what came.
 * @returns how many rows changed
 * @throws PipelineError WAREHOUSE_REFUSED
 */
export async function fillColumns(table: EventTable, { warehouse, newId }: Workshop): Promise<number> {
  await warehouse.ensureTable({ name: table.table, columns: table.columns });
  const columns = table.own.filter(
    ({ mode, type }) => mode !== "REPEATED" && type !== "RECORD" && type !== "JSON",
  );
  if (columns.length === 0) return 0;
  const set = columns.map((column) => `\`${column.name}\` = IFNULL(\`${column.name}\`, ${found(column)})`);
  const waits = columns.map((column) => `(\`${column.name}\` IS NULL AND ${found(column)} IS NOT NULL)`);
  const sql = `UPDATE ${warehouse.quoted(table.table)}
SET ${set.join(",\n  ")}
WHERE extra IS NOT NULL AND (${waits.join("\n  OR ")})`;
  const result = await warehouse.execute(`pullhouse-fill-${newId().toLowerCase()}`, sql);
  if (result.outcome === "done") return result.rows;
  throw new PipelineError("WAREHOUSE_REFUSED", "never", `update of ${table.table}: ${result.reason}`);
}

function found(column: Column): string {
  const names = [...new Set([column.name, lowerCamelCase(column.name)])];
  const values = names.map((name) => valueOf({ ...column, name }, "extra"));
  return values.length === 1 ? (values[0] as string) : `COALESCE(${values.join(", ")})`;
}
