/** What `pullhouse cost --from-deployment` asks BigQuery, in GoogleSQL. */
import type { Question } from "#services/shared/gcp/query.ts";

/** Milliseconds since the epoch; `until` is not in it. */
export interface Period {
  readonly since: number;
  readonly until: number;
}

function timesOf({ since, until }: Period): NonNullable<Question["parameters"]> {
  const time = (at: number) => ({ type: "TIMESTAMP", value: new Date(at).toISOString() });
  return { since: time(since), until: time(until) };
}

const whole = (value: number) => ({ type: "INT64", value: String(Math.round(value)) });

/** One row; of what no load has, sums are NULL. Times are milliseconds since the epoch. */
export interface LoadsRow {
  readonly first_at: number | null;
  readonly plans: number;
  /** Plans with a MERGE, … */
  readonly merges: number;
  /** … of these with the rows in the MERGE's parameter. */
  readonly inline_plans: number;
  readonly types: number;
  readonly tables: readonly string[] | null;
  readonly active_hours: number;
  readonly inserted: number | null;
  readonly duplicates: number | null;
  readonly objects: number | null;
  /** Of loads that say how many bytes their objects have: messages and bytes. */
  readonly sized_messages: number | null;
  readonly bytes: number | null;
  readonly unsized: number;
  readonly undrained: number;
  readonly drains: number;
  /** Drains before which a window had nothing, … */
  readonly runs: number;
  /** … and those before which nothing came for `idleMs`. */
  readonly starts: number;
}

/**
 * The table `loads`, which is partitioned by `loaded_at`. A plan that was booked twice counts once. Drains begin on a grid,
 * and the objects of one are written right after its beginning: so a place of the grid with an object is one drain.
 */
export function loadsStatement(
  dataset: string,
  period: Period,
  { stepMs, windowMs, idleMs }: { stepMs: number; windowMs: number; idleMs: number },
): Question {
  return {
    dataset,
    parameters: {
      ...timesOf(period),
      step: whole(stepMs),
      window_steps: whole(windowMs / stepMs),
      idle_steps: whole(idleMs / stepMs),
    },
    sql: `WITH booked AS (
  SELECT type, \`table\` AS target, merge_job, ARRAY_LENGTH(load_jobs) AS staged, rows_inserted, duplicates, bytes,
    oldest_drained_at, loaded_at, ARRAY_LENGTH(objects) AS objects,
    (SELECT SUM(o.\`rows\`) FROM UNNEST(objects) AS o) AS messages
  FROM loads
  WHERE loaded_at >= @since AND loaded_at < @until
  QUALIFY ROW_NUMBER() OVER (PARTITION BY plan ORDER BY loaded_at) = 1
),
slots AS (
  SELECT DISTINCT DIV(UNIX_MILLIS(oldest_drained_at), @step) AS slot FROM booked WHERE oldest_drained_at IS NOT NULL
),
gaps AS (
  SELECT slot - LAG(slot) OVER (ORDER BY slot) AS gap FROM slots
),
rounds AS (
  SELECT COUNT(*) AS drains, COUNTIF(gap IS NULL OR gap > @window_steps) AS runs,
    COUNTIF(gap IS NULL OR gap > @idle_steps) AS starts
  FROM gaps
),
sums AS (
  SELECT
    UNIX_MILLIS(MIN(loaded_at)) AS first_at,
    COUNT(*) AS plans,
    COUNTIF(merge_job IS NOT NULL) AS merges,
    COUNTIF(merge_job IS NOT NULL AND staged = 0) AS inline_plans,
    COUNT(DISTINCT type) AS types,
    ARRAY_AGG(DISTINCT target) AS tables,
    COUNT(DISTINCT TIMESTAMP_TRUNC(oldest_drained_at, HOUR)) AS active_hours,
    SUM(rows_inserted) AS inserted,
    SUM(duplicates) AS duplicates,
    SUM(objects) AS objects,
    SUM(IF(bytes IS NULL, 0, messages)) AS sized_messages,
    SUM(bytes) AS bytes,
    COUNTIF(bytes IS NULL) AS unsized,
    COUNTIF(oldest_drained_at IS NULL) AS undrained
  FROM booked
)
SELECT sums.*, drains, runs, starts FROM sums CROSS JOIN rounds`,
  };
}

/** What a job was for, by the beginning of its id. */
export type JobKind = "merge" | "stage" | "book" | "rollup";

export interface JobsRow {
  readonly kind: JobKind;
  readonly jobs: number;
  readonly billed: number;
  /** From the request to the end, on average. */
  readonly seconds: number;
}

