/** Rollups as the pipeline makes them: counted when their alarm comes, never behind what is loaded, and counted once. */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LivePipeline, startLivePipeline } from "#test/support/live-pipeline.ts";
import { pullhouseHere as pullhouse } from "../cli/run-command.ts";
import { pull, push } from "../questions/case.ts";

const DAY_MS = 86_400_000;
const PATIENCE = { timeout: 60_000, interval: 200 };
/** Questions are asked of whole days and of today, whose midnight must not come in between. */
const TODAY = Math.floor(Date.now() / DAY_MS) * DAY_MS;
const dayOf = (ago: number) => new Date(TODAY - ago * DAY_MS).toISOString().slice(0, 10);

let pipeline: LivePipeline;
let sent = 0;

beforeAll(async () => {
  pipeline = await startLivePipeline();
}, 120_000);
afterAll(() => pipeline?.stop());

async function send(events: readonly ReturnType<typeof pull>[]): Promise<void> {
  for (const { type, time = "", data } of events) {
    const headers = {
      "content-type": "application/json",
      "ce-id": randomUUID(),
      "ce-type": type,
      "ce-source": "cgr.dev",
      "ce-specversion": "1.0",
      "ce-time": time,
    };
    expect(await pipeline.post(Buffer.from(JSON.stringify(data)), headers)).toBe(202);
  }
  sent += events.length;
  const loaded = async () => {
    const [row] = await pipeline.query<{ n: number }>("SELECT SUM(rows_inserted) AS n FROM loads");
    return row?.n ?? 0;
  };
  await expect.poll(loaded, PATIENCE).toBe(sent);
}

const onDay = (ago: number, who: string) => [
  pull({ time: `${dayOf(ago)}T10:00:00Z`, tag: "1", digest: `sha256:${ago}`, method: "HEAD", who }),
  pull({ time: `${dayOf(ago)}T10:00:01Z`, digest: `sha256:${ago}`, who, location: `L${ago}` }),
  pull({
    time: `${dayOf(ago)}T11:00:00Z`,
    digest: "sha256:old",
    who,
    ...(ago === 3 ? { error: "DENIED" } : {}),
  }),
];

async function rollUp(): Promise<{ outcome: string; days: readonly string[]; reasons: readonly string[] }> {
  const response = await fetch(`${pipeline.env["LOADER_URL"]}/load?rollup=1`, { method: "POST" });
  const { rollup } = (await response.json()) as { rollup: Awaited<ReturnType<typeof rollUp>> };
  return rollup;
}

async function ask(...args: readonly string[]): Promise<string> {
  const { out, error, status } = await pullhouse(["ask", ...args], pipeline.env);
  expect(error).toBe("");
  expect(status).toBe(0);
  return out;
}

const QUESTIONS: Readonly<Record<string, readonly string[]>> = {
  "top-images": [],
  polling: [],
  "tag-history": ["--image", "acme/nginx", "--tag", "1"],
  errors: [],
  denials: [],
};

/** The answers to a question about each rollup; all questions are compared in questions.test.ts. */
async function answers(): Promise<Record<string, string>> {
  const all: Record<string, string> = {};
  for (const [name, options] of Object.entries(QUESTIONS))
    all[name] = await ask(name, ...options, "--format", "json");
  return all;
}

const counted = async (ago: number) => {
  const sql = await ask("daily", "--show-sql");
  const days = [
    ...sql.matchAll(
      /\(day BETWEEN DATE '(\S+)' AND DATE '(\S+)'\)|day BETWEEN DATE '(\S+)' AND DATE '(\S+)'/g,
    ),
  ];
  return days.some(([, first, last, only, end]) => {
    const from = first ?? only ?? "";
    const to = last ?? end ?? "";
    return from <= dayOf(ago) && dayOf(ago) <= to;
  });
};

test("loads set the alarms: soon for days that are over, after midnight for today", {
  timeout: 120_000,
}, async () => {
  await send([
    ...onDay(3, "ada"),
    ...onDay(1, "bob"),
    push({ time: `${dayOf(3)}T09:00:00Z`, tag: "1", digest: "sha256:3" }),
  ]);
  // The load is noted before it sets its alarms.
  const due = async () => (await pipeline.rollUps()).map((at) => at.getTime());
  await expect.poll(due, PATIENCE).toHaveLength(1);
  expect((await due())[0]).toBeLessThan(Date.now() + 2 * 3_600_000);
  await send(onDay(0, "ada"));
  await expect.poll(due, PATIENCE).toContain(TODAY + DAY_MS + 20 * 60_000);
  await pipeline.dropRollUps();
});

test("what is counted answers every question as the events do", { timeout: 300_000 }, async () => {
  const before = await answers();
  expect(await counted(3)).toBe(false);
  expect(await rollUp()).toMatchObject({ outcome: "counted", reasons: [] });
  expect(await counted(3)).toBe(true);
  expect(await counted(0)).toBe(false);
  expect(await answers()).toEqual(before);
  expect(await rollUp()).toMatchObject({ outcome: "nothing", days: [] });
});

