/** Asks for the alarm that has the batcher fetch what was written; a missing alarm delays rows and loses none. */
import type { Clock } from "#services/shared/clock.ts";
import { reasonOf } from "#services/shared/errors.ts";
import type { Log } from "#services/shared/log.ts";
import type { Alarm, Asked } from "#services/shared/ports.ts";
import { Deadlines } from "./deadlines.ts";

export interface WakerDeps {
  readonly alarm: Alarm;
  readonly clock: Clock;
  readonly log: Log;
}

/** What an answer waits for the alarm at most; its event is durable by then. */
const ANSWER_WAIT_MS = 1_000;
const QUICK_RETRIES_MS = [100, 300] as const;
/** Afterwards it is tried without anyone waiting, until nothing came for so long; then the next event begins anew. */
const RETRY_MS = 2_000;
const KEEP_TRYING_MS = 30_000;

export class Waker {
  readonly #deps: WakerDeps;
  readonly #answers: Deadlines;
  readonly #stop = new AbortController();
  #lastAskedAt = 0;
  #trying: Promise<void> | undefined;

  constructor(deps: WakerDeps) {
    this.#deps = deps;
    this.#answers = new Deadlines(ANSWER_WAIT_MS, deps.clock);
  }

  /** Never rejects. An alarm that is set after this call fires after it, so one that is already being tried will do. */
  async wake(): Promise<void> {
    const { clock } = this.#deps;
    this.#lastAskedAt = clock.now();
    if (this.#trying !== undefined) return;
    const asked = { isOver: false };
    const armed = await this.#answers.within(this.#armQuickly(asked));
    asked.isOver = true;
    if (armed !== true) this.#trying ??= this.#keepTrying();
  }

  /** Ends the trying with one last attempt. */
  async close(): Promise<void> {
    this.#stop.abort();
    await this.#trying;
  }

  /** @param asked over once the answer is out, and somebody else tries */
  async #armQuickly(asked: Asked): Promise<boolean> {
    if (await this.#arm()) return true;
    for (const ms of QUICK_RETRIES_MS) {
      await this.#deps.clock.sleep(ms);
      if (asked.isOver) return false;
      if (await this.#arm()) return true;
    }
    return false;
  }

  async #keepTrying(): Promise<void> {
    const { clock } = this.#deps;
    let armed = false;
    while (!armed && !this.#stop.signal.aborted && clock.now() - this.#lastAskedAt < KEEP_TRYING_MS) {
      await clock.sleep(RETRY_MS, this.#stop.signal);
      armed = await this.#arm();
    }
    this.#trying = undefined;
  }

  async #arm(): Promise<boolean> {
    try {
      await this.#deps.alarm.arm("drain");
      return true;
    } catch (error) {
      this.#deps.log.warn("not alarmed", { code: "ALARM_UNAVAILABLE", reason: reasonOf(error) });
      return false;
    }
  }
}
