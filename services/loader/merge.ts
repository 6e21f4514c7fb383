/** The statement that moves a staging table's new rows into their table, each event once. */
import type { Times } from "#services/shared/times.ts";

/** What the statement says when the staging table is not the one that the plan's load jobs filled. */
export const NOT_WHOLE = "the staging table does not hold the rows of its load jobs";

export interface Merge {
  /** Quoted. */
  readonly target: string;
  readonly staging: string;
  /** Rows that the load jobs wrote into the staging table. */
  readonly stagedRows: number;
  /** Of the staging table, all of which go into the target; the loader sets `loaded_at`. */
  readonly columns: readonly string[];
  readonly times: Times;
}

/**
 * Insert-only, so it reads of the target only `ce_source`, `ce_id` and `ce_time` of the partitions in range; the
 * ranges are written as constants because computed bounds do not prune
 * (https://cloud.google.com/bigquery/docs/using-dml-with-partitioned-tables#pruning_partitions_when_using_a_merge_statement).
 * MERGE inserts every unmatched source row, duplicates included: hence the QUALIFY.
 *
 * The statement itself counts the staging table, so no time passes between the check and the merge. The count is on the
 * preserved side of the join: an empty table fails, too.
 */
export function mergeStatement({ target, staging, stagedRows, columns, times }: Merge): string {
  const names = columns.map((name) => `\`${name}\``);
  const values = columns.map((name) => (name === "loaded_at" ? "CURRENT_TIMESTAMP()" : `S.\`${name}\``));
  return `MERGE ${target} T
USING (
  SELECT R.*
  FROM (SELECT IF(COUNT(*) = ${stagedRows}, 1, ERROR('${NOT_WHOLE}')) AS is_whole FROM ${staging}) AS W
  LEFT JOIN (SELECT *, 1 AS is_staged FROM ${staging}) AS R ON W.is_whole = R.is_staged
  WHERE W.is_whole = 1
  QUALIFY ROW_NUMBER() OVER (PARTITION BY R.ce_source, R.ce_id ORDER BY R.received_at, R.data_digest) = 1
) S
ON T.ce_source = S.ce_source AND T.ce_id = S.ce_id AND ${timeCondition("T", times)}
WHEN NOT MATCHED THEN
  INSERT (${names.join(", ")})
  VALUES (${values.join(", ")})`;
}

/** @param alias of the table in the statement */
export function timeCondition(alias: string, { ranges, untimed }: Times): string {
  const conditions = ranges.map(
    ([from, to]) => `${alias}.ce_time BETWEEN TIMESTAMP '${from}' AND TIMESTAMP '${to}'`,
  );
  if (untimed || conditions.length === 0) conditions.push(`${alias}.ce_time IS NULL`);
  return conditions.length === 1 ? conditions.join() : `(${conditions.join(" OR ")})`;
}
