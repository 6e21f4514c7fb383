/** Events that had no table, or did not fit it, and now do: from the raw tables into that of their type. */
import { createBatch, type Group } from "#services/batcher/batch.ts";
import { pack, write } from "#services/batcher/write.ts";
import { type TimeRange, timeCondition } from "#services/loader/merge.ts";
import { PipelineError } from "#services/shared/errors.ts";
import { toMessage } from "#services/shared/message.ts";
import { movedId } from "#services/shared/objects.ts";
import { toRow } from "#services/shared/row/row.ts";
import type { EventTable } from "#services/shared/schema/registry.ts";
import { type ArchivedObject, archivedObjects, type Days, linesOf } from "../archive/objects.ts";
import type { Workshop } from "../archive/workshop.ts";
import { eventOf, type RawRow } from "./rebuild.ts";

export interface Moved {
  /** Rows that fit the type's table now. */
  fitting: number;
  /** Rows of the type that still do not. */
  staying: number;
  /** Smallest and largest `ce_time` of the fitting ones, here and there; `null` while there is none. */
  minTime: string | null;
  maxTime: string | null;
  untimed: number;
}

/**
 * Reads what the archive has of a raw table and writes, for each object with events of the type that fit now, one object of
 * the type with its mark. Its name and content follow from the one that it is made of, so a repetition writes nothing new.
 * @param dryRun counts only
 */
export async function moveFitting(
  from: EventTable,
  table: EventTable,
  days: Days,
  workshop: Workshop,
  dryRun: boolean,
): Promise<Moved> {
  const moved: Moved = { fitting: 0, staying: 0, minTime: null, maxTime: null, untimed: 0 };
  for await (const object of archivedObjects(workshop.list, from.type, days)) {
    const batch = createBatch(workshop.registry);
    for (const line of await linesOf(workshop.store, object.name)) {
      // Rows of other types are the most: they are not even parsed.
      if (!line.includes(JSON.stringify(table.type))) continue;
      const row = JSON.parse(line) as RawRow;
      if (row.ce_type !== table.type) continue;
      const { event, receipt } = eventOf(row);
      if (toRow(workshop.registry, event, receipt).table === table) {
        batch.add("", toMessage(event, receipt));
        // Rows from before `ce_time` had bounds stand in another partition here than there.
        widen(moved, row.ce_time ?? null, row.ce_time ?? null);
      } else moved.staying += 1;
    }
    await keep(batch.groups.get(table.type), object, moved, workshop, dryRun);
  }
  return moved;
}

/**
 * Removes from the raw table what has its row in the type's table; both conditions of time are constants, so that only the
 * partitions of these days are read.
 * @returns how many rows went
 * @throws PipelineError WAREHOUSE_REFUSED
 */
export async function removeMoved(
  from: EventTable,
  table: EventTable,
  moved: Moved,
  { warehouse, newId }: Workshop,
): Promise<number> {
  const { minTime, maxTime, untimed } = moved;
  const range = { minTime, maxTime, untimed: untimed > 0 };
  const sql = removeStatement(warehouse.quoted(from.table), warehouse.quoted(table.table), range);
  const job = `pullhouse-moved-${newId().toLowerCase()}`;
  const result = await warehouse.execute(job, sql, { type: table.type });
  if (result.outcome === "done") return result.rows;
  throw new PipelineError("WAREHOUSE_REFUSED", "never", `delete from ${from.table}: ${result.reason}`);
}

/** @param raw and `target` are quoted names of tables; `@type` is the type's */
export function removeStatement(raw: string, target: string, range: TimeRange): string {
  return `DELETE FROM ${raw} R
WHERE R.ce_type = @type AND ${timeCondition("R", range)} AND EXISTS (
  SELECT 1 FROM ${target} T
  WHERE T.ce_source = R.ce_source AND T.ce_id = R.ce_id AND ${timeCondition("T", range)}
)`;
}

async function keep(
  group: Group | undefined,
  object: ArchivedObject,
  moved: Moved,
  { store }: Workshop,
  dryRun: boolean,
): Promise<void> {
  if (group === undefined) return;
  moved.fitting += group.lines.count;
  moved.untimed += group.untimed;
  widen(moved, group.minTime, group.maxTime);
  if (dryRun) return;
  const drainedAt = Date.parse(object.manifest?.drainedAt ?? object.createdAt);
  await write(await pack(group, movedId(object.id, group.lines.digest()), drainedAt), store);
}

function widen(moved: Moved, minTime: string | null, maxTime: string | null): void {
  moved.minTime = least(moved.minTime, minTime, (a, b) => a < b);
  moved.maxTime = least(moved.maxTime, maxTime, (a, b) => a > b);
}

function least(
  a: string | null,
  b: string | null,
  isBefore: (a: string, b: string) => boolean,
): string | null {
  if (a === null || b === null) return a ?? b;
  return isBefore(a, b) ? a : b;
}
