/** The durable write before the release: rows to objects, the load alarm, and only then the messages go. */
import type { Clock } from "#services/shared/clock.ts";
import { reasonOf } from "#services/shared/errors.ts";
import type { Log } from "#services/shared/log.ts";
import type { Alarm, NewId, Queue, Store } from "#services/shared/ports.ts";
import type { Registry } from "#services/shared/schema/registry.ts";
import type { Batch, Group } from "./batch.ts";
import { writeGroup } from "./write.ts";

export interface DrainPorts {
  readonly queue: Queue;
  readonly store: Store;
  readonly alarm: Alarm;
  readonly clock: Clock;
  readonly newId: NewId;
  readonly registry: Registry;
  readonly log: Log;
}

/** What a round has done so far; the workers add to it. */
export interface Tally {
  messages: number;
  spilled: number;
  bytes: number;
  readonly rows: Record<string, number>;
  readonly objects: string[];
  readonly reasons: string[];
}

/**
 * Writes each group, sets the load alarm, and only then releases the group's messages. A group that fails does
 * not hold up another.
 * @returns how many messages were released
 */
export async function settle(
  batch: Batch,
  ports: DrainPorts,
  tally: Tally,
  release: (handles: readonly string[]) => Promise<void>,
): Promise<number> {
  const settleGroup = async (group: Group) => {
    const manifest = await writeGroup(group, ports.store, ports.newId, ports.clock.now());
    tally.objects.push(manifest.object);
    tally.bytes += manifest.bytes;
    tally.rows[group.table.table] = (tally.rows[group.table.table] ?? 0) + manifest.rows;
    await ports.alarm.arm("load");
    await release(group.handles);
    return group.handles.length;
  };
  const released = await Promise.all(
    [...batch.groups.values()].map((group) => attempt(tally, () => settleGroup(group))),
  );
  return released.reduce<number>((sum, count) => sum + (count ?? 0), 0);
}

/** A part that fails is noted and the rest goes on; the round then answers 500, and Cloud Tasks asks again. */
export async function attempt<T>(tally: Tally, part: () => Promise<T>): Promise<T | undefined> {
  try {
    return await part();
  } catch (error) {
    tally.reasons.push(reasonOf(error));
    return undefined;
  }
}
