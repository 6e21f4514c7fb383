/**
 * From the queue to the store. The durable write before each acknowledgement: the object with the message's row,
 * and then that object's pending mark. A crash at any line leaves messages to be delivered again, never lost.
 */
import { drainQueue } from "./drain-queue.ts";
import { holding } from "./leases.ts";
import { attempt, type DrainPorts, type Tally } from "./settle.ts";
import { drainSpill } from "./spill.ts";
import { createSuspects } from "./suspects.ts";

export interface DrainLimits {
  /** Batches that are filled and written side by side; each holds at most the two limits below. */
  readonly workers: number;
  readonly batchMaxMessages: number;
  /** Bytes of rows; one pull may go over it once. */
  readonly batchMaxSize: number;
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
  /** After this the round ends although there is more; the next window goes on. */
  readonly roundMaxMs: number;
}

export interface DrainReport {
  /** `partial`: some messages could not be written and will be delivered again; `reasons` says why. */
  readonly outcome: "drained" | "empty" | "partial";
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

/** A round is so much longer for them at most. */
const SUSPECTS_SHARE = 1.25;

/**
 * Drains until the queue and the spill are empty, the time is up or `signal` asks to stop. Does not throw.
 *
 * A round that did something arms the next window. An empty one may be so because a batcher that was killed, or a
 * pull whose answer was lost, still has the messages on loan: it arms one more round for when every loan has
 * ended, and only that one, the `recheck`, ends the chain of alarms by finding nothing.
 */
export async function drain(
  ports: DrainPorts,
  limits: DrainLimits,
  signal: AbortSignal,
  recheck = false,
): Promise<DrainReport> {
  const start = ports.clock.now();
  const tally: Tally = { messages: 0, spilled: 0, bytes: 0, rows: {}, objects: [], reasons: [] };
  const over = () => signal.aborted || ports.clock.now() - start >= limits.roundMaxMs;

  const suspects = createSuspects(limits);
  const pause = () => over() || suspects.isFull();
  // However long the others take, suspects have their time.
  const late = () => signal.aborted || ports.clock.now() - start >= limits.roundMaxMs * SUSPECTS_SHARE;
  const spill = drainSpill(ports, limits, tally, over);
  const worker = () => drainQueue(ports, limits, tally, suspects, pause);
  const turn = async () => {
    await Promise.all([spill, ...Array.from({ length: limits.workers }, worker)]);
    const goesOn = suspects.isFull() && !over();
    await suspects.tryOut(ports, tally, late);
    return goesOn;
  };
  for (let goesOn = true; goesOn; )
    goesOn = await holding(suspects.handles, ports, limits.leaseSeconds, turn);

  const worked = tally.messages + tally.spilled > 0;
  let retry = false;
  const arm = async (name: "drain" | "recheck", delayMs = 0) => {
    retry = (await attempt(tally, async () => (await ports.alarm.arm(name, delayMs), true))) === undefined;
  };
  if (worked || tally.reasons.length > 0) await arm("drain");
  else if (!recheck) await arm("recheck", limits.leaseSeconds * 1000);
  const outcome = tally.reasons.length > 0 ? "partial" : worked ? "drained" : "empty";
  return { outcome, retry, ...tally, milliseconds: ports.clock.now() - start };
}
