/** Counts days into the rollups: for the loader, which does so when days are over, and for `pullhouse rollup`. */
import type { Clock } from "../clock.ts";
import { PipelineError } from "../errors.ts";
import { isNotFound, type Questioner } from "../gcp/query.ts";
import type { NewId, Warehouse } from "../ports.ts";
import { CE_TIME_BACK_MS_MAX } from "../row/ce-time.ts";
import { rollupStatement, type Span, spanOfDays } from "./bounded.ts";
import { type DayState, daysStatement, isCounted, noteStatement, uncountStatement } from "./days.ts";
import { ROLLED_UP, type Rollups, rollupTables } from "./rollups.ts";

export interface CountPorts {
  readonly questioner: Pick<Questioner, "ask">;
  readonly warehouse: Pick<Warehouse, "ensureTable" | "execute">;
  readonly clock: Clock;
  readonly newId: NewId;
  readonly rollups: Rollups;
  /** `project.dataset`. */
  readonly dataset: string;
}

const DAY_MS = 86_400_000;
/** Days are counted together up to these, so that a year of a small registry takes minutes and a day of a large one fits. */
const DAYS_MAX = 31;
const ROWS_MAX = 20_000_000;
const LABELS = { step: "rollup" };

/**
 * Days before today (UTC) that were never counted, or had rows since; the newest last.
 * @param again all days that have events
 */
export async function dueDays(ports: CountPorts, again = false): Promise<readonly DayState[]> {
  const { questioner, clock, rollups, dataset } = ports;
  if (rollups.all.length === 0) return [];
  const now = clock.now();
  const { rows } = await questioner.ask({ sql: daysStatement(rollups, dataset, daysOver(now), now) });
  const due: DayState[] = [];
  for await (const row of rows) {
    const state = row as unknown as DayState;
    // Of a day without loads the events have expired, and only the rollups have it still.
    if (again ? state.loads > 0 : !isCounted(state)) due.push(state);
  }
  return due;
}

/**
 * Makes the tables that are missing. What is made anew is empty, so that no day is counted any more, whatever is noted.
 * @throws PipelineError WAREHOUSE_UNAVAILABLE, WAREHOUSE_REFUSED with BigQuery's reason
 */
export async function ensureRollups(ports: CountPorts): Promise<void> {
  const { warehouse, clock, rollups, dataset } = ports;
  if (rollups.all.length === 0) return;
  const isLost = await lacksTable(ports);
  for (const table of rollupTables(rollups)) await warehouse.ensureTable(table);
  if (!isLost) return;
  const sql = uncountStatement(`\`${dataset}.${ROLLED_UP.name}\``, daysOver(clock.now()));
  await execute("lost", sql, ports);
}

/** All days before today (UTC) that an event can be of. */
function daysOver(now: number): Span {
  const today = Math.floor(now / DAY_MS) * DAY_MS;
  return { from: today - CE_TIME_BACK_MS_MAX, to: today };
}

async function lacksTable({ questioner, rollups, dataset }: CountPorts): Promise<boolean> {
  const tables = rollupTables(rollups).map(({ name }) => `SELECT 1 FROM \`${dataset}.${name}\` WHERE FALSE`);
  try {
    await questioner.ask({ sql: tables.join("\nUNION ALL\n") });
    return false;
  } catch (error) {
    if (isNotFound(error)) return true;
    throw error;
  }
}

/** Doing it twice is no harm, and an id that is spent would be: so each statement has its own. */
async function execute(what: string, sql: string, { warehouse, newId }: CountPorts): Promise<void> {
  const job = `pullhouse-rollup-${what}-${newId().toLowerCase()}`;
  const done = await warehouse.execute(job, sql, {}, LABELS);
  if (done.outcome !== "done")
    throw new PipelineError("WAREHOUSE_REFUSED", "never", `${what}: ${done.reason}`);
}

/** Neighbouring days, each group in order, the newest group first. */
export function together(due: readonly DayState[]): readonly (readonly DayState[])[] {
  const groups: DayState[][] = [];
  let rows = 0;
  for (const state of due.toReversed()) {
    const group = groups[0];
    const isNext = group?.[0] !== undefined && Date.parse(group[0].day) - Date.parse(state.day) === DAY_MS;
    rows += state.rows;
    if (isNext && group.length < DAYS_MAX && rows <= ROWS_MAX) group.unshift(state);
    else {
      groups.unshift([state]);
      ({ rows } = state);
    }
  }
  return groups.toReversed();
}

/**
 * @param days that follow each other
 * @throws PipelineError WAREHOUSE_UNAVAILABLE, WAREHOUSE_REFUSED with BigQuery's reason
 */
export async function rollUpDays(days: readonly DayState[], ports: CountPorts): Promise<void> {
  const { rollups, dataset } = ports;
  const span = spanOfDays(days);
  for (const rollup of rollups.all)
    await execute(
      `${rollup.table.name} ${days[0]?.day}`.replaceAll(/\W/g, "-"),
      rollupStatement(rollup, rollups, dataset, span),
      ports,
    );
  // Last, and with the loads that were known before: what came meanwhile makes the day one to be counted again.
  await execute("noted", noteStatement(rollups, dataset, days), ports);
}
