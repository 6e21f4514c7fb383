/** One timer that is set to the earliest of many moments. */

/** Leases that end close together are handled together. */
const GRAIN_MS = 20;

/** Node's timers take no more than this. */
const MAX_DELAY_MS = 2 ** 31 - 1;

export interface WakeUp {
  /** Calls `act` at that time or a little later, unless it is set to an earlier one; Infinity changes nothing. */
  noLaterThan(ms: number): void;
  cancel(): void;
}

export function createWakeUp(now: () => number, act: () => void): WakeUp {
  let timer: NodeJS.Timeout | undefined;
  let setTo = Infinity;
  const cancel = () => {
    clearTimeout(timer);
    setTo = Infinity;
  };
  return {
    noLaterThan(ms) {
      if (ms >= setTo) return;
      cancel();
      setTo = ms;
      timer = setTimeout(
        () => {
          setTo = Infinity;
          act();
        },
        Math.min(Math.max(ms - now(), GRAIN_MS), MAX_DELAY_MS),
      );
    },
    cancel,
  };
}
