/**
 * From the queue to the store. The durable write before each acknowledgement: the object with the message's row,
 * and then that object's pending mark. A crash at any line leaves messages to be delivered again, never lost.
 */
import { type Batch, createBatch } from "./batch.ts";
import { holding } from "./leases.ts";
import { attempt, type DrainPorts, settle, type Tally } from "./settle.ts";
import { drainSpill } from "./spill.ts";

export interface DrainLimits {
  /** Batches that are filled and written side by side; each holds at most the two limits below. */
  readonly workers: number;
  readonly batchMaxMessages: number;
  /** Characters of rows; one pull may go over it once. */
  readonly batchMaxSize: number;
  readonly batchMaxAgeMs: number;
  /** How long a pull waits for a first message. */
  readonly pullWaitMs: number;
  readonly leaseSeconds: number;
  /** After this the round ends although there is more; the next window goes on. */
  readonly roundMaxMs: number;
}

export interface DrainReport {
  /** `partial`: some messages could not be written and will be delivered again; `reasons` says why. */
  readonly outcome: "drained" | "empty" | "partial";
  messages: number;
  spilled: number;
  /** Rows by table. */
  readonly rows: Record<string, number>;
  readonly objects: string[];
  bytes: number;
  readonly reasons: readonly string[];
  readonly milliseconds: number;
}

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

  const workers = Array.from({ length: limits.workers }, () => drainQueue(ports, limits, tally, over));
  await Promise.all([...workers, drainSpill(ports, limits, tally, over)]);

  const worked = tally.messages + tally.spilled > 0;
  if (worked || tally.reasons.length > 0) await attempt(tally, () => ports.alarm.arm("drain"));
  else if (!recheck) await attempt(tally, () => ports.alarm.arm("recheck", limits.leaseSeconds * 1000));
  const outcome = tally.reasons.length > 0 ? "partial" : worked ? "drained" : "empty";
  return { outcome, ...tally, milliseconds: ports.clock.now() - start };
}

async function drainQueue(
  ports: DrainPorts,
  limits: DrainLimits,
  tally: Tally,
  over: () => boolean,
): Promise<void> {
  while (!over()) {
    const batch = createBatch(ports.registry);
    const goOn: boolean = await holding(
      () => batch.handles(),
      ports,
      limits.leaseSeconds,
      async () => {
        const flush = await fill(batch, ports, limits, tally, over);
        if (batch.messages === 0) return false;
        ports.log.debug("batch", { messages: batch.messages, bytes: batch.size, flush });
        const released = await settle(batch, ports, tally, (ackIds) => ports.queue.acknowledge(ackIds));
        tally.messages += released;
        return released === batch.messages && isBacklog(flush, batch.messages);
      },
    );
    // What could not be written comes back when its lease ends, and a trickle is the next window's.
    if (!goOn) return;
  }
}

type Flush = "count" | "size" | "age" | "empty" | "stop";

/** In a whole batch's age fewer than this is what arrives meanwhile, not what had piled up before. */
const TRICKLE_MAX = 1_000;

/** Whether more is waiting. A round that kept up with a trickle would run, and cost, without end. */
function isBacklog(flush: Flush, messages: number): boolean {
  return flush === "count" || flush === "size" || (flush === "age" && messages >= TRICKLE_MAX);
}

/** The most messages that Pub/Sub gives in one answer, and about how many bytes we ask for at a time. */
const PULL_MAX = 1_000;
const PULL_SIZE = 8 * 1024 * 1024;
const PULL_FIRST = 100;

/** Pulls until the batch is full, old, or nothing comes; says which. */
async function fill(
  batch: Batch,
  ports: DrainPorts,
  limits: DrainLimits,
  tally: Tally,
  over: () => boolean,
): Promise<Flush> {
  const start = ports.clock.now();
  for (;;) {
    const size = batch.messages === 0 ? PULL_SIZE / PULL_FIRST : batch.size / batch.messages;
    const max = Math.min(PULL_MAX, limits.batchMaxMessages - batch.messages, Math.ceil(PULL_SIZE / size));
    let pulled = 0;
    await attempt(tally, async () => {
      for (const { ackId, message } of await ports.queue.pull(max, limits.pullWaitMs)) {
        batch.add(ackId, message);
        pulled += 1;
      }
    });
    if (pulled === 0) return "empty";
    if (batch.messages >= limits.batchMaxMessages) return "count";
    if (batch.size >= limits.batchMaxSize) return "size";
    if (ports.clock.now() - start >= limits.batchMaxAgeMs) return "age";
    if (over()) return "stop";
  }
}
