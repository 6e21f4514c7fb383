/** Where in its table an event may already be: at the times of the load's rows, and beyond the bounds of `ce_time`. */
import { type Mark, timesOf } from "#services/shared/objects.ts";
import { CE_TIME_AHEAD_MS_MAX, CE_TIME_BACK_MS_MAX } from "#services/shared/row/ce-time.ts";
import type { Range, Times } from "#services/shared/times.ts";

/** For a receiver's clock that is ahead of ours. */
const SKEW_MS_MAX = 24 * 3_600_000;
/** BigQuery's first and last (https://cloud.google.com/bigquery/docs/reference/standard-sql/data-types#timestamp_type). */
const [FIRST, LAST] = ["0001-01-01T00:00:00.000000Z", "9999-12-31T23:59:59.999999Z"];

/**
 * The bounds of `ce_time` move with the receipt: of two deliveries of one event, one may have its day and the other none. A row
 * without a `ce_time` is also looked for in the days beyond the bounds, of which a table has hardly any.
 * @param now milliseconds since the epoch
 */
export function searchedTimes(taken: readonly Omit<Mark, "columns">[], now: number): Times {
  const times = timesOf(taken);
  if (!taken.some(({ untimed }) => untimed > 0)) return times;
  const receipts = taken.flatMap(({ oldestReceivedAt: at }) => (at === null ? [] : Date.parse(at)));
  const before = now + SKEW_MS_MAX - CE_TIME_BACK_MS_MAX;
  const after = Math.min(now, ...receipts) + CE_TIME_AHEAD_MS_MAX;
  const far: readonly Range[] = [
    [FIRST, new Date(before).toISOString()],
    [new Date(after).toISOString(), LAST],
  ];
  return { ...times, ranges: [...times.ranges, ...far] };
}
