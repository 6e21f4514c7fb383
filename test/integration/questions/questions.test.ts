/** Every ready question on hand-made events: its exact answer, and an empty one where there is nothing. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadQuestions } from "#services/cli/ask/questions.ts";
import { parameterValues } from "#services/cli/ask/values.ts";
import { type EventWarehouse, startEventWarehouse } from "#test/support/event-warehouse.ts";
import { NOW } from "./case.ts";
import { IMAGE_CASES } from "./image-cases.ts";
import { PEOPLE_CASES } from "./people-cases.ts";
import { SECURITY_CASES } from "./security-cases.ts";

const CASES = [...IMAGE_CASES, ...PEOPLE_CASES, ...SECURITY_CASES];
const QUESTIONS = new Map(loadQuestions().map((question) => [question.name, question]));

let warehouse: EventWarehouse;

beforeAll(async () => {
  warehouse = await startEventWarehouse();
}, 60_000);
afterAll(() => warehouse.close());

async function answer(name: string, options: Readonly<Record<string, string>> = {}) {
  const question = QUESTIONS.get(name);
  if (question === undefined) throw new Error(`there is no question ${name}`);
  return warehouse.ask(question.sql, parameterValues(question, options, NOW));
}

test("every question has a case", () => {
  expect([...new Set(CASES.map(({ question }) => question))].toSorted()).toEqual([...QUESTIONS.keys()]);
});

describe("the answer to", () => {
  test.each(CASES.map((one) => ({ ...one, title: [one.question, one.about].filter(Boolean).join(", ") })))(
    "$title",
    async ({ question, options, events, rows }) => {
      await warehouse.refill(events);
      const found = await answer(question, options);
      const short = found.map((row) =>
        "data_digest" in row ? { ...row, data_digest: (row["data_digest"] as string).slice(0, 7) } : row,
      );
      expect(short).toEqual(rows);
    },
  );
});

test("every chart is of columns that the answer has", async () => {
  const { events } = CASES.find(({ question }) => question === "top-images") ?? { events: [] };
  await warehouse.refill(events);
  for (const { name, chart, sql, parameters } of QUESTIONS.values()) {
    if (chart === undefined) continue;
    const question = { name, title: "", answers: "", parameters, sql };
    const values = parameterValues(question, {}, NOW);
    const { fields } = await warehouse.questioner.ask({ sql, dataset: "events", parameters: values });
    const names = fields.map((field) => field.name);
    expect(names, name).toEqual(expect.arrayContaining([chart.value, chart.by]));
  }
});

/** Steps of time are there without events, too. */
const ROWS_OF_NOTHING: Readonly<Record<string, number>> = { "busiest-hours": 24, daily: 30, summary: 1 };

test("with no events at all, no question fails", async () => {
  await warehouse.refill([]);
  for (const { name } of QUESTIONS.values()) {
    const rows = await answer(name, name === "tag-history" ? { image: "acme/nginx" } : {});
    expect(rows.length, name).toBe(ROWS_OF_NOTHING[name] ?? 0);
  }
});
