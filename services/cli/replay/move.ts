/** Events that had no table, or did not fit it, and now do: from the raw tables into that of their type. */
import { createBatch, type Group } from "#services/batcher/batch.ts";
import { pack, write } from "#services/batcher/write.ts";
import { timeCondition } from "#services/loader/merge.ts";
import { PipelineError } from "#services/shared/errors.ts";
import { toMessage } from "#services/shared/message.ts";
import { movedId, RANGES_MAX } from "#services/shared/objects.ts";
import { toRow } from "#services/shared/row/row.ts";
import { SENDER_KEY, sameKey } from "#services/shared/schema/key.ts";
import type { EventTable } from "#services/shared/schema/registry.ts";
import { joined, TimeSpans, type Times } from "#services/shared/times.ts";
import { type ArchivedObject, archivedObjects, type Days, linesOf } from "../archive/objects.ts";
import type { Workshop } from "../archive/workshop.ts";
import { eventOf, isForeign, type RawRow } from "./rebuild.ts";

export interface Moved {
  /** Rows that fit the type's table now. */
  fitting: number;
  /** Rows of the type that still do not. */
  staying: number;
  /** The times of the fitting ones, here and there. */
  ranges: Times["ranges"];
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
  const moved: Moved = { fitting: 0, staying: 0, ranges: [], untimed: 0 };
  for await (const object of archivedObjects(workshop.list, from.type, days)) {
    const batch = createBatch(workshop.registry);
    const before = new TimeSpans();
    for (const line of await linesOf(workshop.store, object.name)) {
      // Rows of other types are the most: they are not even parsed.
      if (!line.includes(JSON.stringify(table.type))) continue;
      const row = JSON.parse(line) as RawRow;
      if (row.ce_type !== table.type) continue;
      const { event, receipt } = eventOf(row);
      if (isForeign(row)) moved.staying += 1;
      else if (toRow(workshop.registry, event, receipt).table === table) {
        batch.add("", toMessage(event, receipt));
        // Rows from before `ce_time` had bounds stand in another partition here than there.
        if (row.ce_time !== undefined) before.add(row.ce_time);
      } else moved.staying += 1;
    }
    moved.ranges = joined([...moved.ranges, ...before.ranges(RANGES_MAX)], RANGES_MAX);
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
  const times = { ranges: moved.ranges, untimed: moved.untimed > 0 };
  const sql = removeStatement(warehouse.quoted(from.table), warehouse.quoted(table.table), times);
  const job = `pullhouse-moved-${newId().toLowerCase()}`;
  const result = await warehouse.execute(job, sql, { type: table.type });
  if (result.outcome === "done") return result.rows;
  throw new PipelineError("WAREHOUSE_REFUSED", "never", `delete from ${from.table}: ${result.reason}`);
}

/** @param raw and `target` are quoted names of tables; `@type` is the type's */
export function removeStatement(raw: string, target: string, times: Times): string {
  return `DELETE FROM ${raw} R
WHERE R.ce_type = @type AND ${timeCondition("R", times)} AND EXISTS (
  SELECT 1 FROM ${target} T
  WHERE ${sameKey("T", "R", SENDER_KEY)} AND ${timeCondition("T", times)}
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
  moved.ranges = joined([...moved.ranges, ...group.times.ranges(RANGES_MAX)], RANGES_MAX);
  if (dryRun) return;
  const drainedAt = Date.parse(object.manifest?.drainedAt ?? object.createdAt);
  await write(await pack(group, movedId(object.id, group.lines.digest()), drainedAt), store);
}
