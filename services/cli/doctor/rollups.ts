/** Which whole days the rollups lack: questions count those from their events, which reads more. */
import { EnvReader, readSchemasFolder } from "#services/shared/config.ts";
import { PipelineError } from "#services/shared/errors.ts";
import { type DayState, daysStatement, isCounted } from "#services/shared/rollup/days.ts";
import { loadRollups, ROLLED_UP } from "#services/shared/rollup/rollups.ts";
import { loadRegistry } from "#services/shared/schema/registry.ts";
import { firstCause } from "./advice.ts";
import type { Check, Finding } from "./check.ts";
import type { Exam } from "./exam.ts";

const DAY_MS = 86_400_000;
const DAYS = 90;
/** The alarm comes 20 minutes past the hour after a load (services/shared/window.ts), and counting takes its time. */
const GRACE_MS = 2 * 3_600_000;
/** What BigQuery answers without a table, or with one that lacks a column. */
const LACKING = new Set<unknown>([404, 400]);

export const rollups: Check = {
  name: "rollups",
  title: "Rollups",
  parts: (exam) => [{ what: "days", look: async () => [await days(exam)] }],
};

async function days(exam: Exam): Promise<Finding> {
  const what = "days";
  let states: readonly DayState[];
  try {
    states = await statesOf(exam);
  } catch (error) {
    const isLacking =
      error instanceof PipelineError && LACKING.has((error.cause as { code?: unknown } | undefined)?.code);
    if (!isLacking) throw error;
    const found = `which are counted cannot be asked: ${firstCause(error)}`;
    const advice =
      "pullhouse doctor --only configuration: the loader adds what is missing; questions read events until then";
    return { verdict: "look", what, found, advice };
  }
  const due = states.filter((state) => !isCounted(state));
  if (due.length === 0) {
    const found =
      states.length === 0
        ? `none of the last ${DAYS} is to be counted`
        : `all ${states.length} of the last ${DAYS} that are to be counted are`;
    return { verdict: "ok", what, found };
  }
  return {
    verdict: "look",
    what,
    found: `${due.length} of the ${states.length} that are to be counted are not, from ${due[0]?.day} to ${due.at(-1)?.day}: questions read their events`,
    advice: "`pullhouse rollup` counts them; after a load the loader does, 20 minutes past the hour",
  };
}

/** As of two hours ago: what was loaded since may wait for its alarm. */
async function statesOf({
  deployment,
  variables,
  questioner,
  warehouse,
  now,
}: Exam): Promise<readonly DayState[]> {
  const folder = readSchemasFolder(new EnvReader(variables));
  const all = loadRollups(loadRegistry(folder), folder);
  const asOf = now() - GRACE_MS;
  const to = Math.floor(asOf / DAY_MS) * DAY_MS;
  // What says of an older day that it is counted has expired, with its counts.
  const { partitionLifeMs = Number.POSITIVE_INFINITY } = (await warehouse.table(ROLLED_UP.name)) ?? {};
  const kept = (Math.floor((now() - partitionLifeMs) / DAY_MS) + 1) * DAY_MS;
  const span = { from: Math.max(to - DAYS * DAY_MS, kept), to };
  // The statement takes loads of up to a day after the time that it is given.
  const sql = daysStatement(all, `${deployment.project}.${deployment.dataset}`, span, asOf - DAY_MS);
  const { rows } = await questioner.ask({ sql });
  const states: DayState[] = [];
  for await (const row of rows) states.push(row as unknown as DayState);
  return states;
}
