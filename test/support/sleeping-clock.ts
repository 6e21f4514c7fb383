/** Time that only whoever sleeps moves, at once. */
import type { Clock } from "#services/shared/clock.ts";

export function sleepingClock(start = 1_000_000): Clock {
  let now = start;
  return {
    now: () => now,
    sleep: async (ms) => {
      now += ms;
    },
  };
}
