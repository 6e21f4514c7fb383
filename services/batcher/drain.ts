/**
 * From the queue to the store. The durable write before each acknowledgement: the object with the message's row,
 * and then that object's pending mark. A crash at any line leaves messages to be delivered again, never lost.
 */

import { untilDrainMs } from "#services/shared/window.ts";
import type { BatchLimits } from "./batch.ts";
import { createTurns, drainQueue } from "./drain-queue.ts";
import { holding } from "./leases.ts";
import { paceOf } from "./pace.ts";
import { createPullSize, type PullSize } from "./pull-size.ts";
import { attempt, type DrainPorts, type Tally } from "./settle.ts";
import { drainSpill } from "./spill.ts";
import { createSuspects } from "./suspects.ts";

export interface DrainLimits extends BatchLimits {
  /** Batches that are filled and written side by side. */
  readonly workers: number;
  readonly batchMaxAgeMs: number;
  /** How long a pull waits for a first message, */
  readonly pullWaitMs: number;
  /** … one that comes after messages, */
  readonly pullAgainMs: number;
  /** and how long a batch that has messages waits for a pull before it is written; of a backlog, as long as for the pull. */
  readonly pullPatienceMs: number;
  readonly leaseSeconds: number;
  /** A message that was delivered more often is handled after all others, see `trials.ts`. */
  readonly suspectAttempts: number;
  readonly windowMs: number;
  /** After this the round ends although there is more; the next one goes on. */
  readonly roundMaxMs: number;
}

export interface DrainReport {
  /** `partial`: some messages could not be written and will be delivered again; `reasons` says why. */
  readonly outcome: "drained" | "empty" | "partial";
  /** No alarm is set for what is left: nobody comes unless this call is repeated. */
  readonly retry: boolean;
  messages: number;
  spilled: number;
  /** Rows by table. */
  readonly rows: Record<string, number>;
  readonly objects: string[];
  bytes: number;
  readonly reasons: readonly string[];
  readonly milliseconds: number;
}

/** What a process keeps from round to round. */
export interface Process {
  /** When a round began that had something, and when one has looked into the spill; milliseconds since the epoch. */
  drainedAt: number;
  spillSeenAt: number;
  /** Unlike any other's; in its crash markers. */
  readonly owner: string;
  readonly pullSize: PullSize;
}

export const createProcess = ({ newId }: DrainPorts): Process => ({
  drainedAt: 0,
  spillSeenAt: 0,
  owner: newId(),
  pullSize: createPullSize(),
});

/**
 * When the parts of a round end, in lengths of a round: however long the queue takes, suspects have their time, and then
 * the spill.
 */
const SUSPECTS_END = 1.25;
const SPILL_END = 1.5;

/** The alarm that called, see `AlarmName`. */
export type DrainReason = "drain" | "recheck" | "spill";

/** A receiver says when it has spilled. Without that, as from one of an older version, the spill is looked into this often. */
const SPILL_EVERY_MS = 5 * 60_000;

/**
 * By then a round is over in any case, with the time-outs of its last requests: 600 s at 240, which is also when Cloud Tasks
 * and Cloud Run stop waiting for it (infra/gcp/sizes.ts).
 */
const ROUND_ENDS = 2.5;

/**
 * Drains until the queue and the spill are empty, the time is up or `signal` asks to stop. Does not throw.
 *
 * Whatever may be deadly is handled alone, and last: suspects after all other messages, and the spill after them. So a death
 * stops nothing else, and the blame for it falls on nothing else.
 *
 * A round that did something arms the next one, sooner where many messages come. An empty one may be so because a batcher that was killed, or a
 * pull whose answer was lost, still has the messages on loan: it arms one more round for when every loan has
 * ended, and only that one, the `recheck`, ends the chain of alarms by finding nothing. What must wait has an alarm for when
 * its wait ends.
 *
 * @param own of a process, which drains one round at a time (`one-round.ts`); by default this is its only one
 */
export async function drain(
  ports: DrainPorts,
  limits: DrainLimits,
  signal: AbortSignal,
  why: DrainReason = "drain",
  own = createProcess(ports),
): Promise<DrainReport> {
  const { alarm, clock } = ports;
  const { roundMaxMs, leaseSeconds } = limits;
  const start = clock.now();
  const tally: Tally = {
    messages: 0,
    spilled: 0,
    bytes: 0,
    rows: {},
    objects: [],
    reasons: [],
    waitsMs: new Set(),
  };
  const after = (share: number) => () => signal.aborted || clock.now() - start >= share * roundMaxMs;
  const { owner, pullSize } = own;
  const marking = { ...ports, owner, roundEndsMs: ROUND_ENDS * roundMaxMs };

  const suspects = createSuspects(limits);
  const over = after(1);
  const pause = () => over() || suspects.isFull();
  const shared = { ports, limits, tally, suspects, pullSize, oneLarge: createTurns(), over: pause };
  const turn = async () => {
    const others: Promise<void>[] = [];
    // One worker is enough for a trickle: another would only wait for messages that do not come.
    const sawBacklog = () => {
      if (others.length === 0)
        others.push(...Array.from({ length: limits.workers - 1 }, () => drainQueue(shared)));
    };
    await drainQueue({ ...shared, sawBacklog });
    await Promise.all(others);
    const goesOn = suspects.isFull() && !over();
    await suspects.tryOut(marking, tally, after(SUSPECTS_END));
    return goesOn;
  };
  for (let goesOn = true; goesOn; ) goesOn = await holding(suspects.handles, ports, leaseSeconds, turn);
  if (why !== "drain" || start - own.spillSeenAt >= SPILL_EVERY_MS) {
    await drainSpill(marking, limits, tally, after(SPILL_END));
    // What is left there has an alarm only as a drain.
    own.spillSeenAt = tally.spilled > 0 || tally.reasons.length > 0 || tally.waitsMs.size > 0 ? 0 : start;
  }

  const worked = tally.messages + tally.spilled > 0;
  const isArmed = await attempt(tally, async () => {
    if (worked || tally.reasons.length > 0) {
      const perSecond =
        (tally.messages + tally.spilled) / secondsSince(own.drainedAt, start, limits.windowMs);
      await alarm.arm("drain", untilDrainMs(clock.now(), limits.windowMs, paceOf(perSecond)));
    } else if (why !== "recheck") await alarm.arm("recheck", leaseSeconds * 1000);
    // Each for itself: what is leased until later is not seen by the round before.
    for (const waitMs of tally.waitsMs) await alarm.arm("drain", waitMs);
    return true;
  });
  if (worked) own.drainedAt = start;
  const { waitsMs: _, ...done } = tally;
  const outcome = done.reasons.length > 0 ? "partial" : worked ? "drained" : "empty";
  return { outcome, retry: isArmed !== true, ...done, milliseconds: clock.now() - start };
}

/** A window at most: what is older was not drained because nothing came. */
function secondsSince(before: number, now: number, windowMs: number): number {
  return Math.min(windowMs, Math.max(1_000, now - before)) / 1_000;
}
