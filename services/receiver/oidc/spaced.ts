/** Shares the runs of one job and keeps them apart in time. */
import type { Clock } from "#services/shared/clock.ts";

/** Milliseconds between the starts of two runs, by how the earlier one ended. */
export interface Spacing {
  readonly afterSuccess: number;
  readonly afterFailure: number;
}

/**
 * Each ask gets the outcome of a run that starts after it, so that what the run finds is news to the asker;
 * all who ask before a run starts share it. However many ask, runs never overlap and keep their distance.
 */
export class Spaced<T> {
  readonly #job: () => Promise<T>;
  readonly #clock: Clock;
  readonly #spacing: Spacing;
  #next: Promise<T> | undefined;
  #running: Promise<T> | undefined;
  #notBefore = 0;

  constructor(job: () => Promise<T>, clock: Clock, spacing: Spacing) {
    this.#job = job;
    this.#clock = clock;
    this.#spacing = spacing;
  }

  ask(): Promise<T> {
    this.#next ??= this.#schedule();
    return this.#next;
  }

  /** The outcome of the run that is under way, if there is one: for who needs any outcome, not a new one. */
  join(): Promise<T> {
    return this.#running ?? this.ask();
  }

  async #schedule(): Promise<T> {
    await Promise.allSettled([this.#running]);
    const wait = this.#notBefore - this.#clock.now();
    if (wait > 0) await this.#clock.sleep(wait);
    this.#next = undefined;
    this.#running = this.#run();
    return this.#running;
  }

  async #run(): Promise<T> {
    const started = this.#clock.now();
    let apart = this.#spacing.afterFailure;
    try {
      const result = await this.#job();
      apart = this.#spacing.afterSuccess;
      return result;
    } finally {
      this.#notBefore = started + apart;
      this.#running = undefined;
    }
  }
}
