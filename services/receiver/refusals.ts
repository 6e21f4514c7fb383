/** Bounds what refusals write into the log: some in full, and one line a second for each kind of the rest. */
import type { Clock } from "#services/shared/clock.ts";
import type { Log } from "#services/shared/log.ts";
import { PROBLEMS, type ProblemName } from "./problem.ts";

const LINE_MS = 1_000;
/**
 * A sender with a wrong setting posts a few events a second, and each of its lines helps. A flood would fill the log and its
 * bill: it gets this many lines in full,
 */
export const IN_FULL_MAX = 200;
/** and after them this many a second, 0.3 GB a day. */
export const IN_FULL_PER_SECOND = 10;

/** Anybody can cause these, without a token. */
export class Refusals {
  readonly #clock: Clock;
  readonly #log: Log;
  /** By kind, how many of this second are not told yet; a kind that was quiet for a second is not here. */
  readonly #untold = new Map<ProblemName, number>();
  /** Lines that were written in full, less those that each second gives back. */
  #inFull = 0;
  #isReporting = false;

  constructor(clock: Clock, log: Log) {
    this.#clock = clock;
    this.#log = log;
  }

  /** Counts a refusal: the first of a kind is told at once, those of the second after it together. */
  add(problem: ProblemName = "overloaded"): void {
    const untold = this.#untold.get(problem);
    if (untold === undefined) this.#tell(problem, 1);
    this.#untold.set(problem, untold === undefined ? 0 : untold + 1);
    if (!this.#isReporting) void this.#report();
  }

  /** Returns whether the refusal may have a line of its own; counts it otherwise. */
  mayWrite(problem: ProblemName): boolean {
    if (this.#inFull >= IN_FULL_MAX) {
      this.add(problem);
      return false;
    }
    this.#inFull += 1;
    if (!this.#isReporting) void this.#report();
    return true;
  }

  /** Tells what is not told yet. */
  flush(): void {
    for (const [problem, untold] of this.#untold) {
      if (untold > 0) this.#tell(problem, untold);
      this.#untold.set(problem, 0);
    }
  }

  #tell(code: ProblemName, messages: number): void {
    const { status } = PROBLEMS[code];
    if (status >= 500) this.#log.error("not accepted", { code, status, messages });
    else this.#log.warn("refused", { code, status, messages });
  }

  async #report(): Promise<void> {
    this.#isReporting = true;
    while (this.#untold.size > 0 || this.#inFull > 0) {
      await this.#clock.sleep(LINE_MS);
      this.#inFull = Math.max(0, this.#inFull - IN_FULL_PER_SECOND);
      for (const [problem, untold] of this.#untold) if (untold === 0) this.#untold.delete(problem);
      this.flush();
    }
    this.#isReporting = false;
  }
}
