/** What is asked of the books and the tables, in GoogleSQL. */
import type { Question } from "#services/shared/gcp/query.ts";
import { MOVED_FROM } from "#services/shared/objects.ts";

/** Milliseconds since the epoch. */
export interface Period {
  readonly since: number;
  /** What was drained later is left out: it may be on its way while we look. */
  readonly until: number;
  /** Of events; all types, if left out. */
  readonly type?: string;
}

function question(dataset: string, { since, until, type }: Period, sql: string): Question {
  const time = (at: number) => ({ type: "TIMESTAMP", value: new Date(at).toISOString() });
  const parameters = { since: time(since), until: time(until) };
  if (type === undefined) return { sql, dataset, parameters };
  return { sql, dataset, parameters: { ...parameters, type: { type: "STRING", value: type } } };
}

function ofType({ type }: Period): string {
  return type === undefined ? "" : " AND type = @type";
}

/**
 * Every object of the books in the order of names, one of each plan with the plan's figures. One statement, so that all of
 * it is of one moment. A plan that was booked twice counts once. An object counts in the first load that took it, or, if
 * none did, in the first that set it aside; what another load took of it `again` is no message more, nor a duplicate, nor
 * an insertion more if its row was missing.
 * `whole`: everything in the load was drained within the period.
 */
export function bookedObjects(dataset: string, period: Period): Question {
  return question(
    dataset,
    period,
    `WITH lines AS (
  SELECT *
  FROM loads
  WHERE loaded_at >= @since${ofType(period)}
  QUALIFY ROW_NUMBER() OVER (PARTITION BY plan ORDER BY loaded_at) = 1
),
taken AS (
  SELECT l.plan, o.object, o.\`rows\` AS messages, o.sha256, o.set_aside, o.reason, o.drained_at,
    ROW_NUMBER() OVER (PARTITION BY o.object ORDER BY o.set_aside, l.loaded_at) = 1 AS is_counted
  FROM lines AS l, UNNEST(l.objects) AS o
),
plans AS (
  SELECT plan,
    MAX(drained_at) AS newest_drained_at,
    SUM(IF(is_counted AND set_aside, messages, 0)) AS quarantined,
    SUM(IF(is_counted OR set_aside, 0, messages)) AS again,
    SUM(IF(set_aside, 0, messages)) AS sent
  FROM taken GROUP BY plan
)
SELECT
  object, messages, sha256, set_aside, reason, is_counted, plan, type,
  UNIX_MILLIS(drained_at) AS drained_at,
  UNIX_MILLIS(TIMESTAMP_TRUNC(oldest_drained_at, HOUR)) AS hour,
  oldest_drained_at >= @since AND newest_drained_at <= @until AS whole,
  ROW_NUMBER() OVER (PARTITION BY plan ORDER BY is_counted DESC, object) = 1 AS is_first,
  rows_inserted + LEAST(duplicates - again, 0) AS inserted, GREATEST(duplicates - again, 0) AS duplicates, quarantined,
  merge_job, rows_inserted AS booked_inserted, duplicates AS booked_duplicates,
  sent, rows_staged AS staged, rows_inserted + duplicates AS merged
FROM taken JOIN lines USING (plan) JOIN plans USING (plan)
WHERE TRUE
QUALIFY is_counted OR is_first
ORDER BY object, is_counted DESC, plan`,
  );
}

/** The tables that something was loaded into, with the times of its events. */
export function loadedTables(dataset: string, period: Period): Question {
  return question(
    dataset,
    before(period),
    `SELECT type, \`table\` AS name,
  FORMAT_TIMESTAMP('%FT%H:%M:%E6SZ', MIN(min_ce_time)) AS low,
  FORMAT_TIMESTAMP('%FT%H:%M:%E6SZ', MAX(max_ce_time)) AS high,
  SUM(untimed) AS untimed
FROM loads
WHERE loaded_at BETWEEN @since AND @until AND rows_inserted > 0${ofType(period)}
GROUP BY type, name
ORDER BY type`,
  );
}

/** Where events lie in time. */
export interface Times {
  /** Smallest and largest `ce_time`, or `null`. */
  readonly low: string | null;
  readonly high: string | null;
  /** How many have none. */
  readonly untimed: number;
}

export interface LoadedTable extends Times {
  readonly type: string;
  readonly name: string;
}

