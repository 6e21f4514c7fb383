/** How soon drains follow each other. */
import type { Pace } from "#services/shared/window.ts";

/**
 * Messages a second from which on drains follow each other in half a window, and in a quarter. What a round costs, some
 * $0.0001, is then shared by so many messages that it hardly counts (docs/operate/cost.md).
 */
const HALF_PER_SECOND = 0.5;
const QUARTER_PER_SECOND = 50;

export function paceOf(perSecond: number): Pace {
  if (perSecond >= QUARTER_PER_SECOND) return 4;
  return perSecond >= HALF_PER_SECOND ? 2 : 1;
}
