/** The order of what batcher and loader do to the cloud, from the pulled message to the forgotten mark. */
import { expect, test } from "vitest";
import { type DrainLimits, drain } from "#services/batcher/drain.ts";
import { type LoadLimits, load } from "#services/loader/load.ts";
import type { Warehouse } from "#services/shared/ports.ts";
import { MemoryCloud, startInstance } from "#test/support/memory-cloud.ts";
import { PULL_TYPE, pullMessage } from "#test/support/pull-message.ts";

const never = new AbortController().signal;
const drainLimits: DrainLimits = {
  workers: 1,
  batchMaxMessages: 100,
  batchMaxSize: 1e6,
  batchMaxAgeMs: 1e6,
  pullWaitMs: 1,
  pullAgainMs: 1,
  pullPatienceMs: 1,
  leaseSeconds: 10,
  suspectAttempts: 5,
  roundMaxMs: 1e6,
};
const loadLimits: LoadLimits = {
  workers: 1,
  objectsMax: 100,
  bytesMax: 1e9,
  roundMaxMs: 1e6,
  nextLoadMs: 30_000,
};

test("write before mark before alarm before acknowledge; stage, merge and book before the mark goes", async () => {
  const cloud = new MemoryCloud();
  for (const id of ["a", "b", "b-again"]) cloud.messages.set(id, pullMessage(id.slice(0, 1)));

  const drained = await drain(startInstance(cloud), drainLimits, never);
  const loaded = await load(startInstance(cloud), loadLimits, never);

  expect(cloud.actions).toEqual([
    `create events/${PULL_TYPE}/dt=2026-11-20/`,
    `create pending/${PULL_TYPE}/`,
    "arm load",
    "acknowledge 3",
    "arm drain",
    "create plans/",
    "load",
    "merge",
    "book",
    `remove pending/${PULL_TYPE}/`,
    "remove plans/",
    "drop staging",
    "arm load in 30000 ms",
  ]);
  expect(drained).toMatchObject({
    outcome: "drained",
    messages: 3,
    rows: { dev_chainguard_registry_pull_v1: 3 },
  });
  expect(loaded).toMatchObject({ outcome: "loaded", rows: 3, inserted: 2, duplicates: 1 });
});

test("an empty drain looks once more when every loan has ended; empty again, it ends the chain of alarms", async () => {
  const cloud = new MemoryCloud();
  expect((await drain(startInstance(cloud), drainLimits, never)).outcome).toBe("empty");
  expect(cloud.actions.splice(0)).toEqual(["arm recheck in 10000 ms"]);

  expect((await drain(startInstance(cloud), drainLimits, never, true)).outcome).toBe("empty");
  expect((await load(startInstance(cloud), loadLimits, never)).outcome).toBe("empty");
  expect(cloud.actions).toEqual([]);
});

test("a message that a killed batcher had on loan is drained by the recheck", async () => {
  const cloud = new MemoryCloud();
  cloud.messages.set("a", pullMessage("a"));
  await startInstance(cloud).queue.pull(1, 1);
  expect((await drain(startInstance(cloud), drainLimits, never)).outcome).toBe("empty");

  cloud.expireLeases();
  expect(await drain(startInstance(cloud), drainLimits, never, true)).toMatchObject({
    outcome: "drained",
    messages: 1,
  });
});

test("a spilled event becomes a row while the queue cannot be reached, and goes only then", async () => {
  const cloud = new MemoryCloud();
  const { data, attributes } = pullMessage("spilled");
  const spilled = JSON.stringify({ attributes, data_base64: Buffer.from(data).toString("base64") });
  cloud.objects.set("spill/01.json", { bytes: Buffer.from(spilled), generation: "1" });
  cloud.objects.set("spill/02.json", { bytes: Buffer.from("{"), generation: "2" });
  const ports = startInstance(cloud);
  const down = { ...ports.queue, pull: () => Promise.reject(new Error("queue is down")) };

  const report = await drain({ ...ports, queue: down }, drainLimits, never);
  await load(startInstance(cloud), loadLimits, never);

  expect(report).toMatchObject({ outcome: "partial", spilled: 1, reasons: ["queue is down"] });
  expect(cloud.names("spill/")).toEqual([]);
  expect(cloud.names("quarantine/")).toEqual(["quarantine/spill/02.json"]);
  expect(cloud.tables.get("dev_chainguard_registry_pull_v1")?.map(({ ce_id: id }) => id)).toEqual([
    "spilled",
  ]);
});

