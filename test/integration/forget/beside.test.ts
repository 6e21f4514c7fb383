/** `pullhouse forget` beside a pipeline that is at work, and after it was killed. */
import { gunzipSync } from "node:zlib";
import { afterEach, beforeEach, expect, test } from "vitest";
import { load } from "#services/loader/load.ts";
import type { Warehouse } from "#services/shared/ports.ts";
import { type FaultyProxy, startFaultyProxy } from "#test/support/faulty-proxy.ts";
import { PULL_TYPE } from "#test/support/pull-message.ts";
import { loadLimits, type StandInCloud, startStandInCloud } from "#test/support/stand-in-cloud.ts";
import { pullhouseHere as pullhouse } from "../cli/run-command.ts";
import { drainAll, EMAIL, HERS, herPull, loadAll, PULLS } from "./person.ts";
import { placesOf } from "./stored.ts";

const never = new AbortController().signal;
const EVENTS_ONLY = ["cloudevents_pull_event_recorder"];

let cloud: StandInCloud;
beforeEach(async () => {
  cloud = await startStandInCloud();
});
afterEach(() => cloud.close());

const run = (...args: string[]) => pullhouse(args, cloud.env);
const rows = () => cloud.query<Record<string, unknown>>(`SELECT * FROM ${PULLS} ORDER BY ce_id`);

async function expectGone(ids: readonly string[]): Promise<void> {
  expect(await placesOf(cloud, HERS, EVENTS_ONLY)).toEqual([]);
  expect((await rows()).map((row) => row["ce_id"])).toEqual(ids);
  const proof = await run("prove", "--since", "2h");
  expect(proof.status, proof.out).toBe(0);
}

/** A loader that stops before a call of the warehouse until it is let go. */
function loaderHeldAt(call: "load" | "execute") {
  const gate = Promise.withResolvers<void>();
  const reached = Promise.withResolvers<void>();
  const { warehouse } = cloud.ports;
  const hold = async (at: typeof call) => {
    if (at !== call) return;
    reached.resolve();
    await gate.promise;
  };
  const held: Warehouse = {
    ...warehouse,
    load: async (...args) => {
      await hold("load");
      return warehouse.load(...args);
    },
    execute: async (...args) => {
      await hold("execute");
      return warehouse.execute(...args);
    },
  };
  const loading = load({ ...cloud.ports, warehouse: held }, loadLimits, never);
  return { reached: reached.promise, end: () => (gate.resolve(), loading) };
}

test.each([
  ["before it has staged an object", "load"],
  ["after it has staged it, before it is merged", "execute"],
] as const)("a load that is overtaken %s brings nothing back", async (_, call) => {
  await drainAll(cloud, [herPull("hers")]);
  const loader = loaderHeldAt(call);
  await loader.reached;
  expect(await run("forget", EMAIL, "--yes")).toMatchObject({ status: 0, error: "" });
  await expectGone(["hers"]);
  expect((await loader.end()).reasons).toEqual([]);
  await loadAll(cloud);
  await expectGone(["hers"]);
});

test("an open load of `replay --into` brings nothing back", async () => {
  await drainAll(cloud, [herPull("hers")]);
  await loadAll(cloud);
  const { store } = cloud.ports;
  const [object = ""] = await store.list(`events/${PULL_TYPE}/`, 1);
  const [metadata] = await cloud.bucket.file(object).getMetadata();
  const manifest = JSON.parse(String(metadata.metadata?.["pullhouse-manifest"])) as { object: string };
  const mark = `pending/${PULL_TYPE}/${object.split("/").at(-1)?.replace(".ndjson.gz", "")}`;
  const plan = { id: "01arz3ndektsv4rrffq69g5fav", type: PULL_TYPE, objects: [{ ...manifest, mark }] };
  const json = { contentType: "application/json" };
  await store.create(`replays/copy/${mark}`, Buffer.from(JSON.stringify(manifest)), json);
  await store.create(`replays/copy/plans/${PULL_TYPE}.json`, Buffer.from(JSON.stringify(plan)), json);
  expect((await run("forget", EMAIL, "--yes")).status).toBe(0);
  expect(await store.list("replays/", 10)).toEqual([]);
  expect(await cloud.query("SELECT ce_id FROM copy")).toHaveLength(1);
  await expectGone(["hers"]);
});

test("an object that a batcher writes meanwhile, of what it had read before, is found", async () => {
  await drainAll(cloud, [herPull("hers")]);
  await loadAll(cloud);
  const { store } = cloud.ports;
  const [name = ""] = await store.list(`events/${PULL_TYPE}/`, 1);
  const before = await store.read(name);
  expect(await run("forget", EMAIL, "--yes")).toMatchObject({ status: 0 });
  // As it would be written by whoever had read it before: under another name, and as the old one again.
  const late = name.replace(/\/[^/]+$/, "/01ARZ3NDEKTSV4RRFFQ69G5FAV.ndjson.gz");
  await store.create(late, before?.bytes ?? Buffer.alloc(0), { contentType: "application/gzip" });
  expect((await run("forget", EMAIL)).out).toContain("1 line in 1 object");
  expect((await run("forget", EMAIL, "--yes")).status).toBe(0);
  expect(gunzipSync((await store.read(late))?.bytes ?? "").toString()).toContain("asked by forgotten");
  expect(await placesOf(cloud, HERS, EVENTS_ONLY)).toEqual([]);
});

/** BigQuery behind a proxy that ends when the bucket is done. */
async function killedAtTables(proxy: FaultyProxy): Promise<void> {
  const { store } = cloud.ports;
  const env = { ...cloud.env, BIGQUERY_EMULATOR_HOST: `http://127.0.0.1:${proxy.port}` };
  const running = pullhouse(["forget", EMAIL, "--yes"], env);
  const [object = ""] = await store.list(`events/${PULL_TYPE}/`, 1);
  await expect
    .poll(async () => gunzipSync((await store.read(object))?.bytes ?? "").toString(), { interval: 5 })
    .toContain("asked by forgotten");
  await proxy.fail("refuse");
  expect((await running).status).toBe(1);
  expect(proxy.hits).toBeGreaterThan(0);
}

test("killed between bucket and tables, the next one goes on", async () => {
  await drainAll(cloud, [herPull("hers")]);
  await loadAll(cloud);
  const port = Number(new URL(cloud.env["BIGQUERY_EMULATOR_HOST"] ?? "").port);
  const proxy = await startFaultyProxy(port, "http");
  await killedAtTables(proxy);
  await proxy.close();
  expect(await placesOf(cloud, HERS, EVENTS_ONLY)).not.toEqual([]);
  expect(await run("forget", EMAIL, "--yes")).toMatchObject({ status: 0, error: "" });
  await expectGone(["hers"]);
  expect(await cloud.ports.store.list("forget/", 10)).toEqual([]);
});
