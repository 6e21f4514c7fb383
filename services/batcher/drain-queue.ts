/** One worker of a drain: fills a batch from the queue, has it written and released, and goes on while there is more. */
import { PipelineError } from "#services/shared/errors.ts";
import type { Delivery } from "#services/shared/ports.ts";
import { type Batch, createBatch, isFull } from "./batch.ts";
import { addOrCondemn } from "./condemn.ts";
import type { DrainLimits } from "./drain.ts";
import { holding } from "./leases.ts";
import type { PullSize } from "./pull-size.ts";
import { attempt, type DrainPorts, noteWait, settle, type Tally } from "./settle.ts";
import type { Suspects } from "./suspects.ts";

type Flush = "count" | "size" | "age" | "empty" | "stop";

interface Filled {
  readonly flush: Flush;
  /** Whether the last pull was quicker than messages arrive. */
  readonly isTrickle: boolean;
}

interface Pull {
  readonly asked: number;
  readonly answer: Promise<readonly Delivery[]>;
}

/** What the workers of a round share. */
export interface Shared {
  readonly ports: DrainPorts;
  readonly limits: DrainLimits;
  readonly tally: Tally;
  /** Where deliveries go that are not the batch's. */
  readonly suspects: Suspects;
  readonly pullSize: PullSize;
  /** One batch of large messages at a time, whoever's it is. */
  readonly oneLarge: Turns;
  readonly over: () => boolean;
  /** Told when a batch has so many messages that others should help. */
  readonly sawBacklog?: () => void;
}

/** Runs work when all work before it has ended. */
export type Turns = <T>(work: () => Promise<T>) => Promise<T>;

export function createTurns(): Turns {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const done = last.then(work);
    last = done.catch(() => {});
    return done;
  };
}

/**
 * A batch with a larger message has no message of another pull, and is the only such batch. As bytes, as text, and as a row
 * with escapes, first text and then bytes, a message can take thirty times its size at once (docs/internals/performance.md).
 */
const LARGE_BYTES = 1024 * 1024;

const hasLarge = (deliveries: readonly Delivery[]) =>
  deliveries.some(({ message }) => message.data.byteLength > LARGE_BYTES);

/** What a worker takes from one batch to the next. */
interface Worker extends Shared {
  /** Pulled, and no room was left in the batch. */
  rest: readonly Delivery[];
  /**
   * A pull that had not answered when the batch was written. It is always waited for: to cut it short could lose
   * its answer on the way, and the messages would be on loan to nobody until their leases end.
   */
  pending?: Pull | undefined;
}

export async function drainQueue(shared: Shared): Promise<void> {
  const { ports, limits, tally, over } = shared;
  const worker: Worker = { ...shared, rest: [] };
  const isLoaded = () => worker.rest.length > 0 || worker.pending !== undefined;
  do {
    const batch = createBatch(ports.registry, ports.clock);
    const handles = () => [...batch.handles(), ...worker.rest.map(({ ackId }) => ackId)];
    const isLarge = hasLarge(worker.rest);
    const inTurn: Turns = isLarge ? shared.oneLarge : (work) => work();
    const fillAndWrite = async () => {
      const full = await fill(batch, worker, isLarge);
      if (batch.messages === 0) return full;
      ports.log.debug("batch", { messages: batch.messages, bytes: batch.size, flush: full.flush });
      const settled = await settle(batch, ports, tally, over, (ackIds) => ports.queue.acknowledge(ackIds));
      tally.messages += settled.released;
      if (settled.kept.length === 0) return full;
      // A loan of no time gives a message back, so that the next round need not wait for the end of this one's.
      const back = [...settled.kept, ...worker.rest.map(({ ackId }) => ackId)];
      worker.rest = [];
      await attempt(tally, () => ports.queue.extend(back, 0));
      return { ...full, flush: "stop" as const };
    };
    const filled = await holding(handles, ports, limits.leaseSeconds, () => inTurn(fillAndWrite));
    // A trickle is the next window's: a round that kept up with it would run, and cost, without end.
    if (!isLoaded() && !isBacklog(filled)) return;
  } while (isLoaded() || !over());
}

