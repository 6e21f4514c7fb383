/** The statement that moves a staging table's new rows into their table, each event once. */
import type { EventTable } from "#services/shared/schema/registry.ts";

/** What of the target the statement has to look at. */
export interface TimeRange {
  readonly minTime: string | null;
  readonly maxTime: string | null;
  /** Some rows have no `ce_time`. */
  readonly untimed: boolean;
}

/**
 * Insert-only, so it reads of the target only `ce_source`, `ce_id` and `ce_time` of the partitions in range; the
 * range is written as constants because computed bounds do not prune
 * (https://cloud.google.com/bigquery/docs/using-dml-with-partitioned-tables#pruning_partitions_when_using_a_merge_statement).
 * MERGE inserts every unmatched source row, duplicates included: hence the QUALIFY, with the WHERE that the
 * clause asks for.
 */
export function mergeStatement(target: string, staging: string, table: EventTable, range: TimeRange): string {
  const columns = table.columns.map(({ name }) => `\`${name}\``);
  const values = table.columns.map(({ name }) =>
    name === "loaded_at" ? "CURRENT_TIMESTAMP()" : `S.\`${name}\``,
  );
  return `MERGE ${target} T
USING (
  SELECT * FROM ${staging} WHERE TRUE
  QUALIFY ROW_NUMBER() OVER (PARTITION BY ce_source, ce_id ORDER BY received_at, data_digest) = 1
) S
ON T.ce_source = S.ce_source AND T.ce_id = S.ce_id AND ${timeCondition("T", range)}
WHEN NOT MATCHED THEN
  INSERT (${columns.join(", ")})
  VALUES (${values.join(", ")})`;
}

/** @param alias of the table in the statement */
export function timeCondition(alias: string, { minTime, maxTime, untimed }: TimeRange): string {
  if (minTime === null || maxTime === null) return `${alias}.ce_time IS NULL`;
  const between = `${alias}.ce_time BETWEEN TIMESTAMP '${minTime}' AND TIMESTAMP '${maxTime}'`;
  return untimed ? `(${between} OR ${alias}.ce_time IS NULL)` : between;
}
