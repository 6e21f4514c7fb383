/** How long something has waited, in the unit that people would use. */
import { durationText } from "./send/durations.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** `3.4 s`, `90 min`, `26 h`, `3 days`; a clock that is behind makes no age negative. */
export function ageText(milliseconds: number): string {
  const age = Math.max(milliseconds, 0);
  if (age < 2 * MINUTE) return durationText(age);
  if (age < 2 * HOUR) return `${Math.floor(age / MINUTE)} min`;
  if (age < 2 * DAY) return `${Math.floor(age / HOUR)} h`;
  return `${Math.floor(age / DAY)} days`;
}
