/** Between protobuf times and milliseconds. */
import type { Duration } from "./messages.ts";
import { checkRange } from "./range.ts";

export function msOf(duration: Duration): number {
  return duration.seconds * 1000 + duration.nanos / 1e6;
}

/** @param ms whole milliseconds, since the Unix epoch for a time */
export function durationOf(ms: number): Duration {
  const seconds = Math.floor(ms / 1000);
  return { seconds, nanos: (ms - seconds * 1000) * 1e6 };
}

/** @throws StatusError INVALID_ARGUMENT */
export function checkDuration(
  field: string,
  given: Duration,
  minSeconds: number,
  maxSeconds: number,
): Duration {
  checkRange(`${field} (seconds)`, msOf(given) / 1000, minSeconds, maxSeconds);
  return given;
}
