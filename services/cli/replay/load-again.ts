/** Marks archived objects again, some at a time, and loads them: the loader beside it is not flooded. */

import type { EventTable } from "#services/shared/schema/registry.ts";
import { loadMarked } from "../archive/load-marked.ts";
import { type ArchivedObject, archivedObjects, type Days } from "../archive/objects.ts";
import type { Workshop } from "../archive/workshop.ts";
import { markAgain } from "./mark.ts";

export interface Again {
  rows: number;
  inserted: number;
  quarantined: number;
}

/** One plan's worth. */
const MARKED_AT_ONCE = 1_000;
const WRITERS = 32;

/** @param onObjects called with how many objects are loaded so far */
export async function loadAgain(
  table: EventTable,
  days: Days,
  workshop: Workshop,
  signal: AbortSignal,
  onObjects: (objects: number) => void,
): Promise<Again> {
  const again: Again = { rows: 0, inserted: 0, quarantined: 0 };
  let done = 0;
  let some: ArchivedObject[] = [];
  const loadThese = async () => {
    await markAll(table.type, some, workshop);
    const { rows, inserted, quarantined } = await loadMarked(table, workshop, signal);
    again.rows += rows;
    again.inserted += inserted;
    again.quarantined += quarantined;
    onObjects((done += some.length));
    some = [];
  };
  for await (const object of archivedObjects(workshop.list, table.type, days)) {
    if (signal.aborted) return again;
    some.push(object);
    if (some.length >= MARKED_AT_ONCE) await loadThese();
  }
  if (some.length > 0 && !signal.aborted) await loadThese();
  return again;
}

async function markAll(type: string, objects: readonly ArchivedObject[], { store }: Workshop): Promise<void> {
  const left = [...objects];
  const writer = async () => {
    for (let object = left.shift(); object !== undefined; object = left.shift())
      await markAgain(type, object, store);
  };
  await Promise.all(Array.from({ length: WRITERS }, writer));
}
