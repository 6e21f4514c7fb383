/** Makes a ready question into a statement that reads the days it is about, from rollups where they are up to date. */
import { PipelineError } from "#services/shared/errors.ts";
import { isNotFound, type Parameter, type Question, type Questioner } from "#services/shared/gcp/query.ts";
import { type Bounds, boundedStatement, type Span } from "#services/shared/rollup/bounded.ts";
import { type DayState, daysStatement, isCounted } from "#services/shared/rollup/days.ts";
import { loadRollups, type Rollups } from "#services/shared/rollup/rollups.ts";
import { loadRegistry } from "#services/shared/schema/registry.ts";
import type { WarehousePlace } from "../place.ts";
import type { ReadyQuestion } from "./questions.ts";
import { parameterValues } from "./values.ts";

const DAY_MS = 86_400_000;

export interface Preparer {
  /**
   * @param given options as a user gives them
   * @param now milliseconds since the epoch
   * @throws PipelineError CONFIG_INVALID for an option, WAREHOUSE_UNAVAILABLE
   */
  prepare(
    question: ReadyQuestion,
    given: Readonly<Record<string, string | undefined>>,
    now: number,
  ): Promise<Question>;
}

/** @param folder of the schemas, when it is not the project's own */
export function createPreparer(
  place: Pick<WarehousePlace, "project" | "dataset">,
  questioner: Questioner,
  folder?: string,
): Preparer {
  const dataset = `${place.project}.${place.dataset}`;
  const rollups = loadRollups(loadRegistry(folder), folder);
  const names = new Set(rollups.all.map(({ table }) => table.name));
  let known: { span: Span; days: ReadonlySet<string> } | undefined;

  async function rolledUp(wanted: Span, now: number): Promise<ReadonlySet<string>> {
    const span = {
      from: Math.floor(wanted.from / DAY_MS) * DAY_MS,
      to: Math.ceil(wanted.to / DAY_MS) * DAY_MS,
    };
    if (known === undefined || known.span.from > span.from || known.span.to < span.to)
      known = { span, days: await countedDays(questioner, rollups, dataset, span, now) };
    return known.days;
  }

  return {
    async prepare(question, given, now) {
      const parameters = parameterValues(question, given, now);
      const times = spanOf(parameters);
      const { span, history } = times;
      const isRolledUp = [...question.sql.matchAll(/\w+/g)].some(([word]) => names.has(word));
      const bounds: Bounds = {
        ...times,
        rolledUp: isRolledUp ? await rolledUp({ from: history ?? span.from, to: span.to }, now) : new Set(),
      };
      const sql = boundedStatement(question.sql, rollups, dataset, bounds);
      return { sql, dataset: place.dataset, parameters: usedIn(question.sql, parameters) };
    },
  };
}

type Parameters = Readonly<Record<string, Parameter>>;

/** @returns the times that a statement is bounded by */
export function spanOf(parameters: Parameters): Pick<Bounds, "span" | "history"> {
  const at = (name: string) => Date.parse(parameters[name]?.value ?? "");
  const span = { from: at("since"), to: at("until") };
  return "history" in parameters ? { span, history: at("history") } : { span };
}

/** Times that only bound what is read are no parameters of the statement. */
export function usedIn(sql: string, parameters: Parameters): Parameters {
  return Object.fromEntries(
    Object.entries(parameters).filter(([name]) => new RegExp(`@${name}\\b`).test(sql)),
  );
}

/** BigQuery's words for the column of `loads` that a deployment of the version before does not have. */
const NO_DAYS = /Unrecognized name: days/;

async function countedDays(
  questioner: Questioner,
  rollups: Rollups,
  dataset: string,
  span: Span,
  now: number,
): Promise<ReadonlySet<string>> {
  const days = new Set<string>();
  try {
    const { rows } = await questioner.ask({ sql: daysStatement(rollups, dataset, span, now) });
    for await (const row of rows) {
      const state = row as unknown as DayState;
      if (isCounted(state)) days.add(state.day);
    }
  } catch (error) {
    // A deployment of the version before has no rollups: every day is counted from its events.
    const isOlder = isNotFound(error) || (error instanceof PipelineError && NO_DAYS.test(error.message));
    if (!isOlder) throw error;
  }
  return days;
}
