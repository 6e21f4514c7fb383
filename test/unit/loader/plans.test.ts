/** What becomes of a plan whose jobs fail, are refused, or say what is not so; on ports in memory. */
import { expect, test } from "vitest";
import { drain } from "#services/batcher/drain.ts";
import { load } from "#services/loader/load.ts";
import type { Warehouse } from "#services/shared/ports.ts";
import { MemoryCloud, startInstance } from "#test/support/memory-cloud.ts";
import { pullMessage } from "#test/support/pull-message.ts";
import { drainLimits, loadLimits } from "#test/support/round-limits.ts";

const never = new AbortController().signal;

/** Drains each into an object of its own. */
async function drainOneByOne(cloud: MemoryCloud, ids: readonly string[]): Promise<void> {
  for (const id of ids) {
    cloud.messages.set(id, pullMessage(id));
    await drain(startInstance(cloud), drainLimits, never);
  }
}

type Execute = Warehouse["execute"];

/** A loader whose MERGE is answered otherwise. */
function mergingWith(cloud: MemoryCloud, answer: (...asked: Parameters<Execute>) => ReturnType<Execute>) {
  const ports = startInstance(cloud);
  const execute: Execute = (jobId, ...rest) =>
    jobId.startsWith("pullhouse-merge-") ? answer(jobId, ...rest) : ports.warehouse.execute(jobId, ...rest);
  return { ...ports, warehouse: { ...ports.warehouse, execute } };
}

const idsOf = (cloud: MemoryCloud) =>
  (cloud.tables.get("dev_chainguard_registry_pull_v1") ?? []).map(({ ce_id: id }) => id).toSorted();

test("a MERGE that fails keeps the marks, and its plan gets other ids; tries come at growing distances", async () => {
  const cloud = new MemoryCloud();
  await drainOneByOne(cloud, ["a"]);
  const jobs: string[] = [];
  const failing = () =>
    mergingWith(cloud, async (jobId) => {
      jobs.push(jobId);
      return { outcome: "failed", reason: "quotaExceeded: too much of it" };
    });
  cloud.actions.length = 0;
  // Every ten seconds for an hour, as other types' alarms would have it.
  for (let seconds = 0; seconds < 3_600; seconds += 10) {
    const report = await load(failing(), loadLimits, never);
    expect(report).toMatchObject({ outcome: "partial", retry: false, inserted: 0 });
    cloud.now += 10_000;
  }
  expect(jobs.length).toBeGreaterThan(6);
  expect(jobs.length).toBeLessThan(25);
  expect(new Set(jobs).size).toBe(jobs.length);
  expect([...cloud.tables.keys()].toSorted()).toEqual(["dev_chainguard_registry_pull_v1", "loads"]);
  expect(cloud.names("pending/")).toHaveLength(1);
  expect(cloud.names("quarantine/")).toEqual([]);
  const [plan] = cloud.names("plans/").map((name) => JSON.parse(String(cloud.objects.get(name)?.bytes)));
  expect(plan).toMatchObject({ attempt: jobs.length, reason: "MERGE: quotaExceeded: too much of it" });

  cloud.now += 600_000;
  expect(await load(startInstance(cloud), loadLimits, never)).toMatchObject({
    outcome: "loaded",
    inserted: 1,
  });
  expect(cloud.loads).toHaveLength(1);
});

test("a MERGE that is refused for one object's rows is halved until that one is alone, and only it is set aside", async () => {
  const cloud = new MemoryCloud();
  await drainOneByOne(cloud, ["a", "b", "c", "bad", "e", "f", "g"]);
  const ports = startInstance(cloud);
  let merges = 0;
  const refusing = mergingWith(cloud, async (jobId, sql, ...rest) => {
    merges += 1;
    const [, staging = ""] = /FROM `(staging_\w+)`/.exec(sql) ?? [];
    const isBad = cloud.tables.get(staging)?.some(({ ce_id: id }) => id === "bad");
    if (isBad) return { outcome: "refused", reason: "invalidQuery: too many of something" };
    return ports.warehouse.execute(jobId, sql, ...rest);
  });

  expect(await load(refusing, loadLimits, never)).toMatchObject({ outcome: "loaded", inserted: 6 });
  expect(idsOf(cloud)).toEqual(["a", "b", "c", "e", "f", "g"]);
  expect(merges).toBeLessThan(16);
  expect(cloud.names("quarantine/")).toHaveLength(2);
  expect(cloud.names("pending/")).toEqual([]);
  expect(cloud.names("plans/")).toEqual([]);
});

test("a statement that is wrong whatever the rows sets nothing aside", async () => {
  const cloud = new MemoryCloud();
  await drainOneByOne(cloud, ["a", "b"]);
  const wrong = mergingWith(cloud, async () => ({
    outcome: "refused",
    reason: "invalidQuery: no such column",
  }));
  const check = async () => "no such column";
  const report = await load({ ...wrong, warehouse: { ...wrong.warehouse, check } }, loadLimits, never);
  expect(report).toMatchObject({
    outcome: "partial",
    reasons: [expect.stringContaining("MERGE: no such column")],
  });
  expect(cloud.names("quarantine/")).toEqual([]);
  expect(cloud.names("pending/")).toHaveLength(2);
});

