/** Between protobuf times and microseconds, the unit to which Cloud Tasks truncates a schedule time. */
import type { Duration, Timestamp } from "./messages.ts";

/** Microseconds since the Unix epoch: a safe integer until the year 2255. */
export type Micros = number;

export function microsOf(time: Timestamp): Micros {
  return time.seconds * 1_000_000 + Math.floor(time.nanos / 1000);
}

export function timestampOf(micros: Micros): Timestamp {
  const seconds = Math.floor(micros / 1_000_000);
  return { seconds, nanos: (micros - seconds * 1_000_000) * 1000 };
}

export function msOf(duration: Duration): number {
  return duration.seconds * 1000 + duration.nanos / 1_000_000;
}

export function durationOf(ms: number): Duration {
  const seconds = Math.floor(ms / 1000);
  return { seconds, nanos: Math.round((ms - seconds * 1000) * 1_000_000) };
}
