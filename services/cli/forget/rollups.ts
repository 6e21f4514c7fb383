/** A rollup's row is of several events, so no row of it can be redacted: its day is taken out, and counted again. */
import { PipelineError } from "#services/shared/errors.ts";
import { spanOfDays } from "#services/shared/rollup/bounded.ts";
import { uncountStatement } from "#services/shared/rollup/days.ts";
import { ROLLED_UP, rollupTables } from "#services/shared/rollup/rollups.ts";
import type { Workshop } from "../archive/workshop.ts";
import { rowsWith, type TextTable } from "./tables.ts";
import type { Term } from "./term.ts";

/** @returns the names of the tables that count events */
export function rollupNames({ rollups }: Workshop): ReadonlySet<string> {
  return new Set(rollupTables(rollups()).map(({ name }) => name));
}

/**
 * When the events have been redacted. Questions count a day from its events as soon as the table `rolled_up` does not have it.
 * @returns rows that had the term
 * @throws PipelineError WAREHOUSE_UNAVAILABLE, WAREHOUSE_REFUSED
 */
export async function takeOutDays(
  term: Term,
  tables: readonly TextTable[],
  workshop: Workshop,
): Promise<number> {
  const days = new Set<string>();
  let rows = 0;
  for (const table of tables) {
    for await (const { day } of rowsWith(term, table, workshop)) {
      rows += 1;
      if (day !== null) days.add(day);
    }
  }
  for (const day of days) {
    const span = spanOfDays([{ day }]);
    await execute(uncountStatement(workshop.warehouse.quoted(ROLLED_UP.name), span), workshop);
    for (const { quoted } of tables)
      await execute(`DELETE FROM ${quoted} WHERE day = DATE '${day}'`, workshop);
  }
  return rows;
}

async function execute(sql: string, { warehouse, newId }: Workshop): Promise<void> {
  const result = await warehouse.execute(`pullhouse-forget-days-${newId().toLowerCase()}`, sql);
  if (result.outcome !== "done") throw new PipelineError("WAREHOUSE_REFUSED", "never", result.reason);
}