test("an event that comes late is in every answer at once, and its day is counted again", {
  timeout: 300_000,
}, async () => {
  await send(onDay(3, "eve"));
  await pipeline.dropRollUps();
  expect(await counted(3)).toBe(false);
  expect(await counted(1)).toBe(true);
  const before = await answers();
  expect(before["top-images"]).toContain('"identities":3');
  const { days } = await rollUp();
  expect(days).toEqual([dayOf(3)]);
  expect(await counted(3)).toBe(true);
  expect(await answers()).toEqual(before);
});

test("counted twice at once, a day is there once", { timeout: 120_000 }, async () => {
  const before = await answers();
  await pipeline.query("DELETE FROM rolled_up WHERE TRUE");
  await Promise.all([rollUp(), rollUp()]);
  expect(await counted(3)).toBe(true);
  expect(await answers()).toEqual(before);
});

describe("pullhouse rollup", { timeout: 120_000 }, () => {
  const rollup = (...args: string[]) => pullhouse(["rollup", ...args], pipeline.env);
  const FEW = ["--again", "--from", dayOf(3), "--to", dayOf(2)];

  test("says that every day is counted", async () => {
    expect(await rollup()).toMatchObject({ status: 0, out: "every day is counted\n", error: "" });
  });

  test("tells days and price before, and changes nothing", async () => {
    await pipeline.query(`DELETE FROM rolled_up WHERE day >= '${dayOf(2)}'`);
    const { out, status } = await rollup("--dry-run");
    expect(out).toMatch(new RegExp(`^1 day, ${dayOf(1)}: [\\d.]+ \\w+, \\$`));
    expect(status).toBe(0);
    expect(await counted(1)).toBe(false);
  });

  test("counts what is not counted", async () => {
    expect(await rollup()).toMatchObject({ status: 0, out: `counted 1 day, ${dayOf(1)}\n` });
    expect(await counted(1)).toBe(true);
  });

  test("mends what somebody changed, when it is asked to count again", async () => {
    const before = await answers();
    await pipeline.query(`DELETE FROM daily_pulls WHERE day = '${dayOf(3)}'`);
    expect(await answers()).not.toEqual(before);
    expect((await rollup(...FEW)).out).toBe(`counted 1 day, ${dayOf(3)}\n`);
    expect(await answers()).toEqual(before);
  });

  test("a day that is none is a wrong use", async () => {
    const { status, error } = await rollup("--from", "november");
    expect(error).toMatch(/--from: it takes a day/);
    expect(status).toBe(2);
  });
});

test("a table that was lost is not taken for one without pulls", { timeout: 120_000 }, async () => {
  const before = await answers();
  expect(await counted(3)).toBe(true);
  await pipeline.query("DROP TABLE daily_pulls");
  const dry = await pullhouse(["rollup", "--dry-run", "--again"], pipeline.env);
  expect(dry.error).toMatch(/the tables of the rollups are missing: pullhouse rollup makes them/);
  expect(dry.status).not.toBe(0);
  expect(await rollUp()).toMatchObject({ outcome: "counted", reasons: [] });
  expect(await counted(3)).toBe(true);
  expect(await answers()).toEqual(before);
});

test("who is forgotten is in no rollup, and every count is as it was", { timeout: 180_000 }, async () => {
  const HERS = "eve@acme.example";
  const before = await answers();
  expect(await ask("errors", "--format", "json")).toContain(HERS);
  const { out, error } = await pullhouse(["forget", HERS, "--yes"], pipeline.env);
  expect(error).toBe("");
  expect(out).toContain("it is nowhere in bucket and tables any more");
  const named = (answer = "") => answer.replaceAll(HERS, "forgotten");
  const after = await answers();
  for (const [name, answer] of Object.entries(before)) expect(after[name], name).toBe(named(answer));
  expect(await counted(3)).toBe(false);
  expect(await rollUp()).toMatchObject({ outcome: "counted", reasons: [] });
  expect(await answers()).toEqual(after);
});

test("days of before an upgrade are left to the command, since they may cost much", {
  timeout: 120_000,
}, async () => {
  // The first load had events of two days, which a load of the version before tells by the first and the last time.
  await pipeline.query(`UPDATE loads SET days = [] WHERE DATE '${dayOf(1)}' IN UNNEST(days)`);
  await pipeline.query("DELETE FROM rolled_up WHERE TRUE");
  expect(await rollUp()).toMatchObject({ outcome: "counted", left: 0 });
  expect(await counted(3)).toBe(true);
  expect(await counted(1)).toBe(false);
  expect((await pullhouse(["rollup"], pipeline.env)).out).toBe(
    `counted 2 days, ${dayOf(2)} to ${dayOf(1)}\n`,
  );
  expect(await counted(1)).toBe(true);
});
