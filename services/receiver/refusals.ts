/** Says in the log how many requests were refused for want of a place: one line a second, however many there are. */
import type { Clock } from "#services/shared/clock.ts";
import type { Log } from "#services/shared/log.ts";
import { PROBLEMS } from "./problem.ts";

const LINE_MS = 1_000;

/** Anybody can cause these, without a token; a line for each would cost as much as what it is about, and fill the log. */
export class Refusals {
  readonly #clock: Clock;
  readonly #log: Log;
  #count = 0;
  #isReporting = false;

  constructor(clock: Clock, log: Log) {
    this.#clock = clock;
    this.#log = log;
  }

  add(): void {
    this.#count += 1;
    if (!this.#isReporting) void this.#report();
  }

  /** Writes what is not written yet. */
  flush(): void {
    if (this.#count === 0) return;
    const messages = this.#count;
    this.#count = 0;
    this.#log.error("not accepted", { code: "overloaded", status: PROBLEMS.overloaded.status, messages });
  }

  /** The first is told at once, those of the second after it together. */
  async #report(): Promise<void> {
    this.#isReporting = true;
    while (this.#count > 0) {
      this.flush();
      await this.#clock.sleep(LINE_MS);
    }
    this.#isReporting = false;
  }
}
