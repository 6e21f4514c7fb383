/** What the books say of the last loads, by type (docs/operate/prove.md). */
import { isNotFound, type Question } from "#services/shared/gcp/query.ts";
import { ageText } from "../age.ts";
import type { Check, Finding } from "./check.ts";
import type { Exam } from "./exam.ts";

const DAYS = 7;
const TYPES_SHOWN = 10;

/** Milliseconds since the epoch; the counts are of the last 24 hours. */
interface TypeLoads {
  readonly type: string;
  readonly last_at: number;
  readonly inserted: number;
  readonly duplicates: number;
  readonly set_aside: number;
}

/** Tables of what has none of its own; each row is an event that somebody expected elsewhere. */
const ELSEWHERE: Readonly<Record<string, { meaning: string; advice: string }>> = {
  rejected_events: {
    meaning: "events did not fit their schema",
    advice: `pullhouse query "SELECT ce_type, r.pointer, r.rule, COUNT(*) AS events FROM rejected_events, UNNEST(reasons) AS r GROUP BY 1, 2, 3"`,
  },
  unregistered_events: {
    meaning: "events are of types without a schema",
    advice: `pullhouse query "SELECT ce_type, COUNT(*) AS events FROM unregistered_events GROUP BY 1"; docs/use/adding-a-type.md`,
  },
};

export const lastLoad: Check = {
  name: "last-load",
  title: "Last loads",
  parts: (exam) => [{ what: "loads", look: () => loads(exam) }],
};

async function loads(exam: Exam): Promise<readonly Finding[]> {
  const what = "loads";
  const rows: TypeLoads[] = [];
  try {
    const answer = await exam.questioner.ask(question(exam.deployment.dataset));
    for await (const row of answer.rows) rows.push(row as unknown as TypeLoads);
  } catch (error) {
    if (!isNotFound(error)) throw error;
    const found = "there is no table loads: nothing has been loaded yet";
    return [{ verdict: "look", what, found, advice: "send an event: `pullhouse send` locally" }];
  }
  if (rows.length === 0) {
    const found = `nothing was loaded in the last ${DAYS} days`;
    const advice = "fine if nothing was pulled; else `pullhouse doctor --only receiver,lag,alarms`";
    return [{ verdict: "look", what, found, advice }];
  }
  const more = rows.length - TYPES_SHOWN;
  return [
    ...rows.slice(0, TYPES_SHOWN).map((row) => lastOf(row, exam.now())),
    ...(more > 0 ? [{ verdict: "ok", what, found: `and ${more} more types, loaded earlier` } as const] : []),
    ...rows.flatMap(troubles),
  ];
}

function question(dataset: string): Question {
  const day = "loaded_at >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 24 HOUR)";
  return {
    dataset,
    sql: `SELECT type,
  UNIX_MILLIS(MAX(loaded_at)) AS last_at,
  SUM(IF(${day}, rows_inserted, 0)) AS inserted,
  SUM(IF(${day}, duplicates, 0)) AS duplicates,
  SUM(IF(${day}, rows_set_aside, 0)) AS set_aside
FROM loads
WHERE loaded_at >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL ${DAYS} DAY)
GROUP BY type
ORDER BY last_at DESC, type`,
  };
}

function lastOf({ type, last_at: lastAt, inserted, duplicates }: TypeLoads, now: number): Finding {
  const age = ageText(now - lastAt);
  const found = `last load ${age} ago; in 24 h ${number(inserted)} rows, ${number(duplicates)} duplicates`;
  return { verdict: "ok", what: type, found };
}

function troubles({ type, inserted, set_aside: setAside }: TypeLoads): readonly Finding[] {
  const elsewhere = ELSEWHERE[type];
  const findings: Finding[] = [];
  if (setAside > 0)
    findings.push({
      verdict: "look",
      what: type,
      found: `BigQuery refused objects with ${number(setAside)} rows in the last 24 h`,
      advice: "pullhouse dead-letters list",
    });
  if (elsewhere !== undefined && inserted > 0)
    findings.push({
      verdict: "look",
      what: type,
      found: `${number(inserted)} ${elsewhere.meaning} in the last 24 h`,
      advice: elsewhere.advice,
    });
  return findings;
}

const number = (value: number) => value.toLocaleString("en-US");
