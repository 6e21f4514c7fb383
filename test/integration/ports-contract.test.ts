/**
 * What batcher and loader rely on, held by the adapters over Google's clients and by the memory that the crash
 * tests run on: the same cases for both.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { BigQuery } from "@google-cloud/bigquery";
import { PubSub } from "@google-cloud/pubsub";
import { Storage } from "@google-cloud/storage";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startBigQueryWith } from "#infra/local/bigquery/start.ts";
import { startPubSub } from "#infra/local/pubsub/start.ts";
import type { StandIn } from "#infra/local/stand-in.ts";
import { startStorage } from "#infra/local/storage/start.ts";
import { mergeStatement, NOT_WHOLE } from "#services/loader/merge.ts";
import { systemClock } from "#services/shared/clock.ts";
import { createWarehouse } from "#services/shared/gcp/bigquery.ts";
import { createPublisher, createQueue } from "#services/shared/gcp/pubsub.ts";
import { createStore } from "#services/shared/gcp/storage.ts";
import type { Message } from "#services/shared/message.ts";
import type { Queue, Store, Warehouse } from "#services/shared/ports.ts";
import { keyOf } from "#services/shared/schema/key.ts";
import { type EventTable, loadRegistry } from "#services/shared/schema/registry.ts";
import { MemoryCloud, startInstance } from "#test/support/memory-cloud.ts";
import { PULL_TYPE, pullMessage } from "#test/support/pull-message.ts";

interface Ports {
  readonly queue: Queue;
  readonly store: Store;
  readonly warehouse: Warehouse;
  publish(message: Message): Promise<string>;
  /** Ends all leases, as time would. */
  expireLeases(ackIds: readonly string[]): Promise<void>;
  /** How many rows a table has. */
  rows(dataset: "events" | "staging", table: string): Promise<number>;
  close(): Promise<void>;
}

async function memoryPorts(): Promise<Ports> {
  const cloud = new MemoryCloud();
  const { queue, store, warehouse } = startInstance(cloud);
  let messages = 0;
  return {
    queue,
    store,
    warehouse,
    async publish(message) {
      const id = `m${++messages}`;
      cloud.messages.set(id, message);
      return id;
    },
    expireLeases: async () => cloud.expireLeases(),
    rows: async (_dataset, table) => cloud.tables.get(table)?.length ?? 0,
    close: async () => {},
  };
}

/** The official clients find their servers through the emulators' variables, as in production code. */
async function googlePorts(): Promise<Ports> {
  const stateDir = mkdtempSync(join(tmpdir(), "pullhouse-ports-"));
  const standIns: StandIn[] = [];
  const started = async (standIn: Promise<StandIn>) => {
    const one = await standIn;
    standIns.push(one);
    return one.port;
  };
  const pubsubHost = `127.0.0.1:${await started(startPubSub({ port: 0, stateDir }))}`;
  const storageUrl = `http://127.0.0.1:${await started(startStorage({ port: 0, stateDir: join(stateDir, "storage") }))}`;
  const bigqueryUrl = `http://127.0.0.1:${await started(startBigQueryWith({ port: 0, stateDir, storageUrl }))}`;
  const before = { ...process.env };
  Object.assign(process.env, {
    PUBSUB_EMULATOR_HOST: pubsubHost,
    STORAGE_EMULATOR_HOST: storageUrl,
    BIGQUERY_EMULATOR_HOST: bigqueryUrl,
  });
  const project = "pullhouse-local";
  const pubsub = new PubSub({ projectId: project });
  await pubsub.createTopic("events");
  await pubsub.createTopic("dead-letters");
  await pubsub.createSubscription("events", "batcher", {
    ackDeadlineSeconds: 600,
    deadLetterPolicy: {
      deadLetterTopic: `projects/${project}/topics/dead-letters`,
      maxDeliveryAttempts: 100,
    },
  });
  await new Storage({ projectId: project }).createBucket("ports");
  const bigquery = new BigQuery({ projectId: project });
  await bigquery.createDataset("events");
  await bigquery.createDataset("staging");
  const place = { project, requestTimeoutMs: 20_000, emulatorHost: pubsubHost };
  const publisher = createPublisher({ ...place, topic: "events", timeoutMs: 2_000 });
  const queue = createQueue({ ...place, subscription: "batcher" });
  return {
    queue,
    store: createStore({ project, bucket: "ports", requestTimeoutMs: 20_000 }),
    warehouse: createWarehouse({
      requestTimeoutMs: 20_000,
      project,
      dataset: "events",
      stagingDataset: "staging",
      bucket: "ports",
      clock: systemClock,
      jobTimeoutMs: 20_000,
    }),
    publish: (message) => publisher.publish(message),
    expireLeases: (ackIds) => queue.extend(ackIds, 0),
    async rows(dataset, table) {
      const [[row]] = await bigquery.query(`SELECT COUNT(*) AS n FROM ${dataset}.${table}`);
      return (row as { n: number }).n;
    },
    async close() {
      await publisher.close();
      await queue.close();
      await pubsub.close();
      await Promise.all(standIns.map((one) => one.close()));
      for (const name of ["PUBSUB_EMULATOR_HOST", "STORAGE_EMULATOR_HOST", "BIGQUERY_EMULATOR_HOST"]) {
        if (before[name] === undefined) delete process.env[name];
        else process.env[name] = before[name];
      }
      rmSync(stateDir, { recursive: true });
    },
  };
}

