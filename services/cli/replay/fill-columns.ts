/** Columns that a schema got after events had come: their values wait in `extra`. */
import { PipelineError } from "#services/shared/errors.ts";
import type { Row } from "#services/shared/gcp/query.ts";
import { uncountStatement } from "#services/shared/rollup/days.ts";
import { ROLLED_UP } from "#services/shared/rollup/rollups.ts";
import { CE_TIME_AHEAD_MS_MAX, CE_TIME_BACK_MS_MAX } from "#services/shared/row/ce-time.ts";
import type { EventTable } from "#services/shared/schema/registry.ts";
import { tableSpec } from "#services/shared/schema/table-spec.ts";
import type { Workshop } from "../archive/workshop.ts";
import { columnOf, type Leaf, leavesOf, valueInExtra, waits } from "./in-extra.ts";

export interface Filled {
  /** With backquotes: `body`.`subdomain`. */
  readonly column: string;
  readonly rows: number;
}

/**
 * Counts what waits for which column, then one UPDATE for each of them: of a row that has nothing for it, nothing changes,
 * and setting a field of a record goes by its name, whatever the order in which the table got its fields. Values stay in
 * `extra` as well.
 * @throws PipelineError WAREHOUSE_REFUSED, WAREHOUSE_UNAVAILABLE
 */
export async function fillColumns(table: EventTable, workshop: Workshop): Promise<readonly Filled[]> {
  const { warehouse, questioner } = workshop;
  await warehouse.ensureTable(tableSpec(table));
  const own = new Set(table.own.map(({ name }) => name.toLowerCase()));
  const { fields } = await questioner.ask({
    sql: `SELECT * FROM ${warehouse.quoted(table.table)} WHERE FALSE`,
  });
  const leaves = leavesOf(fields.filter(({ name }) => own.has(name.toLowerCase())));
  const filled: Filled[] = [];
  for (const leaf of await waiting(leaves, table, workshop))
    filled.push({ column: columnOf(leaf), rows: await fill(leaf, table, workshop) });
  if (filled.length > 0) await uncount(table, workshop);
  return filled;
}

/** What the rollups have counted of these rows may not be so any more. */
async function uncount({ type }: EventTable, { warehouse, newId, clock, rollups }: Workshop): Promise<void> {
  if (!rollups().types.includes(type)) return;
  await warehouse.ensureTable(ROLLED_UP);
  const span = { from: clock.now() - CE_TIME_BACK_MS_MAX, to: clock.now() + CE_TIME_AHEAD_MS_MAX };
  const sql = uncountStatement(warehouse.quoted(ROLLED_UP.name), span);
  const result = await warehouse.execute(`pullhouse-uncount-${newId().toLowerCase()}`, sql);
  if (result.outcome !== "done")
    throw new PipelineError("WAREHOUSE_REFUSED", "never", `${ROLLED_UP.name}: ${result.reason}`);
}

async function waiting(
  leaves: readonly Leaf[],
  table: EventTable,
  workshop: Workshop,
): Promise<readonly Leaf[]> {
  if (leaves.length === 0) return [];
  const quoted = workshop.warehouse.quoted(table.table);
  const { rows } = await workshop.questioner.ask({ sql: waitingStatement(quoted, table, leaves) });
  const found: Row[] = [];
  for await (const row of rows) found.push(row);
  return leaves.filter((_, index) => Number(found[0]?.[`n${index}`]) > 0);
}

async function fill(leaf: Leaf, table: EventTable, { warehouse, newId }: Workshop): Promise<number> {
  const sql = fillStatement(warehouse.quoted(table.table), table, leaf);
  const result = await warehouse.execute(`pullhouse-fill-${newId().toLowerCase()}`, sql);
  if (result.outcome === "done") return result.rows;
  throw new PipelineError("WAREHOUSE_REFUSED", "never", `update of ${table.table}: ${result.reason}`);
}

/** One row: for each column, `n0` and so on, how many rows wait. */
export function waitingStatement(
  quoted: string,
  { otherNames }: EventTable,
  leaves: readonly Leaf[],
): string {
  const counts = leaves.map((leaf, index) => `COUNTIF(${waits(leaf, otherNames)}) AS n${index}`);
  return `SELECT\n  ${counts.join(",\n  ")}\nFROM ${quoted}\nWHERE extra IS NOT NULL`;
}

export function fillStatement(quoted: string, { otherNames }: EventTable, leaf: Leaf): string {
  return `UPDATE ${quoted}
SET ${columnOf(leaf)} = ${valueInExtra(leaf, otherNames)}
WHERE extra IS NOT NULL AND ${waits(leaf, otherNames)}`;
}
