/** The table that the rows of a type go into, and the staging table before it. */
import { PipelineError } from "#services/shared/errors.ts";
import type { TableSpec } from "#services/shared/ports.ts";
import { COLUMN_TYPES, type Column, undescribed } from "#services/shared/schema/column.ts";
import { addedColumns, stagingColumns } from "#services/shared/schema/evolve.ts";
import { type Registry, tableNameOf } from "#services/shared/schema/registry.ts";

/**
 * A newer batcher writes columns, and types, of which an older loader has no schema file: during a roll-out, or after the
 * loader was rolled back. Its marks tell the columns.
 * @param columns as the marks tell them
 * @throws PipelineError SCHEMA_INVALID
 */
export function targetOf(type: string, columns: readonly Column[], registry: Registry): TableSpec {
  const { partitionColumn, clustering } = registry.unregistered;
  const known = registry.tables.get(type)?.columns ?? [];
  const all = addedColumns(known, columns) ?? known;
  if (all.length === 0)
    throw new PipelineError(
      "SCHEMA_INVALID",
      "never",
      `there is no schema file for ${type}; its objects stay pending`,
    );
  return { name: targetName(type, registry), columns: all, partitionColumn, clustering };
}

export function targetName(type: string, { tables }: Registry): string {
  return tables.get(type)?.table ?? tableNameOf(type);
}

/**
 * The staging table has all columns that the rows may have, and those that only the target has: objects of older versions do
 * not tell theirs. A column that fills itself is left to that.
 * @param present the target's columns, with all that `wanted` has
 */
export function stagingColumnsFor(present: readonly Column[], wanted: readonly Column[]): readonly Column[] {
  const others = present.filter(
    (column) => COLUMN_TYPES.includes(column.type) && !("defaultValueExpression" in column),
  );
  return undescribed(stagingColumns(present, addedColumns(wanted, others) ?? wanted));
}
