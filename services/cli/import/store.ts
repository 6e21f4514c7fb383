/** Has a batch written, marked and loaded. The durable write is the object with its mark; the loader may do the rest. */
import type { Batch, Group } from "#services/batcher/batch.ts";
import { pack, write } from "#services/batcher/write.ts";
import type { EventTable } from "#services/shared/schema/registry.ts";
import { loadMarked } from "../archive/load-marked.ts";
import type { Workshop } from "../archive/workshop.ts";

/**
 * Names and contents follow from the lines, so a repetition writes nothing new.
 * @returns how many rows are new in `table`
 */
export async function store(
  batch: Batch,
  table: EventTable,
  workshop: Workshop,
  signal: AbortSignal,
): Promise<number> {
  const groups = [...batch.groups.values()];
  for (const group of groups)
    await write(await pack(group, idFor(group), group.oldestReceivedAt ?? 0), workshop.store);
  let inserted = 0;
  for (const loading of new Set([table, ...groups.map((group) => group.table)])) {
    const loaded = await loadMarked(loading, workshop, signal);
    if (loading === table) inserted += loaded.inserted;
  }
  return inserted;
}

const idFor = ({ lines }: Group) => `import-${lines.digest().slice(0, 26)}`;
