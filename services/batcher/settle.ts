/** The durable write before the release: rows to objects, the load alarm, and only then the messages go. */
import { reasonOf } from "#services/shared/errors.ts";
import type { Log } from "#services/shared/log.ts";
import type { Alarm, NewId, Queue, Store } from "#services/shared/ports.ts";
import { persist, type RetryPorts } from "#services/shared/retry.ts";
import type { Registry } from "#services/shared/schema/registry.ts";
import type { Batch, Group } from "./batch.ts";
import { type Packed, pack, write } from "./write.ts";

export interface DrainPorts extends RetryPorts {
  readonly queue: Queue;
  readonly store: Store;
  readonly alarm: Alarm;
  readonly newId: NewId;
  readonly registry: Registry;
  readonly log: Log;
}

/** Pub/Sub's longest lease (https://cloud.google.com/pubsub/docs/reference/rest/v1/projects.subscriptions/modifyAckDeadline). */
const LEASE_MAX_SECONDS = 600;

/** What a round has done so far; the workers add to it. */
export interface Tally {
  messages: number;
  spilled: number;
  bytes: number;
  readonly rows: Record<string, number>;
  readonly objects: string[];
  readonly reasons: string[];
  /** Milliseconds after which other rounds must look, because something waits until then; in whole seconds. */
  readonly waitsMs: Set<number>;
}

/** What became of a batch's handles. */
export interface Settled {
  readonly released: number;
  /** Those whose rows could not be stored in time. */
  readonly kept: readonly string[];
}

/**
 * Writes each group, sets the load alarm, and only then releases the group's messages. What fails is tried again until
 * the round is over, the messages staying on loan; a group that fails does not hold up another.
 */
export async function settle(
  batch: Batch,
  ports: DrainPorts,
  tally: Tally,
  over: () => boolean,
  release: (handles: readonly string[]) => Promise<void>,
): Promise<Settled> {
  const settleGroup = async (group: Group) => {
    const packed = await pack(group, ports.newId(), ports.clock.now());
    await persist(() => write(packed, ports.store), over, ports);
    await persist(() => ports.alarm.arm("load"), over, ports);
    const { manifest } = packed;
    tally.objects.push(manifest.object);
    tally.bytes += manifest.bytes;
    tally.rows[group.table.table] = (tally.rows[group.table.table] ?? 0) + manifest.rows;
    logWritten(packed, group, ports.log);
    await release(group.handles);
    return group;
  };
  const groups = [...batch.groups.values()];
  const done = await Promise.all(groups.map((group) => attempt(tally, () => settleGroup(group))));
  const kept = groups.filter((group) => !done.includes(group)).flatMap(({ handles }) => handles);
  return { released: batch.messages - kept.length, kept };
}

/** A line for the object, and at DEBUG one for each event in it: from the message or the trace to the object. */
function logWritten({ type, manifest }: Packed, { events }: Group, log: Log): void {
  const { object, rows, bytes, traces } = manifest;
  const [only] = traces?.count === 1 ? events.flatMap(({ trace }) => trace ?? []) : [];
  log.info("written", {
    type,
    object,
    rows,
    bytes,
    ...(traces === undefined ? {} : { traces: traces.count }),
    ...(only === undefined ? {} : { trace: only }),
  });
  for (const event of events) log.debug("written in an object", { type, object, ...event });
}

/** Notes that something waits, so that the round arms an alarm for its end. */
export function noteWait(tally: Tally, ms: number): void {
  tally.waitsMs.add(1_000 * Math.max(1, Math.ceil(ms / 1_000)));
}

/**
 * Gives messages back that must wait: a lease of that length keeps them from being delivered meanwhile, and each delivery
 * counts towards the 100 after which Pub/Sub gives a message up.
 */
export async function postpone(
  ackIds: readonly string[],
  ms: number,
  { alarm, queue }: DrainPorts,
  tally: Tally,
): Promise<void> {
  if (ackIds.length === 0) return;
  const seconds = Math.min(Math.max(1, Math.ceil(ms / 1000)), LEASE_MAX_SECONDS);
  await attempt(tally, async () => {
    // First, since nobody looks that far ahead for the messages of a batcher that dies here.
    await alarm.arm("drain", seconds * 1000);
    await queue.extend(ackIds, seconds);
  });
}

/** A part that fails is noted and the rest goes on: what it held is delivered again. */
export async function attempt<T>(tally: Tally, part: () => Promise<T>): Promise<T | undefined> {
  try {
    return await part();
  } catch (error) {
    tally.reasons.push(reasonOf(error));
    return undefined;
  }
}
