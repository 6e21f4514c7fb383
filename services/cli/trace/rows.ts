/** The rows of the wanted events, and the loads that brought them, out of the warehouse. */
import { isNotFound, type Question, type Questioner } from "#services/shared/gcp/query.ts";
import { REJECTED } from "#services/shared/schema/check-files.ts";
import { type LoadedTable, loadedTables, type Period, timesOf } from "../prove/statements.ts";
import type { JobStep, LoadStep } from "./chain.ts";

export interface FoundRow {
  readonly id: string;
  readonly source: string;
  /** Whose credentials it came with; `null` in a row that something else wrote. */
  readonly sender: string | null;
  readonly type: string;
  readonly table: string;
  /** The table's type: the event's, or that of the tables for what has none. */
  readonly of: string;
  readonly received_at: string | null;
  readonly loaded_at: string;
  readonly reasons: string | null;
}

export interface Warehouse {
  readonly questioner: Questioner;
  readonly dataset: string;
}

/** Tables that are read side by side. */
const READERS = 4;

/**
 * The books say into which tables something was loaded in the period, and the times of its events: so only those
 * partitions of those tables are read.
 */
export async function findRows(
  warehouse: Warehouse,
  ids: readonly string[],
  source: string | undefined,
  period: Period,
): Promise<readonly FoundRow[]> {
  if (ids.length === 0) return [];
  const found: FoundRow[] = [];
  const tables = await allOf<LoadedTable>(warehouse, loadedTables(warehouse.dataset, period));
  const left = [...tables];
  const reader = async () => {
    for (let table = left.shift(); table !== undefined; table = left.shift())
      found.push(...(await allOf<FoundRow>(warehouse, rowsQuestion(warehouse, table, ids, source, period))));
  };
  await Promise.all(Array.from({ length: READERS }, reader));
  return found.toSorted((a, b) => (a.loaded_at < b.loaded_at ? -1 : 1));
}

/** What finding rows would read, in bytes. */
export async function estimateRows(
  { questioner, dataset }: Warehouse,
  ids: readonly string[],
  source: string | undefined,
  period: Period,
): Promise<number> {
  let bytes = 0;
  for (const table of await allOf<LoadedTable>({ questioner, dataset }, loadedTables(dataset, period)))
    bytes += await questioner.estimate(rowsQuestion({ questioner, dataset }, table, ids, source, period));
  return bytes;
}

const TIME = (column: string) => `FORMAT_TIMESTAMP('%FT%H:%M:%E6SZ', ${column})`;

function rowsQuestion(
  { dataset }: Warehouse,
  table: LoadedTable,
  ids: readonly string[],
  source: string | undefined,
  { since, until }: Period,
): Question {
  const text = (value: string) => ({ type: "STRING", value });
  const time = (at: number) => ({ type: "TIMESTAMP", value: new Date(at).toISOString() });
  const reasons = table.type === REJECTED ? "TO_JSON_STRING(reasons)" : "CAST(NULL AS STRING)";
  return {
    dataset,
    sql: `SELECT ce_id AS id, ce_source AS source, source AS sender, ce_type AS type, @table AS \`table\`, @of AS \`of\`,
  ${TIME("received_at")} AS received_at, ${TIME("loaded_at")} AS loaded_at, ${reasons} AS reasons
FROM \`${table.name}\`
WHERE ${timesOf(table)} AND loaded_at BETWEEN @since AND @until
  AND ce_id IN (${ids.map((_, index) => `@id${index}`).join(", ")})${source === undefined ? "" : " AND ce_source = @source"}`,
    parameters: {
      table: text(table.name),
      of: text(table.type),
      since: time(since),
      until: time(until),
      ...Object.fromEntries(ids.map((id, index) => [`id${index}`, text(id)])),
      ...(source === undefined ? {} : { source: text(source) }),
    },
  };
}

interface Booked {
  readonly plan: string;
  readonly load_jobs: readonly string[];
  readonly merge_job: string | null;
  readonly objects: readonly { object: string; rows: number; drained_at: string; set_aside: boolean }[];
}

export interface Load {
  readonly step: LoadStep;
  /** Those that it took, and when each was written. */
  readonly objects: readonly { readonly name: string; readonly writtenAt: string }[];
}

/**
 * The load that a row came with. One MERGE has one `loaded_at` and is booked before the next into its table begins, so it
 * is the first one that was booked at or after the row's. `undefined` while it is not booked.
 */
export async function loadOf(warehouse: Warehouse, row: FoundRow): Promise<Load | undefined> {
  const [booked] = await allOf<Booked>(warehouse, {
    dataset: warehouse.dataset,
    sql: `SELECT plan, load_jobs, merge_job, objects
FROM loads
WHERE loaded_at >= @from AND type = @of AND \`table\` = @table
ORDER BY loaded_at LIMIT 1`,
    parameters: {
      from: { type: "TIMESTAMP", value: row.loaded_at },
      of: { type: "STRING", value: row.of },
      table: { type: "STRING", value: row.table },
    },
  });
  if (booked === undefined) return undefined;
  const { plan, load_jobs: loadJobs, merge_job: mergeJob, objects } = booked;
  const { questioner } = warehouse;
  return {
    step: {
      plan,
      loadJobs: await Promise.all(loadJobs.slice(0, JOBS_SHOWN).map((id) => jobOf(questioner, id))),
      ...(mergeJob === null ? {} : { mergeJob: await jobOf(questioner, mergeJob) }),
    },
    objects: objects
      .filter((object) => !object.set_aside)
      .map((object) => ({ name: object.object, writtenAt: object.drained_at })),
  };
}

/** There are several only where BigQuery refused objects. */
const JOBS_SHOWN = 10;
/** A job's tries have ids of their own (`services/shared/gcp/bigquery.ts`); the last one that is known did it. */
const TRIES_MAX = 20;

async function jobOf(questioner: Questioner, id: string): Promise<JobStep> {
  let job: JobStep = { id };
  for (let attempt = 0; attempt < TRIES_MAX; attempt++) {
    const times = await questioner.jobTimes(`${id}-a${attempt}`);
    if (times === undefined) break;
    job = { id: `${id}-a${attempt}`, ...times };
  }
  return job;
}

/** Nothing when the table is not there (yet, or any more). */
async function allOf<R>({ questioner }: Warehouse, question: Question): Promise<readonly R[]> {
  try {
    const { rows } = await questioner.ask(question);
    const all: R[] = [];
    for await (const row of rows) all.push(row as unknown as R);
    return all;
  } catch (error) {
    if (isNotFound(error)) return [];
    throw error;
  }
}
