/** The times of events, as far as they bound where their rows are. */
import type { Times } from "./statements.ts";

export const NO_TIMES: Times = { low: null, high: null, untimed: 0 };

/** Times as manifests write them; their texts sort as their moments do. */
export function widened(times: Times, more: Times): Times {
  return {
    low: outer(times.low, more.low, (a, b) => a < b),
    high: outer(times.high, more.high, (a, b) => a > b),
    untimed: times.untimed + more.untimed,
  };
}

function outer(
  a: string | null,
  b: string | null,
  isOuter: (a: string, b: string) => boolean,
): string | null {
  if (a === null || b === null) return a ?? b;
  return isOuter(a, b) ? a : b;
}
