/** How long something may wait before it is stuck. */
import { InvalidArgumentError } from "commander";

/** Ten windows, so that a slow MERGE or two are not taken for a standstill; at least … */
const LATE_WINDOWS = 10;
const LATE_MIN_MS = 5 * 60_000;

export function lateAfter(windowMs: number): number {
  return Math.max(LATE_WINDOWS * windowMs, LATE_MIN_MS);
}

/** Reads an option's value. */
export function seconds(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !(value > 0 && value <= 86_400))
    throw new InvalidArgumentError("It takes seconds, above 0 and up to 86400.");
  return value;
}

export const LATE_AFTER =
  "how long something may wait before it is stuck (default: ten windows, at least 300)";