test("an object that BigQuery refuses is set aside with its reason and the others are loaded", async () => {
  const cloud = new MemoryCloud();
  for (let number = 0; number < 7; number++) {
    cloud.messages.set(String(number), pullMessage(String(number)));
    await drain(startInstance(cloud), drainLimits, never);
  }
  const bad = cloud.names("events/")[3] as string;
  cloud.refused.add(bad);

  const report = await load(startInstance(cloud), loadLimits, never);

  expect(report).toMatchObject({ outcome: "loaded", rows: 6, inserted: 6 });
  expect(report.plans[0]?.quarantined).toEqual([bad]);
  expect(cloud.tables.get("dev_chainguard_registry_pull_v1")).toHaveLength(6);
  expect(cloud.names("pending/")).toEqual([]);
  const id = bad.slice(bad.lastIndexOf("/") + 1).replace(".ndjson.gz", "");
  expect(cloud.names("quarantine/")).toEqual([
    `quarantine/${PULL_TYPE}/${id}.ndjson.gz`,
    `quarantine/${PULL_TYPE}/${id}.reason.json`,
  ]);
  const [booked] = cloud.loads;
  expect(booked).toMatchObject({ rows_staged: 6, rows_inserted: 6, duplicates: 0, rows_set_aside: 1 });
  expect(booked?.objects.filter((one) => one.set_aside)).toMatchObject([
    { object: bad, rows: 1, reason: `invalid: ${bad}` },
  ]);
});

test("while the books take no row the marks stay; once they do, the load is booked once and as it was", async () => {
  const cloud = new MemoryCloud();
  for (const id of ["a", "a-again"]) cloud.messages.set(id, pullMessage(id.slice(0, 1)));
  await drain(startInstance(cloud), drainLimits, never);
  const broken = startInstance(cloud);
  const ensureTable: typeof broken.warehouse.ensureTable = async (spec) =>
    spec.name === "loads" ? spec.columns : broken.warehouse.ensureTable(spec);

  const refused = await load(
    { ...broken, warehouse: { ...broken.warehouse, ensureTable } },
    loadLimits,
    never,
  );

  expect(refused).toMatchObject({ outcome: "partial" });
  expect(refused.reasons[0]).toContain("the table loads takes no row: notFound");
  expect(cloud.names("pending/")).toHaveLength(1);
  cloud.now += 60_000;
  expect(await load(startInstance(cloud), loadLimits, never)).toMatchObject({
    outcome: "loaded",
    inserted: 1,
  });
  expect(cloud.names("pending/")).toEqual([]);
  expect(cloud.loads).toMatchObject([{ rows_staged: 2, rows_inserted: 1, duplicates: 1 }]);
});

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
  const { plans } = await load(replaying, loadLimits, never);
  expect(plans.map(({ inserted, duplicates }) => [inserted, duplicates])).toEqual([
    [1, 0],
    [0, 1],
  ]);
});

test("a type whose objects cannot be written holds up no other", async () => {
  const cloud = new MemoryCloud();
  cloud.messages.set("good", pullMessage("good"));
  cloud.messages.set("odd", pullMessage("odd", { type: "com.example.odd" }));
  const ports = startInstance(cloud);
  const store = {
    ...ports.store,
    create: (name: string, ...rest: [Uint8Array, { contentType: string }]) =>
      name.includes("unregistered") ? Promise.reject(new Error("no")) : ports.store.create(name, ...rest),
  };

  const report = await drain({ ...ports, store }, drainLimits, never);

  expect(report).toMatchObject({ outcome: "partial", messages: 1 });
  expect([...cloud.messages.keys()]).toEqual(["odd"]);
});

test("an event without a time is one row, however often and late it comes again", async () => {
  const cloud = new MemoryCloud();
  for (let round = 0; round < 3; round++) {
    cloud.messages.set(`m${round}`, pullMessage("timeless", { time: null }));
    cloud.messages.set(`n${round}`, pullMessage("timed"));
    await drain(startInstance(cloud), drainLimits, never);
    await load(startInstance(cloud), loadLimits, never);
  }
  expect(cloud.tables.get("dev_chainguard_registry_pull_v1")).toHaveLength(2);
});
