/** Time that stands still until a test moves it. */
import type { Clock } from "#services/shared/clock.ts";

export interface ManualClock extends Clock {
  /** Moves the time and wakes those whose time has come, one after the other. */
  advance(ms: number): Promise<void>;
  /** Moves the time and wakes nobody, as on an instance that has no CPU. */
  freeze(ms: number): void;
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

export function manualClock(start: number): ManualClock {
  let now = start;
  const sleepers = new Set<{ readonly at: number; readonly wake: () => void }>();
  return {
    now: () => now,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted) return resolve();
        const sleeper = { at: now + ms, wake: resolve };
        sleepers.add(sleeper);
        signal?.addEventListener("abort", () => {
          sleepers.delete(sleeper);
          resolve();
        });
      }),
    freeze(ms) {
      now += ms;
    },
    async advance(ms) {
      now += ms;
      for (const sleeper of [...sleepers].toSorted((one, other) => one.at - other.at)) {
        if (sleeper.at > now) break;
        sleepers.delete(sleeper);
        sleeper.wake();
        await turn();
      }
    },
  };
}
