/** A table of years of events, made where it stands. */

/** Pull events' table. */
export const PULLS = "dev_chainguard_registry_pull_v1";
const PER_DAY = 1_000;

/** Adds events number `from` to `to`, `to` left out: a thousand for each day, backwards from May 2026. */
export function oldRows(from: number, to: number): string {
  return `INSERT INTO ${PULLS} (ce_id, ce_source, ce_type, ce_time)
    SELECT CONCAT('old-', CAST(i AS STRING)), 'cgr.dev', 'old',
      TIMESTAMP_SUB(TIMESTAMP '2026-05-31 12:00:00Z', INTERVAL DIV(i, ${PER_DAY}) DAY)
    FROM UNNEST(GENERATE_ARRAY(${from}, ${to - 1})) AS i`;
}
