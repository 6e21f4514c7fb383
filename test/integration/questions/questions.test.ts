/** Every ready question on hand-made events: its exact answer, and an empty one where there is nothing. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadQuestions } from "#services/cli/ask/questions.ts";
import type { Row } from "#services/shared/gcp/query.ts";
import { dayOf, type Span } from "#services/shared/rollup/bounded.ts";
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

async function answer(
  name: string,
  options: Readonly<Record<string, string>> = {},
  rolledUp: ReadonlySet<string> = new Set(),
) {
  const question = QUESTIONS.get(name);
  if (question === undefined) throw new Error(`there is no question ${name}`);
  return warehouse.answer(question, options, NOW, rolledUp);
}

test("every question has a case", () => {
  expect([...new Set(CASES.map(({ question }) => question))].toSorted()).toEqual([...QUESTIONS.keys()]);
});

const TITLED = CASES.map((one) => ({ ...one, title: [one.question, one.about].filter(Boolean).join(", ") }));

const short = (rows: readonly Row[]) =>
  rows.map((row) =>
    "data_digest" in row ? { ...row, data_digest: (row["data_digest"] as string).slice(0, 7) } : row,
  );

describe("the answer to", () => {
  test.each(TITLED)("$title", async ({ question, options, events, rows }) => {
    await warehouse.refill(events);
    expect(short(await answer(question, options))).toEqual(rows);
  });
});

/** All that a question can look at: what it then reads of events is of the moments beyond. */
const EVERY_DAY: Span = { from: NOW - 800 * 86_400_000, to: NOW };
const ROLLED_UP = new Set(
  Array.from({ length: 800 }, (_, index) => dayOf(EVERY_DAY.from + index * 86_400_000)),
);

describe("from rollups, the answer to", () => {
  test.each(TITLED)("$title", async ({ question, options, events, rows }) => {
    await warehouse.refill(events);
    await warehouse.rollUp(EVERY_DAY, QUESTIONS.get(question)?.sql);
    expect(short(await answer(question, options, ROLLED_UP))).toEqual(rows);
  });
});

test("every chart is of columns that the answer has", () => {
  for (const { name, chart } of QUESTIONS.values()) {
    if (chart === undefined) continue;
    const [row] = CASES.find(({ question }) => question === name)?.rows ?? [];
    expect(Object.keys(row ?? {}), name).toEqual(expect.arrayContaining([chart.value, chart.by]));
  }
});

/** Steps of time are there without events, too. */
const ROWS_OF_NOTHING: Readonly<Record<string, number>> = { "busiest-hours": 24, daily: 30, summary: 1 };

describe("with no events at all, no question fails:", () => {
  beforeAll(() => warehouse.refill([]));
  test.each([...QUESTIONS.keys()])("%s", async (name) => {
    const rows = await answer(name, name === "tag-history" ? { image: "acme/nginx" } : {});
    expect(rows.length).toBe(ROWS_OF_NOTHING[name] ?? 0);
  });
});
