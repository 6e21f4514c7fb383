/** The system's clock, some times faster: for waits of seconds whose order matters and whose length does not. */
import { type Clock, systemClock } from "#services/shared/clock.ts";

export function fastClock(factor: number): Clock {
  const start = systemClock.now();
  return {
    now: () => start + (systemClock.now() - start) * factor,
    sleep: (ms, signal) => systemClock.sleep(ms / factor, signal),
  };
}
