/** Slots that sources share: each source has some of its own, and no source can take all of them. */
import type { Clock } from "#services/shared/clock.ts";
import { Deadlines } from "./deadlines.ts";

export interface FairSlotLimits {
  readonly slots: number;
  /** Tasks that may wait for a slot, of all sources together; each source has an equal part. */
  readonly waiting: number;
  readonly waitMs: number;
  readonly sources: readonly string[];
}

const LARGE_BYTES = 1_048_576;
/** Copies of a large text are not of V8's young heap and stay longer, so that a large body takes more for each byte. */
const LARGE_BYTES_PER_SLOT = 524_288;

/** Returns how many slots so many bytes of events take in memory: one up to 1 MiB, else two for each MiB. */
export function slotsFor(bytes: number): number {
  return bytes <= LARGE_BYTES ? 1 : Math.ceil(bytes / LARGE_BYTES_PER_SLOT);
}

interface Waiter {
  readonly slots: number;
  /** Ends its wait, with its slots taken. */
  readonly start: () => void;
}

interface Share {
  held: number;
  /** In the order in which they came. */
  readonly waiting: Set<Waiter>;
}

/**
 * Half of the slots are divided equally and kept for their source; the other half goes to whoever asks. So a source alone
 * has all slots, and beside one that takes what it can get, each other source still has its own.
 */
export class FairSlots {
  /** Slots that each source has for itself. */
  readonly #own: number;
  /** Slots that any source may take once it has its own, and how many of them are taken. */
  readonly #common: number;
  #commonTaken = 0;
  readonly #waitingPerSource: number;
  readonly #timeouts: Deadlines;
  readonly #shares: ReadonlyMap<string, Share>;
  readonly #inTurn: readonly Share[];
  #turn = 0;

  constructor({ slots, waiting, waitMs, sources }: FairSlotLimits, clock: Clock) {
    this.#own = Math.max(1, Math.floor(slots / (2 * sources.length)));
    this.#common = Math.max(0, slots - this.#own * sources.length);
    this.#waitingPerSource = Math.floor(waiting / sources.length);
    this.#timeouts = new Deadlines(waitMs, clock);
    this.#shares = new Map(sources.map((source) => [source, { held: 0, waiting: new Set<Waiter>() }]));
    this.#inTurn = [...this.#shares.values()];
  }

  /** Whether a task of one slot would be told `full` at once. @param ahead how many others are about to come before it */
  isFull(source: string, ahead = 0): boolean {
    const share = this.#shareOf(source);
    const free = Math.max(0, this.#own - share.held) + this.#common - this.#commonTaken;
    return share.waiting.size + ahead - free >= this.#waitingPerSource;
  }

  /**
   * Runs the task with its slots; `full` when they did not become free in time.
   * @param slots a task that asks for more than its source can ever have gets as many as that
   */
  async run<T>(source: string, slots: number, task: () => Promise<T>): Promise<T | "full"> {
    const share = this.#shareOf(source);
    const taken = Math.min(slots, this.#own + this.#common);
    // Nobody goes past those that wait, so that a task of many slots gets them.
    if (share.waiting.size === 0 && this.#fits(share, taken)) this.#add(share, taken);
    else if (this.isFull(source) || !(await this.#wait(share, taken))) return "full";
    try {
      return await task();
    } finally {
      this.#add(share, -taken);
      if (this.#timeouts.size > 0) this.#startWaiting();
    }
  }

  #shareOf(source: string): Share {
    const share = this.#shares.get(source);
    if (share === undefined) throw new Error(`${source} has no share of the slots`);
    return share;
  }

  #fits(share: Share, slots: number): boolean {
    return (
      this.#commonTaken + this.#beyondOwn(share.held + slots) - this.#beyondOwn(share.held) <= this.#common
    );
  }

  #beyondOwn(held: number): number {
    return Math.max(0, held - this.#own);
  }

  #add(share: Share, slots: number): void {
    this.#commonTaken += this.#beyondOwn(share.held + slots) - this.#beyondOwn(share.held);
    share.held += slots;
  }

  #wait(share: Share, slots: number): Promise<boolean> {
    return new Promise((resolve) => {
      const waiter: Waiter = { slots, start: () => this.#timeouts.end(wait) };
      const wait = this.#timeouts.begin((isLate) => {
        share.waiting.delete(waiter);
        resolve(!isLate);
        // Behind one that asked for much and is gone now, there may be one for which there is room.
        if (isLate) this.#startWaiting();
      });
      share.waiting.add(waiter);
    });
  }

  /** Gives free slots to the first waiter of each source in turn, until none of them fits. */
  #startWaiting(): void {
    for (let left = this.#inTurn.length; left > 0; left--) {
      this.#turn = (this.#turn + 1) % this.#inTurn.length;
      const share = this.#inTurn[this.#turn] as Share;
      const [first] = share.waiting;
      if (first === undefined || !this.#fits(share, first.slots)) continue;
      this.#add(share, first.slots);
      first.start();
      left = this.#inTurn.length + 1;
    }
  }
}
