/** How a table may grow: new columns behind those it has, at any depth; nothing else is ever changed. */
import type { Column } from "./column.ts";

/**
 * The table's columns with those of the schema file added that it lacks, `undefined` if it lacks none. New
 * columns come last and may be NULL (https://cloud.google.com/bigquery/docs/managing-table-schemas).
 */
export function addedColumns(
  present: readonly Column[],
  wanted: readonly Column[],
): readonly Column[] | undefined {
  let grew = false;
  const kept = present.map((column) => {
    const want = wanted.find((candidate) => sameName(candidate, column));
    const fields = want?.fields && column.fields ? addedColumns(column.fields, want.fields) : undefined;
    if (fields === undefined) return column;
    grew = true;
    return { ...column, fields };
  });
  const added = wanted
    .filter((column) => !present.some((candidate) => sameName(candidate, column)))
    .map((column) => (column.mode === "REQUIRED" ? { ...column, mode: "NULLABLE" as const } : column));
  return grew || added.length > 0 ? [...kept, ...added] : undefined;
}

function sameName(a: Column, b: Column): boolean {
  return a.name.toLowerCase() === b.name.toLowerCase();
}