/**
 * The loads whose rows are not those in the table. Rows do not name their load, but one MERGE writes one `loaded_at`, and
 * its line is booked before the next MERGE into the table begins: so rows belong to the first line at or after them.
 * The hour before is read too, so that the first line of the period is not given the rows of an earlier one. Rows that
 * are gone and that a later load of the same objects inserted again are not missing, nor are those that a replay has moved
 * from a raw table into that of their type: it names its objects after theirs.
 * @param keptSince rows with an earlier `ce_time`, in milliseconds since the epoch, may have expired
 */
export function rowsOfLoads(
  dataset: string,
  period: Period,
  table: LoadedTable,
  keptSince: number | undefined,
): Question {
  const asked = question(
    dataset,
    before(period),
    `WITH lines AS (
  SELECT plan, rows_inserted, loaded_at, oldest_drained_at, min_ce_time,
    ARRAY(SELECT o.object FROM UNNEST(objects) AS o WHERE NOT o.set_aside) AS taken
  FROM loads
  WHERE loaded_at BETWEEN @since AND @until AND type = @type AND \`table\` = @table
  QUALIFY ROW_NUMBER() OVER (PARTITION BY plan ORDER BY loaded_at) = 1
),
moments AS (
  SELECT loaded_at, COUNT(*) AS found
  FROM \`${table.name}\`
  WHERE loaded_at BETWEEN @since AND @until AND ${timesOf(table)}
  GROUP BY loaded_at
),
placed AS (
  SELECT found,
    MIN(line_at) OVER (ORDER BY moment ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS line_at
  FROM (
    SELECT loaded_at AS moment, loaded_at AS line_at, 0 AS found FROM lines
    UNION ALL
    SELECT loaded_at, NULL, found FROM moments
  )
),
counted AS (
  SELECT line_at, SUM(found) AS found FROM placed GROUP BY line_at
),
wrong AS (
  SELECT plan, loaded_at, rows_inserted AS booked, found, taken
  FROM lines JOIN counted ON loaded_at = line_at
  WHERE found != rows_inserted AND ${keptCondition(keptSince)} AND oldest_drained_at >= TIMESTAMP_ADD(@since, INTERVAL 1 HOUR)
),
again AS (
  SELECT DISTINCT w.plan, l.plan AS later, l.rows_inserted
  FROM (SELECT plan, loaded_at, object FROM wrong, UNNEST(taken) AS object) AS w
  JOIN (SELECT plan, loaded_at, rows_inserted, object FROM lines, UNNEST(taken) AS object) AS l
    ON w.object = l.object
  WHERE l.loaded_at > w.loaded_at
),
moved AS (
  SELECT DISTINCT o.object, o.\`rows\` AS messages, REGEXP_EXTRACT(o.object, r'${MOVED_FROM}') AS id
  FROM loads, UNNEST(objects) AS o
  WHERE loaded_at BETWEEN @since AND @until AND NOT o.set_aside AND REGEXP_CONTAINS(o.object, r'${MOVED_FROM}')
),
back AS (
  SELECT plan, rows_inserted AS messages FROM again
  UNION ALL
  SELECT w.plan, m.messages
  FROM (SELECT plan, REGEXP_EXTRACT(name, r'([^/]+)\\.ndjson') AS id FROM wrong, UNNEST(taken) AS name) AS w
  JOIN moved AS m ON w.id = m.id
),
restored AS (
  SELECT plan, SUM(messages) AS rows_back FROM back GROUP BY plan
)
SELECT plan, booked, found, ARRAY_TO_STRING(ARRAY(SELECT name FROM UNNEST(taken) AS name LIMIT 5), ', ') AS objects
FROM wrong LEFT JOIN restored USING (plan)
WHERE found > booked OR booked - found > IFNULL(rows_back, 0)
ORDER BY plan`,
  );
  return {
    ...asked,
    parameters: {
      ...asked.parameters,
      type: { type: "STRING", value: table.type },
      table: { type: "STRING", value: table.name },
    },
  };
}

const HOUR_MS = 3_600_000;

function before(period: Period): Period {
  return { ...period, since: period.since - HOUR_MS };
}

/** As constants, so that only the partitions of these days are read. */
export function timesOf({ low, high, untimed }: Times): string {
  const between = `ce_time BETWEEN TIMESTAMP '${low}' AND TIMESTAMP '${high}'`;
  if (low === null || high === null) return "ce_time IS NULL";
  return untimed > 0 ? `(${between} OR ce_time IS NULL)` : between;
}

function keptCondition(keptSince: number | undefined): string {
  if (keptSince === undefined) return "TRUE";
  return `(found > rows_inserted OR IFNULL(min_ce_time >= TIMESTAMP '${new Date(keptSince).toISOString()}', TRUE))`;
}
