/** Waits that all last equally long at most, with one timer for all of them. */
import type { Clock } from "#services/shared/clock.ts";

export interface Wait {
  /** Milliseconds since the epoch. */
  readonly until: number;
  /** Called once: when the time is up, or with what it was waited for. */
  readonly end: (isLate: boolean) => void;
}

export const LATE = Symbol("late");

/** There may be a wait per request, and a timer with all that belongs to it would be a large part of what that costs. */
export class Deadlines {
  readonly #ms: number;
  readonly #clock: Clock;
  /** In the order of their ends, which is that of their beginnings. */
  readonly #waits = new Set<Wait>();
  #isWatched = false;

  constructor(ms: number, clock: Clock) {
    this.#ms = ms;
    this.#clock = clock;
  }

  get size(): number {
    return this.#waits.size;
  }

  begin(end: Wait["end"]): Wait {
    const wait = { until: this.#clock.now() + this.#ms, end };
    this.#waits.add(wait);
    if (!this.#isWatched) void this.#watch();
    return wait;
  }

  /** Ends a wait in time; nothing happens when it has ended. */
  end(wait: Wait): void {
    if (this.#waits.delete(wait)) wait.end(false);
  }

  /** Ends the wait that began first, in time. @returns whether there was one */
  endFirst(): boolean {
    const [first] = this.#waits;
    if (first !== undefined) this.end(first);
    return first !== undefined;
  }

  /** What the promise becomes, or `LATE`; what it becomes after that is of no interest any more. */
  within<T>(promise: Promise<T>): Promise<T | typeof LATE> {
    return new Promise((resolve) => {
      const wait = this.begin((isLate) => resolve(isLate ? LATE : promise));
      const end = () => this.end(wait);
      promise.then(end, end);
    });
  }

  async #watch(): Promise<void> {
    this.#isWatched = true;
    for (let [first] = this.#waits; first !== undefined; [first] = this.#waits) {
      const { until } = first;
      // Never longer than anybody is to wait, wherever the clock was set in the meantime; not at all if it is late already.
      await this.#clock.sleep(Math.max(0, Math.min(until - this.#clock.now(), this.#ms)));
      for (const wait of this.#waits) {
        if (wait.until > until) break;
        this.#waits.delete(wait);
        wait.end(true);
      }
    }
    this.#isWatched = false;
  }
}
