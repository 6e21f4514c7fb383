/** Keys of events against the tables, in GoogleSQL: which of them have no row, several, or one elsewhere. */
import type { Parameter, Question } from "#services/shared/gcp/query.ts";
import { type Times, timesOf } from "./statements.ts";

/** A relation with KEY_COLUMNS, all of them STRINGs, in which an event may be several times. */
export interface Wanted {
  readonly relation: string;
  readonly parameters: Readonly<Record<string, Parameter>>;
}

/** An event's columns that tell it apart, and where and when to look for its row. */
export const KEY_COLUMNS = ["ce_source", "ce_id", "ce_type", "ce_time", "received_at"] as const;

export type Key = readonly (string | null)[];

/** @param keys the values of KEY_COLUMNS for each event */
export function wantedKeys(keys: readonly Key[]): Wanted {
  const columns = KEY_COLUMNS.map((name, index) => `JSON_VALUE(event, '$[${index}]') AS ${name}`);
  return {
    relation: `(SELECT ${columns.join(", ")} FROM UNNEST(JSON_QUERY_ARRAY(PARSE_JSON(@keys))) AS event)`,
    parameters: { keys: { type: "STRING", value: JSON.stringify(keys) } },
  };
}

export interface Where {
  /** The table in which each event has its row. */
  readonly table: string;
  /** Tables in which none of them may be. */
  readonly others: readonly string[];
  readonly times: Times;
  /** Events from before, in milliseconds since the epoch, may be gone: the table keeps its rows for some days. */
  readonly keptSince: number | undefined;
}

/** Groups of events that are not in their table exactly once and nowhere else. */
export interface Misplaced {
  readonly ce_type: string | null;
  /** Rows of each in the table: 0, 1, or 2 for several. */
  readonly own: number;
  readonly elsewhere: string | null;
  readonly events: number;
  /** When the first of them was received, as in its row. */
  readonly received_at: string | null;
  /** The ids of some. */
  readonly examples: string;
}

/** More types than this are not named one by one. */
const GROUPS_MAX = 1_000;
const EXAMPLES = 5;

export function misplacedEvents(
  dataset: string,
  { relation, parameters }: Wanted,
  { table, others, times, keptSince }: Where,
): Question {
  const present = [table, ...others].map(
    (name) => `SELECT ce_source, ce_id, '${name}' AS place FROM \`${name}\` WHERE ${timesOf(times)}`,
  );
  return {
    dataset,
    parameters,
    sql: `WITH wanted AS (
  SELECT ce_source, ce_id, MIN(ce_type) AS ce_type, MIN(received_at) AS received_at
  FROM ${relation}
  WHERE ${keptCondition(keptSince)}
  GROUP BY ce_source, ce_id
),
present AS (
  ${present.join("\n  UNION ALL\n  ")}
),
counted AS (
  SELECT w.ce_source, w.ce_id, w.ce_type, w.received_at,
    LEAST(COUNTIF(p.place = '${table}'), 2) AS own, MAX(IF(p.place = '${table}', NULL, p.place)) AS elsewhere
  FROM wanted AS w LEFT JOIN present AS p ON p.ce_source = w.ce_source AND p.ce_id = w.ce_id
  GROUP BY w.ce_source, w.ce_id, w.ce_type, w.received_at
)
SELECT ce_type, own, elsewhere, COUNT(*) AS events, MIN(received_at) AS received_at,
  ARRAY_TO_STRING(ARRAY_AGG(ce_id ORDER BY ce_id LIMIT ${EXAMPLES}), ', ') AS examples
FROM counted
WHERE own != 1 OR elsewhere IS NOT NULL
GROUP BY ce_type, own, elsewhere
ORDER BY ce_type, own, elsewhere
LIMIT ${GROUPS_MAX}`,
  };
}

/** Those of a type that have no row in a table: where a replay has moved them, their row is in that of their type. */
export function withoutRowIn(
  table: string,
  { relation, parameters }: Wanted,
  times: Times,
  type: string,
): Wanted {
  return {
    relation: `(
    SELECT ${KEY_COLUMNS.map((name) => `a.${name}`).join(", ")}
    FROM ${relation} AS a
    LEFT JOIN (SELECT DISTINCT ce_source, ce_id FROM \`${table}\` WHERE ${timesOf(times)}) AS t
      ON t.ce_source = a.ce_source AND t.ce_id = a.ce_id
    WHERE t.ce_id IS NULL AND a.ce_type = @type
  )`,
    parameters: { ...parameters, type: { type: "STRING", value: type } },
  };
}

function keptCondition(keptSince: number | undefined): string {
  if (keptSince === undefined) return "TRUE";
  return `ce_time IS NULL OR SAFE_CAST(ce_time AS TIMESTAMP) >= TIMESTAMP '${new Date(keptSince).toISOString()}'`;
}
