/**
 * Nothing reads more days than it is about: each table that a question, a rollup or the look for days names has constant bounds on
 * its partition column beside it, which is what BigQuery documents to skip partitions for.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { spanOf } from "#services/cli/ask/prepare.ts";
import { loadQuestions, type ReadyQuestion } from "#services/cli/ask/questions.ts";
import { parameterValues } from "#services/cli/ask/values.ts";
import { boundedStatement, dayOf, rollupStatement, type Span } from "#services/shared/rollup/bounded.ts";
import { daysStatement } from "#services/shared/rollup/days.ts";
import { loadRollups } from "#services/shared/rollup/rollups.ts";
import { loadRegistry } from "#services/shared/schema/registry.ts";
import { DATASET, openPlanner, type Planner, PROJECT, type Scan } from "#test/support/planner.ts";

const NOW = Date.parse("2026-11-21T12:00:00Z");
const TODAY = Date.parse("2026-11-21T00:00:00Z");
const DAY_MS = 86_400_000;
const WHERE = `${PROJECT}.${DATASET}`;
const registry = loadRegistry();
const rollups = loadRollups(registry);
const QUESTIONS = loadQuestions();

const before = (days: number) => dayOf(TODAY - days * DAY_MS);
const EVERY_DAY = Array.from({ length: 800 }, (_, index) => before(index + 1));
const STATES: readonly (readonly [string, ReadonlySet<string>])[] = [
  ["nothing", new Set()],
  ["everything", new Set(EVERY_DAY)],
  ["every second fortnight", new Set(EVERY_DAY.filter((_, index) => index % 28 >= 14))],
];

let planner: Planner;
beforeAll(async () => {
  planner = await openPlanner(registry, rollups);
}, 60_000);
afterAll(() => planner.close());

const scansOf = async (...asked: Parameters<Planner["plan"]>) => (await planner.plan(...asked)).scans;

function asked(question: ReadyQuestion, rolledUp: ReadonlySet<string>) {
  const given = question.parameters.some(({ fallback }) => fallback === undefined)
    ? { image: "acme/nginx" }
    : {};
  const parameters = parameterValues(question, given, NOW);
  const sql = boundedStatement(question.sql, rollups, WHERE, { ...spanOf(parameters), rolledUp });
  return { sql, parameters, span: spanOf(parameters) };
}

/** A condition on the time may begin ten minutes before its day and end ten minutes after it. */
const MARGIN_MS = 10 * 60_000;

function expectBounded(scans: readonly Scan[], { from, to }: Span): void {
  expect(scans.length).toBeGreaterThan(0);
  for (const { table, bounds } of scans) {
    expect(bounds, `${table} is read without bounds`).toBeDefined();
    for (const one of bounds === "untimed" ? [] : (bounds ?? [])) {
      expect(one.from, table).toBeGreaterThanOrEqual(Math.floor(from / DAY_MS) * DAY_MS - MARGIN_MS);
      expect(one.to, table).toBeLessThanOrEqual(Math.ceil(to / DAY_MS) * DAY_MS + MARGIN_MS);
    }
  }
}

describe.each(STATES)("when %s is rolled up, each table is bounded in", (_, rolledUp) => {
  test.each(QUESTIONS.map((question) => [question.name, question] as const))(
    "%s",
    async (_name, question) => {
      const { sql, parameters, span } = asked(question, rolledUp);
      const scans = await scansOf(sql, parameters);
      expectBounded(scans, { from: span.history ?? span.span.from, to: span.span.to });
    },
  );
});

test("with whole days that are rolled up, no event is read but for replays, who-pulls and changes, which ask for single events", async () => {
  const live: string[] = [];
  for (const question of QUESTIONS) {
    const given = question.parameters.some(({ fallback }) => fallback === undefined)
      ? { image: "acme/nginx" }
      : {};
    const parameters = parameterValues(question, { ...given, until: "today" }, NOW);
    const bounds = { ...spanOf(parameters), rolledUp: new Set(EVERY_DAY) };
    const scans = await scansOf(boundedStatement(question.sql, rollups, WHERE, bounds), parameters);
    if (scans.some(({ table }) => !table.startsWith("daily_"))) live.push(question.name);
  }
  expect(live).toEqual(["changes", "replays", "who-pulls"]);
});

