/** The statement that moves a plan's new rows into their table, each event once. */

import type { Column } from "#services/shared/schema/column.ts";
import { comparable, type KeyColumn, sameKey } from "#services/shared/schema/key.ts";
import type { Times } from "#services/shared/times.ts";
import { inlineSource } from "./inline-rows.ts";

/** What the statement says when the staging table is not the one that the plan's load jobs filled. */
export const NOT_WHOLE = "the staging table does not hold the rows of its load jobs";

/** Where the rows are: in a staging table, or in the statement's parameter (`inline-rows.ts`). */
export type MergeSource =
  | {
      /** Quoted. */
      readonly staging: string;
      /** Rows that the load jobs wrote into the staging table. */
      readonly stagedRows: number;
    }
  | "parameter";

export interface Merge {
  /** Quoted. */
  readonly target: string;
  readonly source: MergeSource;
  /** Of the source, all of which go into the target; the loader sets `loaded_at`. */
  readonly columns: readonly Column[];
  /** Of the target: no two of its rows have the same values there. */
  readonly key: readonly KeyColumn[];
  readonly times: Times;
}

/**
 * Insert-only, so it reads of the target only the key and `ce_time` of the partitions in range; the
 * ranges are written as constants because computed bounds do not prune
 * (https://cloud.google.com/bigquery/docs/using-dml-with-partitioned-tables#pruning_partitions_when_using_a_merge_statement).
 * MERGE inserts every unmatched source row, duplicates included: hence the QUALIFY, with the WHERE that the clause asks for.
 *
 * The statement itself counts the staging table, so no time passes between the check and the merge. The second part of the
 * union never has a row: it counts, also an empty table, and raises the error unless the count is right. A join would do as
 * well, but BigQuery takes an outer one only on "an equality of fields from both sides"
 * (https://github.com/OHDSI/Achilles/issues/532), which a constant may not be.
 */
export function mergeStatement({ target, source, columns, key, times }: Merge): string {
  const names = columns.map(({ name }) => `\`${name}\``);
  const partition = key.map((name) => comparable(name)).join(", ");
  const values = columns.map(({ name }) => (name === "loaded_at" ? "CURRENT_TIMESTAMP()" : `S.\`${name}\``));
  const [from, check] =
    source === "parameter" ? [`(${inlineSource(columns)})`, ""] : stagingSource(source, names);
  return `MERGE ${target} T
USING (
  SELECT ${names.join(", ")} FROM ${from} WHERE TRUE
  QUALIFY ROW_NUMBER() OVER (PARTITION BY ${partition} ORDER BY received_at, data_digest) = 1${check}
) S
ON ${sameKey("T", "S", key)} AND ${timeCondition("T", times)}
WHEN NOT MATCHED THEN
  INSERT (${names.join(", ")})
  VALUES (${values.join(", ")})`;
}

function stagingSource(
  { staging, stagedRows }: Exclude<MergeSource, "parameter">,
  names: readonly string[],
): readonly [string, string] {
  return [
    staging,
    `
  UNION ALL
  SELECT ${names.map(() => "NULL").join(", ")} FROM (SELECT COUNT(*) AS staged FROM ${staging})
  WHERE IF(staged = ${stagedRows}, FALSE, ERROR('${NOT_WHOLE}'))`,
  ];
}

/** @param alias of the table in the statement */
export function timeCondition(alias: string, { ranges, untimed }: Times): string {
  const conditions = ranges.map(
    ([from, to]) => `${alias}.ce_time BETWEEN TIMESTAMP '${from}' AND TIMESTAMP '${to}'`,
  );
  if (untimed || conditions.length === 0) conditions.push(`${alias}.ce_time IS NULL`);
  return conditions.length === 1 ? conditions.join() : `(${conditions.join(" OR ")})`;
}