function isBacklog({ flush, isTrickle }: Filled): boolean {
  return flush === "count" || flush === "size" || (flush === "age" && !isTrickle);
}

/** Pulls until the batch is full, old, or nothing comes; says which. */
async function fill(batch: Batch, worker: Worker, isLarge: boolean): Promise<Filled> {
  const { ports, limits, tally, over } = worker;
  const start = ports.clock.now();
  const late = worker.pending;
  let pull = late;
  worker.pending = undefined;
  let isTrickle = false;
  // Of a backlog there is more, and a batch of its own for each slow pull would be many small objects.
  let patienceMs = limits.pullAgainMs;
  for (;;) {
    // Large ones are for the next batch, which waits for its turn.
    if (!isLarge && hasLarge(worker.rest)) return keepingPull("size");
    worker.rest = await addOrCondemn(batch, worker.rest, limits, ports, tally);
    if (batch.messages >= BACKLOG) worker.sawBacklog?.();
    if (batch.messages >= limits.batchMaxMessages) return keepingPull("count");
    if (isLarge || isFull(batch, limits)) return keepingPull("size");
    if (pull === undefined) {
      if (batch.messages > 0 && ports.clock.now() - start >= limits.batchMaxAgeMs)
        return { flush: "age", isTrickle };
      if (over()) return { flush: "stop", isTrickle };
      pull = startPull(batch, worker);
      if (batch.messages > 0 && (await isSlow(pull.answer, ports, patienceMs))) return keepingPull("empty");
    }
    const given = await take(pull, worker);
    isTrickle = given < Math.min(pull.asked, TRICKLE_MAX);
    patienceMs = given < TRICKLE_MAX ? limits.pullPatienceMs : limits.pullAgainMs;
    // A late pull that brings a trickle is the last; there may be more of its messages than the batch has room for.
    if (given === 0 || (pull === late && isTrickle)) {
      if (!hasLarge(worker.rest)) worker.rest = await addOrCondemn(batch, worker.rest, limits, ports, tally);
      return { flush: "empty", isTrickle };
    }
    pull = undefined;
  }

  function keepingPull(flush: Flush): Filled {
    worker.pending = pull;
    return { flush, isTrickle: flush === "empty" };
  }
}

/** One worker makes rows of so many in a tenth of a second. */
export const BACKLOG = 1_000;

/** A pull that gives fewer than it asks for, and fewer than this, is quicker than messages arrive. */
const TRICKLE_MAX = 100;

function startPull(batch: Batch, { ports, limits, pullSize }: Worker): Pull {
  const asked = pullSize.next(limits.batchMaxMessages - batch.messages);
  const waitMs = batch.messages === 0 ? limits.pullWaitMs : limits.pullAgainMs;
  return { asked, answer: ports.queue.pull(asked, waitMs) };
}

/**
 * Takes what a pull gives, suspects apart; a pull that fails is noted and gives nothing.
 * @returns how many messages were there
 */
async function take({ asked, answer }: Pull, worker: Worker): Promise<number> {
  const deliveries = await attempt(worker.tally, () => answer.catch(orTooLarge));
  if (deliveries === "too large") {
    worker.pullSize.wasTooLarge(asked);
    // Its messages are delivered again when their leases end.
    noteWait(worker.tally, 1000 * worker.limits.leaseSeconds);
    return asked;
  }
  if (deliveries === undefined || deliveries.length === 0) return 0;
  worker.pullSize.gave(deliveries);
  worker.rest = [...worker.rest, ...deliveries.filter((delivery) => !worker.suspects.keep(delivery))];
  return deliveries.length;
}

function orTooLarge(error: unknown): "too large" {
  if (error instanceof PipelineError && error.code === "PULL_TOO_LARGE") return "too large";
  throw error;
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