describe("a day is counted from its events and ten minutes around it:", () => {
  const span = { from: TODAY - 3 * DAY_MS, to: TODAY - 2 * DAY_MS };
  test.each(rollups.all.map((rollup) => [rollup.table.name, rollup] as const))(
    "%s",
    async (_name, rollup) => {
      const statement = rollupStatement(rollup, rollups, WHERE, span);
      const [, merge, query, rest] = /^(MERGE \S+ T)\nUSING \(\n([^]*)\n\) S\n([^]*)$/.exec(statement) ?? [];
      expect(merge).toBe(`MERGE \`${WHERE}.${rollup.table.name}\` T`);
      // Of the table that is written, a MERGE on FALSE reads what the condition of its DELETE leaves
      // (https://cloud.google.com/bigquery/docs/using-dml-with-partitioned-tables#using_a_false_condition).
      expect(rest).toMatch(
        /^ON FALSE\nWHEN NOT MATCHED BY SOURCE AND T\.day BETWEEN DATE '2026-11-18' AND DATE '2026-11-18' THEN DELETE\nWHEN NOT MATCHED THEN INSERT /,
      );
      expectBounded(await scansOf(query ?? ""), span);
    },
  );
});

test("which days are rolled up is asked of bounded tables", async () => {
  const scans = await scansOf(daysStatement(rollups, WHERE, { from: TODAY - 30 * DAY_MS, to: TODAY }, NOW));
  expect(scans.map(({ table }) => table)).toEqual(expect.arrayContaining(["loads", "rolled_up"]));
  // A time before all times is in no partition.
  for (const { table, bounds } of scans.filter(({ table: name }) => name !== "loads" && name !== "rolled_up"))
    expect(bounds === "untimed" ? [] : bounds, table).toEqual([]);
});

describe("it is seen when", () => {
  const question = QUESTIONS.find(({ name }) => name === "top-images") as ReadyQuestion;
  const bounds = { span: { from: TODAY - DAY_MS, to: TODAY }, rolledUp: new Set<string>() };
  const unbounded = async (sql: string) =>
    [
      ...new Set(
        (await scansOf(sql)).filter(({ bounds: one }) => one === undefined).map(({ table }) => table),
      ),
    ].toSorted();
  const PULLS = rollups.views.get("pulls")?.reads.toSorted() ?? [];

  test.each(["logical_pulls", "pulls", "images"])(
    "a question reads the view %s of the dataset",
    async (view) => {
      expect(await unbounded(`SELECT COUNT(*) AS n FROM \`${WHERE}.${view}\``)).toEqual(PULLS);
    },
  );

  test("it has a condition above the view alone, which is not promised to skip anything", async () => {
    const after = `> TIMESTAMP '2026-11-20' AND time < TIMESTAMP '2026-11-21'`;
    expect(await unbounded(`SELECT COUNT(*) AS n FROM \`${WHERE}.pulls\` WHERE time ${after}`)).toEqual(
      PULLS,
    );
  });

  const whole = () => boundedStatement(question.sql.replaceAll("@limit", "20"), rollups, WHERE, bounds);

  test("nothing is missing", async () => {
    expect(await unbounded(whole())).toEqual([]);
  });

  test.each([
    ["the end of a time", / AND ce_time < TIMESTAMP '[^']+'/],
    ["the beginning of a time", / AND ce_time >= TIMESTAMP '[^']+'/],
    ["the time of rows without one", / AND COALESCE\([^\n]*/],
  ])("the text of a view lacks %s", async (_what, part) => {
    const sql = whole();
    expect(part.test(sql)).toBe(true);
    expect(await unbounded(sql.replace(part, ""))).toEqual(["dev_chainguard_registry_pull_v1"]);
  });

  test("one of several spans has no end", async () => {
    const rolledUp = new Set([before(2)]);
    const sql = boundedStatement(question.sql.replaceAll("@limit", "20"), rollups, WHERE, {
      span: { from: TODAY - 3 * DAY_MS, to: TODAY },
      rolledUp,
    });
    const end = / AND ce_time < TIMESTAMP '[^']+'/;
    expect(await unbounded(sql)).toEqual([]);
    expect(await unbounded(sql.replace(end, ""))).toEqual(["dev_chainguard_registry_pull_v1"]);
  });

  test("a rollup is read whole, or up to a time that is no constant", async () => {
    expect(await unbounded(`SELECT COUNT(*) AS n FROM \`${WHERE}.daily_pulls\``)).toEqual(["daily_pulls"]);
    expect(
      await unbounded(
        `SELECT COUNT(*) AS n FROM \`${WHERE}.daily_pulls\` WHERE day >= DATE '2026-11-01' AND day <= DATE(last_started)`,
      ),
    ).toEqual(["daily_pulls"]);
  });
});
