/** Sends scheduled events, so many at a time and, if asked, so many a second. */
import type { Clock } from "#services/shared/clock.ts";
import type { Postable, Poster, PostOutcome } from "./post.ts";
import type { Scheduled } from "./schedule.ts";

export interface DeliverOptions<T extends Postable> {
  readonly events: Iterable<Scheduled<T>>;
  readonly poster: Poster;
  readonly concurrency: number;
  /** Events a second; as fast as it goes, if left out. */
  readonly rate?: number;
  readonly clock: Clock;
  readonly signal?: AbortSignal;
  /** Called right before an event is sent. */
  readonly onPost?: (scheduled: Scheduled<T>) => void;
  readonly onAnswer: (scheduled: Scheduled<T>, outcome: PostOutcome, milliseconds: number) => void;
}

/**
 * Resolves when every event has its final answer, or, after an abort, those that were under way.
 * Events are drawn one by one as senders are free: there is never more than `concurrency` of them in memory.
 */
export async function deliver<T extends Postable>(options: DeliverOptions<T>): Promise<void> {
  const { poster, clock, signal } = options;
  const events = options.events[Symbol.iterator]();
  const gapMs = options.rate === undefined ? 0 : 1000 / options.rate;
  let nextSlot = clock.now();

  async function takeSlot(): Promise<void> {
    if (gapMs === 0) return;
    const slot = Math.max(nextSlot, clock.now());
    nextSlot = slot + gapMs;
    await clock.sleep(slot - clock.now(), signal);
  }

  async function sendNext(): Promise<void> {
    for (let next = events.next(); !next.done; next = events.next()) {
      await takeSlot();
      if (signal?.aborted) return;
      const startedAt = performance.now();
      options.onPost?.(next.value);
      const outcome = await poster.post(next.value.event);
      options.onAnswer(next.value, outcome, performance.now() - startedAt);
    }
  }

  await Promise.all(Array.from({ length: options.concurrency }, sendNext));
}
