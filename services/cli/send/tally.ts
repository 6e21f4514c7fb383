/** Counts what became of the events that were sent. */

import { Durations } from "./durations.ts";
import type { PostOutcome } from "./post.ts";

/** The reasons of the first few refusals are enough to see what is wrong. */
const REASONS_MAX = 5;

export class Tally {
  accepted = 0;
  refused = 0;
  failed = 0;
  /** Accepted only after another try. */
  retried = 0;
  readonly reasons = new Map<string, number>();
  readonly latency = new Durations();

  add(outcome: PostOutcome, milliseconds: number): void {
    this.latency.add(milliseconds);
    this[outcome.outcome] += 1;
    if (outcome.outcome === "accepted") {
      if (outcome.tries > 1) this.retried += 1;
      return;
    }
    const reason = outcome.status === undefined ? outcome.reason : `${outcome.status} ${outcome.reason}`;
    if (this.reasons.has(reason) || this.reasons.size < REASONS_MAX) {
      this.reasons.set(reason, (this.reasons.get(reason) ?? 0) + 1);
    }
  }

  get answered(): number {
    return this.accepted + this.refused + this.failed;
  }
}
