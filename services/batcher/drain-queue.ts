/** One worker of a drain: fills a batch from the queue, has it written and released, and goes on while there is more. */
import type { Delivery } from "#services/shared/ports.ts";
import { type Batch, createBatch } from "./batch.ts";
import { addOrCondemn } from "./condemn.ts";
import type { DrainLimits } from "./drain.ts";
import { holding } from "./leases.ts";
import { attempt, type DrainPorts, settle, type Tally } from "./settle.ts";
import type { Suspects } from "./suspects.ts";

type Flush = "count" | "size" | "age" | "empty" | "stop";

interface Filled {
  readonly flush: Flush;
  /** How many messages the last pull gave. */
  readonly lastPull: number;
  /**
   * A pull that had not answered when the batch was written. It is always waited for: to cut it short could lose
   * its answer on the way, and the messages would be on loan to nobody until their leases end.
   */
  readonly pending?: Promise<readonly Delivery[]>;
}

/** Where deliveries go that are not the batch's. */
interface Taking {
  readonly ports: DrainPorts;
  readonly tally: Tally;
  readonly suspects: Suspects;
}

export async function drainQueue(
  ports: DrainPorts,
  limits: DrainLimits,
  tally: Tally,
  suspects: Suspects,
  over: () => boolean,
): Promise<void> {
  const into: Taking = { ports, tally, suspects };
  let pending: Filled["pending"];
  do {
    const batch = createBatch(ports.registry);
    const first = pending;
    const filled: Filled = await holding(
      () => batch.handles(),
      ports,
      limits.leaseSeconds,
      async () => {
        const full = await fill(batch, limits, into, over, first);
        if (batch.messages === 0) return full;
        ports.log.debug("batch", { messages: batch.messages, bytes: batch.size, flush: full.flush });
        const settled = await settle(batch, ports, tally, over, (ackIds) => ports.queue.acknowledge(ackIds));
        tally.messages += settled.released;
        if (settled.kept.length === 0) return full;
        // A loan of no time gives a message back, so that the next round need not wait for the end of this one's.
        await attempt(tally, () => ports.queue.extend(settled.kept, 0));
        return { ...full, flush: "stop" };
      },
    );
    pending = filled.pending;
    // A trickle is the next window's: a round that kept up with it would run, and cost, without end.
    if (pending === undefined && !isBacklog(filled)) return;
  } while (pending !== undefined || !over());
}

/** A pull gives fewer than this when it is quicker than messages arrive. */
const TRICKLE_MAX = 100;

function isBacklog({ flush, lastPull }: Filled): boolean {
  return flush === "count" || flush === "size" || (flush === "age" && lastPull >= TRICKLE_MAX);
}

/** The most messages that Pub/Sub gives in one answer, and about how many bytes we ask for at a time. */
const PULL_MAX = 1_000;
const PULL_SIZE = 8 * 1024 * 1024;
const PULL_FIRST = 100;

/**
 * Pulls until the batch is full, old, or nothing comes; says which.
 * @param late a pull that the batch before did not wait for; when it brings a trickle, it is the last
 */
async function fill(
  batch: Batch,
  limits: DrainLimits,
  into: Taking,
  over: () => boolean,
  late: Filled["pending"],
): Promise<Filled> {
  const { ports } = into;
  const start = ports.clock.now();
  let pull = late ?? pullFor(batch, limits, ports);
  for (;;) {
    const lastPull = await take(batch, pull, into);
    if (lastPull === 0 || (pull === late && lastPull < TRICKLE_MAX)) return { flush: "empty", lastPull };
    if (batch.messages >= limits.batchMaxMessages) return { flush: "count", lastPull };
    if (batch.size >= limits.batchMaxSize) return { flush: "size", lastPull };
    if (ports.clock.now() - start >= limits.batchMaxAgeMs) return { flush: "age", lastPull };
    if (over()) return { flush: "stop", lastPull };
    pull = pullFor(batch, limits, ports);
    // Of a backlog there is more, and a batch of its own for each slow pull would be many small objects.
    const patienceMs = lastPull < TRICKLE_MAX ? limits.pullPatienceMs : limits.pullAgainMs;
    if (batch.messages > 0 && (await isSlow(pull, ports, patienceMs)))
      return { flush: "empty", lastPull: 0, pending: pull };
  }
}

function pullFor(batch: Batch, limits: DrainLimits, { queue }: DrainPorts): Promise<readonly Delivery[]> {
  const size = batch.messages === 0 ? PULL_SIZE / PULL_FIRST : batch.size / batch.messages;
  const max = Math.min(PULL_MAX, limits.batchMaxMessages - batch.messages, Math.ceil(PULL_SIZE / size));
  return queue.pull(max, batch.messages === 0 ? limits.pullWaitMs : limits.pullAgainMs);
}

/** Adds what a pull gives to the batch or to the suspects; a pull that fails is noted and gives nothing. */
async function take(
  batch: Batch,
  pull: Promise<readonly Delivery[]>,
  { ports, tally, suspects }: Taking,
): Promise<number> {
  const deliveries = (await attempt(tally, () => pull)) ?? [];
  const others = deliveries.filter((delivery) => !suspects.keep(delivery));
  await addOrCondemn(batch, others, ports, tally);
  return deliveries.length;
}

/** Whether a pull has not answered, well or badly, in that time. */
async function isSlow(pull: Promise<unknown>, { clock }: DrainPorts, patienceMs: number): Promise<boolean> {
  const waited = new AbortController();
  const answered = pull.then(
    () => false,
    () => false,
  );
  const slow = await Promise.race([answered, clock.sleep(patienceMs, waited.signal).then(() => true)]);
  waited.abort();
  return slow;
}
