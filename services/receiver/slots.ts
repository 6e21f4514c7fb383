/** A number of things that may be in progress at once, and a short line in front of it. */
import type { Clock } from "#services/shared/clock.ts";
import { Deadlines } from "./deadlines.ts";

export interface SlotLimits {
  readonly slots: number;
  /** How many may stand in line … */
  readonly line: number;
  /** … and for how long. */
  readonly waitMs: number;
}

export class Slots {
  readonly #limits: SlotLimits;
  readonly #line: Deadlines;
  #taken = 0;

  constructor(limits: SlotLimits, clock: Clock) {
    this.#limits = limits;
    this.#line = new Deadlines(limits.waitMs, clock);
  }

  /** Runs the task in a slot; `full` when none became free in time. */
  async run<T>(task: () => Promise<T>): Promise<T | "full"> {
    if (this.#taken < this.#limits.slots) this.#taken += 1;
    else if (this.#line.size >= this.#limits.line || !(await this.#standInLine())) return "full";
    try {
      return await task();
    } finally {
      this.#leave();
    }
  }

  #standInLine(): Promise<boolean> {
    return new Promise((resolve) => {
      this.#line.begin((isLate) => resolve(!isLate));
    });
  }

  /** Who leaves hands the slot over to the first in line, and then `#taken` stays the same. */
  #leave(): void {
    if (!this.#line.endFirst()) this.#taken -= 1;
  }
}
