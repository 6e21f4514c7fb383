/** The table of costs in docs/use/questions.md. */
import { createPreparer } from "#services/cli/ask/prepare.ts";
import { loadQuestions } from "#services/cli/ask/questions.ts";
import { money } from "#services/cli/cost/figures.ts";
import { DAYS_PER_MONTH } from "#services/cli/cost/item.ts";
import { estimate } from "#services/cli/report/gather.ts";
import type { Question, Questioner, Row } from "#services/shared/gcp/query.ts";
import { dayOf, rollupStatement } from "#services/shared/rollup/bounded.ts";
import { loadRollups } from "#services/shared/rollup/rollups.ts";
import { loadRegistry } from "#services/shared/schema/registry.ts";
import { DATASET, openPlanner, PROJECT } from "#test/support/planner.ts";
import { type Bytes, createModel, dollars, type Size } from "./model.ts";

export const DOCUMENT = "docs/use/questions.md";
export const BEGIN = "<!-- node test/integration/questions/cost/write.ts -->";
export const END = "<!-- end -->";

const NOW = Date.parse("2026-11-21T12:00:00Z");
const TODAY = Date.parse("2026-11-21T00:00:00Z");
const DAY_MS = 86_400_000;
/** Every day that is over. */
const DAYS = Array.from({ length: 800 }, (_, index) => dayOf(TODAY - (index + 1) * DAY_MS));

export const SIZES = {
  small: { eventsPerDay: 1_000_000, identities: 1_000 },
  large: { eventsPerDay: 100_000_000, identities: 10_000 },
} as const satisfies Readonly<Record<string, Size>>;

const UNTILS = ["today", "now"] as const;

export interface Costs {
  /** Dollars. */
  question(name: string, until: string, size: Size): Promise<number>;
  report(until: string, size: Size, count?: keyof Bytes): Promise<number>;
  /** A month of whole days, each counted once. */
  rollups(size: Size, count?: keyof Bytes): Promise<number>;
  /** Bytes that the counting of one day reads, by rollup. */
  rollupBytes(size: Size): Promise<ReadonlyMap<string, Bytes>>;
  close(): void;
}

export async function openCosts(): Promise<Costs> {
  const registry = loadRegistry();
  const rollups = loadRollups(registry);
  const questions = loadQuestions();
  const planner = await openPlanner(registry, rollups);
  const model = createModel(registry, planner, NOW);

  /** A warehouse that answers which days are rolled up, and adds up what it is asked. */
  function warehouse(size: Size, count: keyof Bytes) {
    const spent = { bytes: 0 };
    const estimated = async (question: Question) => {
      const bytes = await model.bytesOf(question, size);
      return bytes[count];
    };
    const questioner = {
      async ask(question: Question) {
        spent.bytes += await estimated(question);
        return { fields: [], rows: countedDays() };
      },
      estimate: estimated,
    } as Pick<Questioner, "ask" | "estimate"> as Questioner;
    const preparer = createPreparer({ project: PROJECT, dataset: DATASET }, questioner);
    return { spent, questioner, preparer };
  }

  async function rollupBytes(size: Size): Promise<ReadonlyMap<string, Bytes>> {
    const all = new Map<string, Bytes>();
    const span = { from: TODAY - 3 * DAY_MS, to: TODAY - 2 * DAY_MS };
    for (const rollup of rollups.all) {
      // Its own day of the table that it writes is empty: the minimum of one table.
      const statement = rollupStatement(rollup, rollups, `${PROJECT}.${DATASET}`, span);
      const sql = /\nUSING \(\n([^]*)\n\) S\nON FALSE\n/.exec(statement)?.[1] ?? "";
      const bytes = await model.bytesOf({ sql }, size);
      all.set(rollup.table.name, bytes);
    }
    return all;
  }

  return {
    rollupBytes,
    async question(name, until, size) {
      const question = questions.find((one) => one.name === name);
      if (question === undefined) throw new Error(`there is no question ${name}`);
      const { preparer, questioner } = warehouse(size, "each");
      const needsImage = question.parameters.some(({ fallback }) => fallback === undefined);
      const given = { until, ...(needsImage ? { image: "acme.example/nginx" } : {}) };
      return dollars(await questioner.estimate(await preparer.prepare(question, given, NOW)));
    },
    async report(until, size, count = "each") {
      const { spent, questioner, preparer } = warehouse(size, count);
      const bytes = await estimate({
        questions,
        questioner,
        preparer,
        options: { since: "30d", until },
        now: NOW,
      });
      return dollars(bytes + spent.bytes);
    },
    async rollups(size, count = "each") {
      const bytes = [...(await rollupBytes(size)).values()].reduce((sum, one) => sum + one[count], 0);
      return dollars(bytes) * DAYS_PER_MONTH;
    },
    close: () => planner.close(),
  };
}

async function* countedDays(): AsyncIterable<Row> {
  for (const day of DAYS) yield { day, loads: 1, counted: 1, rows: 1 };
}

export async function costTable(costs: Costs): Promise<string> {
  const sizes = [SIZES.small, SIZES.large];
  const cells = async (cost: (size: Size, until: string) => Promise<number>): Promise<readonly string[]> => {
    const row: string[] = [];
    for (const size of sizes) for (const until of UNTILS) row.push(money(await cost(size, until)));
    return row;
  };
  const lines: string[] = [];
  const add = async (name: string, cost: (size: Size, until: string) => Promise<number>) => {
    lines.push(`| ${[name, ...(await cells(cost))].join(" | ")} |`);
  };
  for (const { name } of loadQuestions())
    await add(`\`${name}\``, (size, until) => costs.question(name, until, size));
  await add("**report of 30 days**", (size, until) => costs.report(until, size));
  await add("the same, each field counted once", (size, until) => costs.report(until, size, "once"));
  await add("the same, ten times as many identities", (size, until) =>
    costs.report(until, { ...size, identities: 10 * size.identities }),
  );
  return [
    "| | 1 million a day, `--until today` | until now | 100 million a day, `--until today` | until now |",
    "|---|---:|---:|---:|---:|",
    ...lines,
  ].join("\n");
}
