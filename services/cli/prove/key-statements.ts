/** Keys of events against the tables, in GoogleSQL: which of them have no row, several, or one elsewhere. */
import type { Parameter, Question } from "#services/shared/gcp/query.ts";
import { comparable, EVENT_KEY, type KeyColumn, SENDER_KEY, sameKey } from "#services/shared/schema/key.ts";
import { type Times, timesOf } from "./statements.ts";

/** A relation with KEY_COLUMNS, all of them STRINGs, in which an event may be several times. */
export interface Wanted {
  readonly relation: string;
  readonly parameters: Readonly<Record<string, Parameter>>;
}

/** An event's columns that tell it apart, and where and when to look for its row. */
export const KEY_COLUMNS = ["ce_source", "ce_id", "source", "ce_type", "ce_time", "received_at"] as const;

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
  /** By which it is known there. */
  readonly key: readonly KeyColumn[];
  /** Raw tables in which none of them may be, if its sender is the same. */
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

const SENDER = comparable("source");

/** More types than this are not named one by one. */
const GROUPS_MAX = 1_000;
const EXAMPLES = 5;

export function misplacedEvents(
  dataset: string,
  { relation, parameters }: Wanted,
  { table, key, others, times, keptSince }: Where,
): Question {
  const present = [table, ...others].map(
    (name) =>
      `SELECT ce_source, ce_id, ${SENDER} AS source, '${name}' AS place FROM \`${name}\` WHERE ${timesOf(times)}`,
  );
  return {
    dataset,
    parameters,
    sql: `WITH wanted AS (
  SELECT ce_source, ce_id, ${SENDER} AS source, MIN(ce_type) AS ce_type, MIN(received_at) AS received_at
  FROM ${relation}
  WHERE ${keptCondition(keptSince)}
  GROUP BY 1, 2, 3
),
present AS (
  ${present.join("\n  UNION ALL\n  ")}
),
counted AS (
  SELECT w.ce_source, w.ce_id, w.ce_type, w.received_at,
    LEAST(COUNTIF(p.place = '${table}' AND ${sameKey("p", "w", key)}), 2) AS own,
    MAX(IF(p.place != '${table}' AND p.source = w.source, p.place, NULL)) AS elsewhere
  FROM wanted AS w LEFT JOIN present AS p ON ${sameKey("p", "w", EVENT_KEY)}
  GROUP BY w.ce_source, w.ce_id, w.source, w.ce_type, w.received_at
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

/** Those of a type that have no row in a raw table: where a replay has moved them, their row is in that of their type. */
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
    LEFT JOIN (SELECT DISTINCT ${SENDER_KEY.join(", ")} FROM \`${table}\` WHERE ${timesOf(times)}) AS t
      ON ${sameKey("t", "a", SENDER_KEY)}
    WHERE t.ce_id IS NULL AND a.ce_type = @type
  )`,
    parameters: { ...parameters, type: { type: "STRING", value: type } },
  };
}

function keptCondition(keptSince: number | undefined): string {
  if (keptSince === undefined) return "TRUE";
  return `ce_time IS NULL OR SAFE_CAST(ce_time AS TIMESTAMP) >= TIMESTAMP '${new Date(keptSince).toISOString()}'`;
}
