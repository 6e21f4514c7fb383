/** docs/use/questions.md says what each question costs: from its plan, and from what days of made-up pulls take. */
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ASSUMPTIONS } from "#services/cli/cost/assumptions.ts";
import { PULL_TYPE } from "#services/cli/generate/generate.ts";
import { loadRollups } from "#services/shared/rollup/rollups.ts";
import { loadRegistry } from "#services/shared/schema/registry.ts";
import { type EventWarehouse, startEventWarehouse } from "#test/support/event-warehouse.ts";
import { openPlanner, type Planner } from "#test/support/planner.ts";
import { MEASURED_DAYS, readMeasured } from "./measured.ts";
import { type CostModel, createModel } from "./model.ts";
import { BEGIN, type Costs, costTable, DOCUMENT, END, openCosts, SIZES } from "./table.ts";
import { eventSizes, measureRollups } from "./traffic.ts";

const NOON = Date.parse("2026-11-21T12:00:00Z");
const TABLE_MIN = 10 * 2 ** 20;
const registry = loadRegistry();
const rollups = loadRollups(registry);
const pulls = registry.tables.get(PULL_TYPE)?.table ?? "";

let warehouse: EventWarehouse;
let planner: Planner;
let model: CostModel;
let costs: Costs;
beforeAll(async () => {
  [warehouse, planner, costs] = await Promise.all([
    startEventWarehouse(),
    openPlanner(registry, rollups),
    openCosts(),
  ]);
  model = createModel(registry, planner, NOON);
}, 60_000);
afterAll(async () => {
  planner.close();
  costs.close();
  await warehouse.close();
});

test("the page has the table that the model gives: `node test/integration/questions/cost/write.ts` writes it", async () => {
  const [, rest = ""] = readFileSync(DOCUMENT, "utf8").split(BEGIN);
  expect(rest.slice(0, rest.indexOf(END)).trim()).toBe(await costTable(costs));
}, 120_000);

test("a day in the rollups is what was measured: otherwise `node test/integration/questions/cost/measure.ts`", async () => {
  const [few] = MEASURED_DAYS;
  expect(await measureRollups(warehouse, rollups, few)).toEqual(readMeasured()[few]);
}, 120_000);

const DAY = "ce_time >= TIMESTAMP '2026-11-19' AND ce_time < TIMESTAMP '2026-11-20'";
const size = { eventsPerDay: 10_000_000, identities: 1_000 };
const means = eventSizes(registry, 5_000);
const mean = (...leaves: readonly string[]) =>
  leaves.reduce((sum, leaf) => sum + (means.get(leaf) ?? Number.NaN), 0);
const read = async (sql: string) => model.bytesOf({ sql }, size);

test("of a record only the fields count that are asked for, with the columns of the conditions", async () => {
  const { each, once } = await read(
    `SELECT body.repository AS image FROM ${pulls} WHERE ${DAY} AND source = 'chainguard'`,
  );
  expect(each).toBeCloseTo(1e7 * mean("body.repository", "ce_time", "source"), 0);
  expect(once).toBe(each);
  // "acme.example/python" and its length.
  expect(mean("body.repository")).toBeGreaterThan(15);
  expect(mean("ce_time")).toBe(8);
});

test("partitions are read whole, and today's is half full at noon", async () => {
  const day = 1e7 * mean("ce_id", "ce_time");
  const times = (from: string, to: string) =>
    `ce_time >= TIMESTAMP '${from}' AND ce_time < TIMESTAMP '${to}'`;
  const bytes = async (condition: string) =>
    (await read(`SELECT MAX(ce_id) AS id FROM ${pulls} WHERE ${condition}`)).each;
  expect(await bytes(times("2026-11-19T23:00:00Z", "2026-11-20T01:00:00Z"))).toBeCloseTo(2 * day, 0);
  expect(await bytes(times("2026-11-20T22:00:00Z", "2026-11-22T02:00:00Z"))).toBeCloseTo(1.5 * day, 0);
});

test("a query that is named twice is read twice, and its fields once", async () => {
  const ids = `SELECT ce_id FROM ${pulls} WHERE ${DAY}`;
  const { each, once } = await read(
    `WITH ids AS (${ids}) SELECT COUNT(*) AS n FROM ids AS a JOIN ids AS b ON a.ce_id = b.ce_id`,
  );
  expect(once).toBeCloseTo(1e7 * mean("ce_id", "ce_time"), 0);
  expect(each).toBeCloseTo(2 * once, 0);
  const pairs = "SELECT a.ce_id FROM ids AS a JOIN ids AS b ON a.ce_id = b.ce_id";
  const nested = await read(
    `WITH pairs AS (WITH ids AS (${ids}) ${pairs}) SELECT COUNT(*) AS n FROM pairs AS a JOIN pairs AS b ON a.ce_id = b.ce_id JOIN pairs AS c ON c.ce_id = a.ce_id`,
  );
  expect(nested.each).toBeCloseTo(6 * once, 0);
});

test("each table counts ten MiB at least", async () => {
  const { each } = await model.bytesOf(
    {
      sql: `SELECT COUNT(*) AS n FROM ${pulls} WHERE ${DAY} UNION ALL SELECT COUNT(*) FROM daily_tags WHERE day = DATE '2026-11-19'`,
    },
    { eventsPerDay: 0, identities: 0 },
  );
  expect(each).toBe(2 * TABLE_MIN);
});

test("what reads all days has no price", async () => {
  await expect(read(`SELECT COUNT(*) AS n FROM ${pulls}`)).rejects.toThrow("not bounded");
});

test("rollups grow by identities, and hold each start of a pull", async () => {
  const starts = `SELECT MAX(ARRAY_LENGTH(starts)) AS n FROM daily_pulls WHERE day = DATE '2026-11-19'`;
  const bytes = async (eventsPerDay: number, identities: number) =>
    (await model.bytesOf({ sql: starts }, { eventsPerDay, identities })).each;
  // A day that was measured is the model's own point.
  expect(await bytes(200_000_000, 160_000)).toBeCloseTo(
    1_000 *
      ((readMeasured()[200_000]["daily_pulls"]?.["starts"] ?? 0) +
        (readMeasured()[200_000]["daily_pulls"]?.["day"] ?? 0)),
    -4,
  );
  expect(await bytes(100_000_000, 100_000)).toBeGreaterThan(await bytes(100_000_000, 10_000));
});

test("a report of whole days costs less than half of one until now", async () => {
  for (const one of Object.values(SIZES))
    expect(2 * (await costs.report("today", one))).toBeLessThan(await costs.report("now", one));
}, 120_000);

test("`pullhouse cost` takes what the counting of a day reads", async () => {
  const large = await costs.rollupBytes(SIZES.large);
  const all = [...large.values()].reduce((sum, { each }) => sum + each, 0);
  expect(ASSUMPTIONS.rollupBytes.value).toBe(Number((all / SIZES.large.eventsPerDay).toPrecision(3)));
  const nothing = await costs.rollupBytes({ eventsPerDay: 0, identities: 0 });
  // The table that is written is named, too.
  const tables = [...nothing.values()].reduce((sum, { each }) => sum + each / TABLE_MIN + 1, 0);
  expect(ASSUMPTIONS.rollupTables.value).toBe(tables);
}, 120_000);