test.each([
  ["removed", (cloud: MemoryCloud, name: string) => void cloud.tables.delete(name)],
  ["emptied", (cloud: MemoryCloud, name: string) => void cloud.tables.set(name, [])],
  ["missing a row", (cloud: MemoryCloud, name: string) => void cloud.tables.get(name)?.pop()],
])("a staging table that was %s by somebody else is not merged, and no row is lost", async (_what, spoil) => {
  const cloud = new MemoryCloud();
  await drainOneByOne(cloud, ["a", "b", "c"]);
  const ports = startInstance(cloud);
  let spoilt = 0;
  const spoiling = mergingWith(cloud, async (jobId, sql, ...rest) => {
    const name = [...cloud.tables.keys()].find((table) => table.startsWith("staging_"));
    if (spoilt++ === 0 && name !== undefined) spoil(cloud, name);
    return ports.warehouse.execute(jobId, sql, ...rest);
  });
  expect(await load(spoiling, loadLimits, never)).toMatchObject({ outcome: "partial", inserted: 0 });
  expect(cloud.names("pending/")).toHaveLength(3);
  cloud.now += 60_000;
  expect(await load(spoiling, loadLimits, never)).toMatchObject({
    outcome: "loaded",
    inserted: 3,
    duplicates: 0,
  });
  expect(idsOf(cloud)).toEqual(["a", "b", "c"]);
});

test("a load job that reports other rows than the marks is not merged; a mark that is wrong is set aside alone", async () => {
  const cloud = new MemoryCloud();
  await drainOneByOne(cloud, ["a", "b", "c"]);
  const ports = startInstance(cloud);
  const blind = { ...ports.warehouse, load: async () => ({ outcome: "done", rows: 0 }) as const };
  const report = await load({ ...ports, warehouse: blind }, loadLimits, never);
  expect(report.reasons).toEqual([
    expect.stringContaining("the marks stand for 1 rows, and the load jobs report 0"),
  ]);
  expect(cloud.names("pending/")).toHaveLength(3);
  expect(cloud.loads).toEqual([]);

  const [wrong = ""] = cloud.names("pending/").slice(1, 2);
  const mark = JSON.parse(String(cloud.objects.get(wrong)?.bytes)) as object;
  const generation = cloud.nextGeneration();
  cloud.objects.set(wrong, { bytes: Buffer.from(JSON.stringify({ ...mark, rows: 5 })), generation });
  cloud.now += 600_000;
  expect(await load(startInstance(cloud), loadLimits, never)).toMatchObject({ outcome: "loaded" });
  expect(idsOf(cloud)).toEqual(["a", "c"]);
  expect(cloud.names("quarantine/")).toHaveLength(2);
});

test("a loader that goes on long after its plan was given up merges nothing", async () => {
  const cloud = new MemoryCloud();
  await drainOneByOne(cloud, ["a"]);
  let resume = () => {};
  const frozen = new Promise<void>((resolve) => {
    resume = resolve;
  });
  const ports = startInstance(cloud);
  const late = load(
    mergingWith(cloud, async (...asked) => {
      await frozen;
      return ports.warehouse.execute(...asked);
    }),
    loadLimits,
    never,
  );
  while (!cloud.actions.includes("load")) await new Promise(setImmediate);
  const failing = startInstance(cloud);
  const load400 = async () => ({ outcome: "failed", reason: "400 Bad Request" }) as const;
  await load({ ...failing, warehouse: { ...failing.warehouse, load: load400 } }, loadLimits, never);
  cloud.now += 60_000;
  expect(await load(startInstance(cloud), loadLimits, never)).toMatchObject({
    outcome: "loaded",
    inserted: 1,
  });

  resume();
  expect(await late).toMatchObject({ inserted: 0 });
  expect(idsOf(cloud)).toEqual(["a"]);
});

test("a mark that was written again under the name of a loaded one stays", async () => {
  const cloud = new MemoryCloud();
  await drainOneByOne(cloud, ["a"]);
  const [name = ""] = cloud.names("pending/");
  const ports = startInstance(cloud);
  let replays = 0;
  const replaying = mergingWith(cloud, async (...asked) => {
    const mark = cloud.objects.get(name);
    if (replays++ === 0 && mark !== undefined)
      cloud.objects.set(name, { ...mark, generation: cloud.nextGeneration() });
    return ports.warehouse.execute(...asked);
  });
  const plansOf = async () => {
    const { plans } = await load(replaying, loadLimits, never);
    return plans.map(({ inserted, duplicates }) => [inserted, duplicates]);
  };
  expect(await plansOf()).toEqual([[1, 0]]);
  expect(await plansOf()).toEqual([[0, 1]]);
});
