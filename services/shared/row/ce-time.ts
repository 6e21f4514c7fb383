/** `ce_time`, which decides the partition of a row: the sender's time, if it is near enough to the time of receipt. */
import { dayStartMs, timestamp } from "./time.ts";

const DAY_MS = 86_400_000;

/**
 * Ten years, with three leap days. One job may modify 4,000 partitions, and a table may have 10,000
 * (https://cloud.google.com/bigquery/quotas#partitioned_tables). Events received at one moment fill at most
 * 3,653 + 2 + 1 days and the NULL partition. So 343 days may lie between the events of one load.
 */
export const CE_TIME_BACK_MS_MAX = 3_653 * DAY_MS;
/** For clocks that are fast, and senders that give local time as UTC. */
export const CE_TIME_AHEAD_MS_MAX = 2 * DAY_MS;

/**
 * Returns the column's text, or `undefined` for a time that is unreadable or too far away: its row has no `ce_time`.
 * The bounds depend on the event and its receipt only. A redelivered event becomes the same row on every day.
 * @param said the event's own `time`
 * @param receivedAt milliseconds since the epoch; 0 for an event whose receipt is unknown, of which no time is accepted
 */
export function ceTime(said: string, receivedAt: number): string | undefined {
  const time = timestamp(said);
  if (time === undefined || receivedAt === 0) return undefined;
  return isClearlyNear(said, receivedAt) || isNear(Date.parse(time) - receivedAt) ? time : undefined;
}

const SENT_AGAIN_WITHIN_DAYS = 31;

/**
 * Whether another delivery of the event, received at another time, may have its time beyond a bound: then its row stands in the
 * NULL partition. For a time of long ago that is another within a month. For one that was too far ahead it is one within a
 * day, whose receipt is still before its day: a sender repeats for minutes, and to look among rows without a time in every
 * load would read all of them.
 * @param time as `ceTime` answers it
 */
export function isNearBound(time: string, receivedAt: number): boolean {
  const day = dayStartMs(time);
  return day > receivedAt || day < receivedAt - CE_TIME_BACK_MS_MAX + SENT_AGAIN_WITHIN_DAYS * DAY_MS;
}

/** By the day alone, as it is written: a zone moves the instant by less than a day. */
function isClearlyNear(said: string, receivedAt: number): boolean {
  const dayAfterMs = dayStartMs(said) - receivedAt;
  return dayAfterMs <= CE_TIME_AHEAD_MS_MAX - 2 * DAY_MS && dayAfterMs >= DAY_MS - CE_TIME_BACK_MS_MAX;
}

function isNear(afterMs: number): boolean {
  return afterMs <= CE_TIME_AHEAD_MS_MAX && afterMs >= -CE_TIME_BACK_MS_MAX;
}
