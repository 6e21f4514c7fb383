/** How a table may grow, new columns behind those it has, at any depth; and the staging table that then fits it. */
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
    .map(optional);
  return grew || added.length > 0 ? [...kept, ...added] : undefined;
}

/**
 * The columns of a staging table whose rows go into the table: those of the schema file, with the fields of records where
 * the table has them. GoogleSQL assigns a record's fields by position, whatever their names, and only as many as there are
 * (https://cloud.google.com/bigquery/docs/reference/standard-sql/conversion_functions#cast_as_struct); columns a statement
 * names. Fields that only the table knows are taken along, so that a newer batcher's values are kept.
 * @param present the table's columns, with all that `wanted` has (`addedColumns`)
 */
export function stagingColumns(present: readonly Column[], wanted: readonly Column[]): readonly Column[] {
  return wanted.map((column) => asIn(present, column));
}

function asIn(present: readonly Column[], wanted: Column): Column {
  const inTable = present.find((candidate) => sameName(candidate, wanted));
  if (inTable?.fields === undefined || wanted.fields === undefined) return wanted;
  const wantedFields = wanted.fields;
  const fields = inTable.fields.map((field) => {
    const want = wantedFields.find((candidate) => sameName(candidate, field));
    return want === undefined ? optional(field) : asIn([field], want);
  });
  return { ...wanted, fields };
}

function optional(column: Column): Column {
  return column.mode === "REQUIRED" ? { ...column, mode: "NULLABLE" } : column;
}

function sameName(a: Column, b: Column): boolean {
  return a.name.toLowerCase() === b.name.toLowerCase();
}
