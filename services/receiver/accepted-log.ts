/** One line a minute and sender for what was accepted: a line for each event would be the larger part of a log's bill. */
import type { Clock } from "#services/shared/clock.ts";
import type { Log } from "#services/shared/log.ts";

export const MINUTE_MS = 60_000;

/** Of one request. */
export interface AcceptedRequest {
  readonly events: number;
  /** Of the body. */
  readonly bytes: number;
  readonly spilled: number;
  readonly misfits: number;
  readonly unregistered: number;
  readonly milliseconds: number;
}

interface Sum {
  readonly since: number;
  readonly of: AcceptedRequest;
}

/**
 * No timer: between two requests an instance on Cloud Run has no CPU. A minute's line is written with the first event after it,
 * or when the instance ends.
 */
export class AcceptedLog {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #sums = new Map<string, Sum>();

  constructor(clock: Clock, log: Log) {
    this.#clock = clock;
    this.#log = log;
  }

  add(source: string, request: AcceptedRequest): void {
    const now = this.#clock.now();
    for (const [of, { since }] of this.#sums) if (now - since >= MINUTE_MS) this.#write(of);
    const sum = this.#sums.get(source);
    this.#sums.set(source, {
      since: sum?.since ?? now,
      of: sum === undefined ? request : together(sum.of, request),
    });
  }

  /** Writes what is not written yet. */
  flush(): void {
    for (const source of this.#sums.keys()) this.#write(source);
  }

  #write(source: string): void {
    const sum = this.#sums.get(source);
    if (sum === undefined) return;
    this.#sums.delete(source);
    const { events, bytes, spilled, misfits, unregistered, milliseconds } = sum.of;
    this.#log.info("accepted in a minute", {
      source,
      messages: events,
      bytes,
      milliseconds,
      ...(spilled > 0 ? { spilled } : {}),
      ...(misfits > 0 ? { rejected: misfits } : {}),
      ...(unregistered > 0 ? { unregistered } : {}),
    });
  }
}

/** Sums, and of the times the longest. */
function together(a: AcceptedRequest, b: AcceptedRequest): AcceptedRequest {
  return {
    events: a.events + b.events,
    bytes: a.bytes + b.bytes,
    spilled: a.spilled + b.spilled,
    misfits: a.misfits + b.misfits,
    unregistered: a.unregistered + b.unregistered,
    milliseconds: Math.max(a.milliseconds, b.milliseconds),
  };
}
