/** Which days the rollups hold as they are, and which have to be counted again. */
import { days as daysOf, FOLD_MARGIN_MS, type Span, timeCondition } from "./bounded.ts";
import { ROLLED_UP, type Rollups } from "./rollups.ts";

/** A day of which something is loaded or counted. */
export interface DayState {
  /** `2026-11-20`. */
  readonly day: string;
  /** Loads that had rows of it, or of the ten minutes before or after it, and events without a `ce_time` that are of these. */
  readonly loads: number;
  /** How many of these it was counted with; `null` when it was not, or by another definition. */
  readonly counted: number | null;
  /** Rows that these loads added, to this day or to others. */
  readonly rows: number;
  /** How many of the loads are of a version that has rollups. */
  readonly fresh: number;
}

const DAY_MS = 86_400_000;
const MARGIN_MINUTES = FOLD_MARGIN_MS / 60_000;
/** A `ce_time` is at most two days ahead of its receipt, and a load is booked after it. */
const LOADED_BEFORE_MS = 4 * DAY_MS;

/**
 * Loads are counted, not compared by time: clocks differ, and a load is booked after its rows are in their table. A load that
 * is booked while a day is counted makes that day one to be counted again.
 *
 * @param dataset `project.dataset`
 * @param span whole days
 * @param now milliseconds since the epoch
 */
export function daysStatement(rollups: Rollups, dataset: string, { from, to }: Span, now: number): string {
  const around: Span = { from: from - FOLD_MARGIN_MS, to: to + FOLD_MARGIN_MS };
  const untimed = (name: string) =>
    rollups.views.get(name)?.text.fill(
      (table) => `\`${dataset}.${table}\``,
      // No row has the first of all times; a condition that names no column would read every partition.
      (time) => (time === "ce_time" ? "ce_time < TIMESTAMP '0001-01-01'" : timeCondition(time, [around])),
    ) ?? "";
  const inSpan = `day BETWEEN ${daysOf({ from, to })}`;
  const touching = (first: string, last: string) =>
    `GENERATE_DATE_ARRAY(
    DATE(TIMESTAMP_SUB(${first}, INTERVAL ${MARGIN_MINUTES} MINUTE)), DATE(TIMESTAMP_ADD(${last}, INTERVAL ${MARGIN_MINUTES} MINUTE))
  )`;
  return `WITH booked AS (
  SELECT
    plan,
    -- Loads of the version before have no days.
    IF(ARRAY_LENGTH(days) > 0, days, ${touching("min_ce_time", "max_ce_time")}) AS days,
    rows_inserted,
    IF(ARRAY_LENGTH(days) > 0, 1, 0) AS fresh
  FROM \`${dataset}.loads\`
  WHERE ${timeCondition("loaded_at", [{ from: from - LOADED_BEFORE_MS, to: now + DAY_MS }])}
    AND rows_inserted > 0 AND type IN (${rollups.types.map((type) => `'${type}'`).join(", ")})
),
untimed_pulls AS (
${untimed("pulls")}
),
untimed_pushes AS (
${untimed("pushes")}
),
untimed AS (
  SELECT time FROM untimed_pulls
  UNION ALL
  SELECT time FROM untimed_pushes
),
touched AS (
  SELECT day, rows_inserted, fresh FROM booked CROSS JOIN UNNEST(days) AS day
  UNION ALL
  SELECT day, 1, 1 FROM untimed CROSS JOIN UNNEST(${touching("time", "time")}) AS day
),
summed AS (
  SELECT day, COUNT(*) AS loads, SUM(rows_inserted) AS added, SUM(fresh) AS fresh
  FROM touched WHERE ${inSpan} GROUP BY day
),
noted AS (
  SELECT day, loads AS counted
  FROM \`${dataset}.${ROLLED_UP.name}\`
  WHERE ${inSpan} AND definition = '${rollups.definition}'
  QUALIFY ROW_NUMBER() OVER (PARTITION BY day ORDER BY rolled_up_at DESC) = 1
)
SELECT CAST(day AS STRING) AS day, IFNULL(loads, 0) AS loads, counted, IFNULL(added, 0) AS \`rows\`, IFNULL(fresh, 0) AS fresh
FROM summed
FULL JOIN noted USING (day)
ORDER BY day`;
}

/** Rows of loads may have expired, so that fewer are known than were counted. */
export const isCounted = ({ loads, counted }: DayState) => counted !== null && counted >= loads;

/**
 * Makes the days of a span ones to be counted again, since what was counted is changed; questions count them from the events.
 * @param rolledUp the table of that name, quoted
 */
export function uncountStatement(rolledUp: string, span: Span): string {
  return `DELETE FROM ${rolledUp} WHERE day BETWEEN ${daysOf(span)}`;
}

/** Says of days that they are counted, with the loads that were known before. */
export function noteStatement(rollups: Rollups, dataset: string, days: readonly DayState[]): string {
  const rows = days.map(({ day, loads }) => `STRUCT(DATE '${day}' AS day, ${loads} AS loads)`);
  return `INSERT INTO \`${dataset}.${ROLLED_UP.name}\` (day, definition, loads, rolled_up_at)
SELECT day, '${rollups.definition}', loads, CURRENT_TIMESTAMP()
FROM UNNEST([${rows.join(", ")}])`;
}