/**
 * The loader's jobs that went well, by the ids and the label that it gives them. The view shows the jobs of the whole project:
 * those with a known target in another dataset are another deployment's.
 * https://cloud.google.com/bigquery/docs/information-schema-jobs
 * @param location of the dataset, as `us-central1`
 */
export function jobsStatement(
  location: string,
  datasets: readonly [dataset: string, staging: string],
  period: Period,
): Question {
  const text = (value: string) => ({ type: "STRING", value });
  return {
    parameters: { ...timesOf(period), dataset: text(datasets[0]), staging: text(datasets[1]) },
    sql: `SELECT kind, COUNT(*) AS jobs, SUM(IFNULL(billed, 0)) AS billed, AVG(took_ms) / 1000 AS seconds
FROM (
  SELECT REGEXP_EXTRACT(job_id, r'^pullhouse-(merge|stage|book|rollup)-') AS kind, total_bytes_billed AS billed,
    TIMESTAMP_DIFF(end_time, creation_time, MILLISECOND) AS took_ms
  FROM \`region-${location.toLowerCase()}\`.INFORMATION_SCHEMA.JOBS
  WHERE creation_time >= @since AND creation_time < @until AND state = 'DONE' AND error_result IS NULL
    AND EXISTS (SELECT 1 FROM UNNEST(labels) AS label WHERE label.key = 'service' AND label.value = 'pullhouse-loader')
    AND IFNULL(destination_table.dataset_id, @dataset) IN (@dataset, @staging)
)
WHERE kind IS NOT NULL
GROUP BY kind
ORDER BY kind`,
  };
}

/** `project` is left out where it is that of the deployment. */
export interface BillingTable {
  readonly project?: string;
  readonly dataset: string;
  readonly table: string;
}

const pathOf = ({ project, dataset }: BillingTable) =>
  `${project === undefined ? "" : `\`${project}\`.`}\`${dataset}\``;

export interface ColumnRow {
  readonly name: string;
  readonly partitions: boolean;
}

/** The columns of the billing table, the hidden one by which Google partitions it among them. */
export function billingColumns(table: BillingTable): Question {
  return {
    parameters: { table: { type: "STRING", value: table.table } },
    sql: `SELECT column_name AS name, is_partitioning_column = 'YES' AS partitions
FROM ${pathOf(table)}.INFORMATION_SCHEMA.COLUMNS
WHERE table_name = @table`,
  };
}

export interface BilledRow {
  readonly service: string;
  /** Whether the rows carry a label of the deployment. */
  readonly labelled: boolean;
  readonly cost: number;
  /** Zero or below. */
  readonly credits: number;
  /** Milliseconds since the epoch: the last usage that is in the export. */
  readonly last_at: number;
}

/** Partitions are days of the export, which is never before the usage. */
const BOUNDED: Readonly<Record<string, string>> = {
  _PARTITIONTIME: " AND _PARTITIONTIME >= TIMESTAMP_TRUNC(@since, DAY)",
  export_time: " AND export_time >= @since",
};

/**
 * US dollars by service; taxes, adjustments and rounding are left out.
 * https://cloud.google.com/billing/docs/how-to/export-data-bigquery-tables/standard-usage
 * @param partitionedBy a column, if there is one
 */
export function billedStatement(
  table: BillingTable,
  project: string,
  period: Period,
  partitionedBy: string | undefined,
): Question {
  return {
    parameters: { ...timesOf(period), project: { type: "STRING", value: project } },
    sql: `SELECT service, labelled, SUM(dollars) AS cost, SUM(credit_dollars) AS credits, UNIX_MILLIS(MAX(used_at)) AS last_at
FROM (
  SELECT service.description AS service, usage_start_time AS used_at,
    EXISTS (
      SELECT 1 FROM UNNEST(labels) AS label
      WHERE (label.key = 'app' AND label.value = 'pullhouse') OR (label.key = 'service' AND label.value = 'pullhouse-loader')
    ) AS labelled,
    cost / IFNULL(currency_conversion_rate, 1) AS dollars,
    IFNULL((SELECT SUM(credit.amount) FROM UNNEST(credits) AS credit), 0) / IFNULL(currency_conversion_rate, 1) AS credit_dollars
  FROM ${pathOf(table)}.\`${table.table}\`
  WHERE usage_start_time >= @since AND usage_start_time < @until AND project.id = @project AND cost_type = 'regular'${
    BOUNDED[partitionedBy ?? ""] ?? ""
  }
)
GROUP BY service, labelled
ORDER BY service, labelled`,
  };
}

/** Columns that the statement above reads. */
export const BILLING_COLUMNS = [
  "service",
  "usage_start_time",
  "project",
  "labels",
  "cost",
  "credits",
  "currency_conversion_rate",
  "cost_type",
] as const;
