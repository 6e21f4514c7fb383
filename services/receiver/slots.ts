/** A number of things that may be in progress at once, and a short line in front of it. */
import type { Clock } from "#services/shared/clock.ts";

export interface SlotLimits {
  readonly slots: number;
  /** How many may stand in line … */
  readonly line: number;
  /** … and for how long. */
  readonly waitMs: number;
}

interface Waiting {
  /** Milliseconds since the epoch; all wait equally long, so the first in line is the first to go. */
  readonly until: number;
  readonly end: (hasSlot: boolean) => void;
}

export class Slots {
  readonly #limits: SlotLimits;
  readonly #clock: Clock;
  readonly #line = new Set<Waiting>();
  #taken = 0;
  #isWatched = false;

  constructor(limits: SlotLimits, clock: Clock) {
    this.#limits = limits;
    this.#clock = clock;
  }

  /** Whether a task would be told `full` at once. @param ahead how many others are about to come before it */
  isFull(ahead = 0): boolean {
    const free = this.#limits.slots - this.#taken;
    return this.#line.size + ahead - free >= this.#limits.line;
  }

  /** Runs the task in a slot; `full` when none became free in time. */
  async run<T>(task: () => Promise<T>): Promise<T | "full"> {
    if (this.#taken < this.#limits.slots) this.#taken += 1;
    else if (this.isFull() || !(await this.#standInLine())) return "full";
    try {
      return await task();
    } finally {
      this.#leave();
    }
  }

  /** A slot is handed over by who leaves it, so `#taken` stays the same. */
  #standInLine(): Promise<boolean> {
    return new Promise((end) => {
      this.#line.add({ until: this.#clock.now() + this.#limits.waitMs, end });
      if (!this.#isWatched) void this.#watch();
    });
  }

  /** One timer for the whole line, however long it is: it is at its longest when there is least time for it. */
  async #watch(): Promise<void> {
    this.#isWatched = true;
    for (let [first] = this.#line; first !== undefined; [first] = this.#line) {
      const { until } = first;
      // Never longer than anybody is to wait, wherever the clock was set in the meantime.
      await this.#clock.sleep(Math.min(until - this.#clock.now(), this.#limits.waitMs));
      for (const waiting of this.#line) {
        if (waiting.until > until) break;
        this.#line.delete(waiting);
        waiting.end(false);
      }
    }
    this.#isWatched = false;
  }

  #leave(): void {
    const [first] = this.#line;
    if (first === undefined) {
      this.#taken -= 1;
      return;
    }
    this.#line.delete(first);
    first.end(true);
  }
}
