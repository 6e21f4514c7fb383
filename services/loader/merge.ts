/** The statement that moves a staging table's new rows into their table, each event once. */
import type { EventTable } from "#services/shared/schema/registry.ts";

/** What of the target the statement has to look at. */
export interface TimeRange {
  readonly minTime: string | null;
  readonly maxTime: string | null;
  /** Some rows have no `ce_time`. */
  readonly untimed: boolean;
}

/** Also where another delivery of a row may be that has its `ce_time` in one of them only, see `ce-time.ts`. */
export interface MergeRange extends TimeRange {
  /** Of rows without a `ce_time` the time that was too far away is before the one or after the other. */
  readonly farBefore: string;
  readonly farAfter: string;
}

/**
 * Insert-only, so it reads of the target only `ce_source`, `ce_id` and `ce_time` of the partitions in range; the
 * range is written as constants because computed bounds do not prune
 * (https://cloud.google.com/bigquery/docs/using-dml-with-partitioned-tables#pruning_partitions_when_using_a_merge_statement).
 * MERGE inserts every unmatched source row, duplicates included: hence the QUALIFY, with the WHERE that the
 * clause asks for.
 */
export function mergeStatement(
  target: string,
  staging: string,
  table: EventTable,
  range: MergeRange,
): string {
  const columns = table.columns.map(({ name }) => `\`${name}\``);
  const values = table.columns.map(({ name }) =>
    name === "loaded_at" ? "CURRENT_TIMESTAMP()" : `S.\`${name}\``,
  );
  return `MERGE ${target} T
USING (
  SELECT * FROM ${staging} WHERE TRUE
  QUALIFY ROW_NUMBER() OVER (PARTITION BY ce_source, ce_id ORDER BY received_at, data_digest) = 1
) S
ON T.ce_source = S.ce_source AND T.ce_id = S.ce_id AND ${mergeCondition("T", range)}
WHEN NOT MATCHED THEN
  INSERT (${columns.join(", ")})
  VALUES (${values.join(", ")})`;
}

/**
 * The bounds of `ce_time` move with the receipt: of two deliveries of one event, one may have its day and the other none. So
 * rows with a day are also looked for among those without. Rows without one are also looked for in the days beyond the
 * bounds, of which a table has hardly any.
 */
function mergeCondition(alias: string, range: MergeRange): string {
  const near = timeCondition(alias, { ...range, untimed: true });
  if (!range.untimed) return near;
  const { farBefore, farAfter } = range;
  return `(${near} OR ${alias}.ce_time < TIMESTAMP '${farBefore}' OR ${alias}.ce_time > TIMESTAMP '${farAfter}')`;
}

/** @param alias of the table in the statement */
export function timeCondition(alias: string, { minTime, maxTime, untimed }: TimeRange): string {
  if (minTime === null || maxTime === null) return `${alias}.ce_time IS NULL`;
  const between = `${alias}.ce_time BETWEEN TIMESTAMP '${minTime}' AND TIMESTAMP '${maxTime}'`;
  return untimed ? `(${between} OR ${alias}.ce_time IS NULL)` : between;
}
