/** The order of what batcher and loader do to the cloud, from the pulled message to the forgotten mark. */
import { expect, test } from "vitest";
import { drain } from "#services/batcher/drain.ts";
import { load } from "#services/loader/load.ts";
import { MemoryCloud, startInstance } from "#test/support/memory-cloud.ts";
import { PULL_TYPE, pullMessage } from "#test/support/pull-message.ts";
import { drainLimits, loadLimits } from "#test/support/round-limits.ts";

const never = new AbortController().signal;

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
    "arm drain in 45000 ms",
    "create plans/",
    "load",
    "merge",
    "book",
    `remove pending/${PULL_TYPE}/`,
    "remove plans/",
    "drop staging",
    "arm load in 60000 ms",
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

  expect((await drain(startInstance(cloud), drainLimits, never, "recheck")).outcome).toBe("empty");
  expect((await load(startInstance(cloud), loadLimits, never)).outcome).toBe("empty");
  expect(cloud.actions).toEqual([]);
});

test("a message that a killed batcher had on loan is drained by the recheck", async () => {
  const cloud = new MemoryCloud();
  cloud.messages.set("a", pullMessage("a"));
  await startInstance(cloud).queue.pull(1, 1);
  expect((await drain(startInstance(cloud), drainLimits, never)).outcome).toBe("empty");

  cloud.expireLeases();
  expect(await drain(startInstance(cloud), drainLimits, never, "recheck")).toMatchObject({
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
