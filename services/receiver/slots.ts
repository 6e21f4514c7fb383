/** A number of things that may be in progress at once, and a short line in front of it. */
import type { Clock } from "#services/shared/clock.ts";

export interface SlotLimits {
  readonly slots: number;
  /** How many may stand in line … */
  readonly line: number;
  /** … and for how long. */
  readonly waitMs: number;
}

export class Slots {
  readonly #limits: SlotLimits;
  readonly #clock: Clock;
  readonly #line = new Set<() => void>();
  #taken = 0;

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
    else if (!(await this.#standInLine())) return "full";
    try {
      return await task();
    } finally {
      this.#leave();
    }
  }

  /** A slot is handed over by who leaves it, so `#taken` stays the same. */
  async #standInLine(): Promise<boolean> {
    if (this.isFull()) return false;
    const turn = new AbortController();
    let mine = false;
    const take = () => {
      mine = true;
      // A reason of our own spares the exception, with its stack, that an abort would make up.
      turn.abort("turn");
    };
    this.#line.add(take);
    await this.#clock.sleep(this.#limits.waitMs, turn.signal);
    this.#line.delete(take);
    return mine;
  }

  #leave(): void {
    const [first] = this.#line;
    if (first === undefined) {
      this.#taken -= 1;
      return;
    }
    this.#line.delete(first);
    first();
  }
}
