/** Asks for the alarm that has the batcher fetch what was written; a missing alarm delays rows and loses none. */
import type { Clock } from "#services/shared/clock.ts";
import { reasonOf } from "#services/shared/errors.ts";
import type { Log } from "#services/shared/log.ts";
import type { Alarm, Asked } from "#services/shared/ports.ts";
import { untilDrainMs } from "#services/shared/window.ts";
import { Deadlines } from "./deadlines.ts";

export interface WakerDeps {
  readonly alarm: Alarm;
  readonly windowMs: number;
  readonly clock: Clock;
  readonly log: Log;
}

/** What an answer waits for the alarm at most; its event is durable by then. */
const ANSWER_WAIT_MS = 1_000;
const QUICK_RETRIES_MS = [100, 300] as const;
/** Afterwards it is tried without anyone waiting, until nothing came for so long; then the next event begins anew. */
const RETRY_MS = 2_000;
const KEEP_TRYING_MS = 30_000;
/**
 * Without a try for so long, the process was not running: Cloud Run gives an instance no CPU between two requests
 * (https://docs.cloud.google.com/run/docs/configuring/billing-settings).
 */
const FROZEN_MS = 2 * RETRY_MS;

export class Waker {
  readonly #deps: WakerDeps;
  readonly #answers: Deadlines;
  readonly #stop = new AbortController();
  #lastAskedAt = 0;
  /** Something is in the spill, which is looked into where somebody says so, and no alarm is set that does. */
  #owesSpill = false;
  /** The event came after a pause, in which an early drain costs no more than a late one: somebody may be looking. */
  #isEarly = false;
  #lastTriedAt = 0;
  /** The last try failed. */
  #isOwed = false;
  #trying: Promise<void> | undefined;

  constructor(deps: WakerDeps) {
    this.#deps = deps;
    this.#answers = new Deadlines(ANSWER_WAIT_MS, deps.clock);
  }

  /**
   * Never rejects. An alarm that is set after this call fires after it, so one that is already being tried will do, unless
   * the process has had no CPU to try it.
   */
  async wake(name: "drain" | "spill" = "drain"): Promise<void> {
    const { clock, windowMs } = this.#deps;
    this.#isEarly = clock.now() - this.#lastAskedAt >= windowMs || (this.#isOwed && this.#isEarly);
    this.#owesSpill ||= name === "spill";
    this.#lastAskedAt = clock.now();
    if (this.#trying !== undefined && clock.now() - this.#lastTriedAt < FROZEN_MS) return;
    const asked = { isOver: false };
    const armed = await this.#answers.within(this.#armQuickly(asked));
    asked.isOver = true;
    if (armed !== true) this.#trying ??= this.#keepTrying();
  }

  /** Ends the trying; an alarm that is still missing has one last attempt, since a process that is told to end has CPU. */
  async close(): Promise<void> {
    this.#stop.abort();
    await this.#trying;
    if (this.#isOwed) await this.#arm();
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
      armed = !this.#stop.signal.aborted && (await this.#arm());
    }
    this.#trying = undefined;
  }

  async #arm(): Promise<boolean> {
    const { alarm, clock, windowMs } = this.#deps;
    const now = clock.now();
    this.#lastTriedAt = now;
    const name = this.#owesSpill ? "spill" : "drain";
    const isEarly = this.#isEarly || this.#owesSpill;
    try {
      await alarm.arm(name, isEarly ? 0 : untilDrainMs(now, windowMs, 1));
      this.#isOwed = false;
      if (name === "spill") this.#owesSpill = false;
      return true;
    } catch (error) {
      this.#isOwed = true;
      this.#deps.log.warn("not alarmed", { code: "ALARM_UNAVAILABLE", reason: reasonOf(error) });
      return false;
    }
  }
}