const JSON_OBJECT = { contentType: "application/json" };
const table = loadRegistry().find(PULL_TYPE) as EventTable;
const [DAY, NEXT_DAY] = ["2026-01-01T00:00:00.000000Z", "2026-01-02T00:00:00.000000Z"];

function objectOf(...rows: readonly { id: string; time?: string; extra?: object }[]): Buffer {
  const lines = rows.map(({ id, time, extra }) =>
    JSON.stringify({ ce_id: id, ce_source: "s", ce_type: PULL_TYPE, ce_time: time, ...extra }),
  );
  return gzipSync(`${lines.join("\n")}\n`);
}

describe.each([
  ["in memory", memoryPorts],
  ["over Google's clients", googlePorts],
])("ports %s", (_name, open) => {
  let ports: Ports;
  beforeAll(async () => {
    ports = await open();
  });
  afterAll(() => ports.close());

  test("queue: a message is on loan until it is acknowledged, and comes again when the loan ends", async () => {
    const message = pullMessage("a");
    await ports.publish(message);
    const [first, ...others] = await ports.queue.pull(10, 5_000);
    expect(others).toEqual([]);
    expect(first?.message.attributes).toEqual(message.attributes);
    expect(Buffer.from(first?.message.data ?? "").equals(Buffer.from(message.data))).toBe(true);
    expect(await ports.queue.pull(10, 300)).toEqual([]);

    await ports.expireLeases([first?.ackId ?? ""]);
    const [again] = await ports.queue.pull(10, 5_000);
    expect(again?.message.attributes["ce-id"]).toBe("a");
    expect([first?.attempt, again?.attempt]).toEqual([1, 2]);
    expect(again?.id).toBe(first?.id);
    await ports.queue.acknowledge([again?.ackId ?? ""]);
    await ports.expireLeases([again?.ackId ?? ""]);
    expect(await ports.queue.pull(10, 300)).toEqual([]);
  });

  test("store: a name is created once, and the first content stays", async () => {
    expect(await ports.store.create("once", Buffer.from("1"), JSON_OBJECT)).toBe("created");
    expect(await ports.store.create("once", Buffer.from("2"), JSON_OBJECT)).toBe("exists");
    expect((await ports.store.read("once"))?.bytes.toString()).toBe("1");
    expect(await ports.store.read("never")).toBeUndefined();
  });

  test("store: lists in name order up to a limit, and the folders below a prefix", async () => {
    for (const name of ["p/b/2", "p/a/1", "p/a/3", "q/1"])
      await ports.store.create(name, Buffer.from(name.slice(0, 3)), JSON_OBJECT);
    expect(await ports.store.list("p/", 2)).toEqual(["p/a/1", "p/a/3"]);
    expect(await ports.store.listSized("p/", 2)).toEqual([
      { name: "p/a/1", bytes: 3 },
      { name: "p/a/3", bytes: 3 },
    ]);
    expect(await ports.store.list("none/", 2)).toEqual([]);
    expect(await ports.store.folders("p/")).toEqual(["p/a/", "p/b/"]);
    expect(await ports.store.folders("none/")).toEqual([]);
  });

  test("store: only the generation that is named is removed, and what is gone is no error", async () => {
    await ports.store.create("g", Buffer.from("1"), JSON_OBJECT);
    const old = (await ports.store.read("g"))?.generation ?? "";
    await ports.store.remove("g");
    await ports.store.create("g", Buffer.from("2"), JSON_OBJECT);
    await ports.store.remove("g", old);
    expect((await ports.store.read("g"))?.bytes.toString()).toBe("2");
    await ports.store.remove("g");
    await ports.store.remove("g");
    expect(await ports.store.read("g")).toBeUndefined();
  });

  test("store: a generation is replaced once; another or none is left as it is", async () => {
    await ports.store.create("r", Buffer.from("1"), JSON_OBJECT);
    const generation = (await ports.store.read("r"))?.generation ?? "";
    expect(await ports.store.replace("r", Buffer.from("2"), generation, JSON_OBJECT)).toBe("replaced");
    expect(await ports.store.replace("r", Buffer.from("3"), generation, JSON_OBJECT)).toBe("changed");
    expect((await ports.store.read("r"))?.bytes.toString()).toBe("2");
    expect(await ports.store.replace("never", Buffer.from("1"), generation, JSON_OBJECT)).toBe("changed");
    expect(await ports.store.read("never")).toBeUndefined();
  });

  test("store: a copy is the same bytes, a copy of nothing says so", async () => {
    const bytes = gzipSync("x".repeat(1000));
    await ports.store.create("from", bytes, { contentType: "application/gzip" });
    expect(await ports.store.copy("from", "to")).toBe("copied");
    expect((await ports.store.read("to"))?.bytes.equals(bytes)).toBe(true);
    expect(await ports.store.copy("nothing", "to")).toBe("missing");
  });

  test("warehouse: a job's id runs once, a load is all or nothing, a merge adds each event once", async () => {
    const { store, warehouse } = ports;
    const put = (name: string, bytes: Buffer) =>
      store.create(name, bytes, { contentType: "application/gzip" });
    await put("one", objectOf({ id: "a", time: DAY }, { id: "b", time: NEXT_DAY }, { id: "c" }));
    await put("two", objectOf({ id: "a", time: DAY }, { id: "a", time: DAY }, { id: "c" }));
    await warehouse.ensureTable({ name: "target", columns: table.columns, partitionColumn: "ce_time" });
    await warehouse.ensureTable({ name: "target", columns: table.columns, partitionColumn: "ce_time" });

    const loadOne = () => warehouse.load("load-1", "staging_1", ["one"], table.columns);
    expect(await loadOne()).toEqual({ outcome: "done", rows: 3 });
    expect(await loadOne()).toEqual({ outcome: "done", rows: 3 });
    expect(await warehouse.load("load-2", "staging_1", ["two", "missing"], table.columns)).toMatchObject({
      outcome: "refused",
    });
    expect(await ports.rows("staging", "staging_1")).toBe(3);

    const times = { ranges: [[DAY, NEXT_DAY] as const], untimed: true };
    const merging = (staging: string, stagedRows: number) =>
      mergeStatement({
        target: warehouse.quoted("target"),
        source: { staging: warehouse.quotedStaging(staging), stagedRows },
        columns: table.columns,
        key: keyOf(PULL_TYPE),
        times,
      });
    const sql = merging("staging_1", 3);
    expect(await warehouse.check(sql)).toBeUndefined();
    expect(await warehouse.execute("merge-1", sql)).toEqual({ outcome: "done", rows: 3 });
    expect(await warehouse.execute("merge-1", sql)).toEqual({ outcome: "done", rows: 3 });
    expect(await warehouse.load("load-3", "staging_1", ["two"], table.columns)).toEqual({
      outcome: "done",
      rows: 3,
    });
    expect(await warehouse.execute("merge-2", merging("staging_1", 6))).toEqual({ outcome: "done", rows: 0 });
    expect(await ports.rows("events", "target")).toBe(3);

    const notWhole = await warehouse.execute("merge-3", merging("staging_1", 7));
    expect(notWhole).toMatchObject({ outcome: "refused", reason: expect.stringContaining(NOT_WHOLE) });
    await warehouse.dropStaging("staging_1");
    await warehouse.dropStaging("staging_1");
    expect(await warehouse.execute("merge-4", sql)).toMatchObject({ outcome: "failed" });
  });

  test("warehouse: an id that was retired runs nothing any more; one that did its work says so", async () => {
    const { store, warehouse } = ports;
    await store.create("three", objectOf({ id: "d", time: DAY }), { contentType: "application/gzip" });
    const load = (jobId: string) => warehouse.load(jobId, "staging_2", ["three"], table.columns);
    expect(await warehouse.retire("early")).toMatchObject({ outcome: "failed" });
    expect(await warehouse.retire("early")).toMatchObject({ outcome: "failed" });
    expect(await load("early")).toMatchObject({ outcome: "failed" });
    expect(await load("in-time")).toEqual({ outcome: "done", rows: 1 });
    expect(await warehouse.retire("in-time")).toMatchObject({ outcome: "done" });
    expect(await ports.rows("staging", "staging_2")).toBe(1);
  });
});
