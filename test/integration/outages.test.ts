/** Each part of the cloud fails in each way while events arrive: all of them are accepted, and all are rows when it is back. */
import { randomUUID } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type FaultyProxy, type ProxyFault, startFaultyProxy } from "#test/support/faulty-proxy.ts";
import { type LivePipeline, startLivePipeline } from "#test/support/live-pipeline.ts";
import { PULL_TYPE } from "#test/support/pull-message.ts";
import { type StandInProcess, startStandInProcess } from "#test/support/stand-in-process.ts";

const TABLE = "dev_chainguard_registry_pull_v1";
const BODY = readFileSync("test/fixtures/seed-pull/body.json");
const OUTAGE_MS = 1_000;
const PATIENCE = { timeout: 120_000, interval: 200 };

const PARTS = {
  pubsub: { variable: "PUBSUB_EMULATOR_HOST", protocol: "http2", scheme: "" },
  tasks: { variable: "CLOUD_TASKS_EMULATOR_HOST", protocol: "http2", scheme: "" },
  storage: { variable: "STORAGE_EMULATOR_HOST", protocol: "http", scheme: "http://" },
  bigquery: { variable: "BIGQUERY_EMULATOR_HOST", protocol: "http", scheme: "http://" },
} as const;
type PartName = keyof typeof PARTS;
const NAMES = Object.keys(PARTS) as PartName[];

const home = mkdtempSync(join(tmpdir(), "pullhouse-outages-"));
const standIns: StandInProcess[] = [];
const proxies = new Map<PartName, FaultyProxy>();
let pipeline: LivePipeline | undefined;

beforeAll(async () => {
  const variables: Record<string, string> = { REQUEST_TIMEOUT_MS: "1000" };
  // BigQuery reads objects by a way of its own, which is not what fails here.
  const direct: Record<string, string> = {};
  for (const name of NAMES) {
    const { protocol, variable, scheme } = PARTS[name];
    const standIn = await startStandInProcess(name, home, direct);
    standIns.push(standIn);
    direct[variable] = `${scheme}127.0.0.1:${standIn.port}`;
    const proxy = await startFaultyProxy(standIn.port, protocol);
    proxies.set(name, proxy);
    variables[variable] = `${scheme}127.0.0.1:${proxy.port}`;
  }
  pipeline = await startLivePipeline(variables);
});

afterAll(async () => {
  await pipeline?.stop();
  await Promise.all([...proxies.values()].map((proxy) => proxy.close()));
  await Promise.all(standIns.map((standIn) => standIn.kill()));
  rmSync(home, { recursive: true, force: true });
});

function running(): LivePipeline {
  if (pipeline === undefined) throw new Error("the pipeline has not started");
  return pipeline;
}

/** A sender that sends again until it gets a 202. */
async function deliver(id: string): Promise<void> {
  const headers = {
    "content-type": "application/json",
    "ce-id": id,
    "ce-type": PULL_TYPE,
    "ce-source": "cgr.dev",
    "ce-specversion": "1.0",
    "ce-time": "2026-04-23T00:37:47Z",
  };
  while (
    (await running()
      .post(BODY, headers)
      .catch(() => 0)) !== 202
  )
    await sleep(50);
}

/** Sends without a pause until it is over; the ids of what was accepted. */
async function sendUntil(over: AbortSignal): Promise<readonly string[]> {
  const ids: string[] = [];
  const sender = async () => {
    while (!over.aborted) {
      const id = randomUUID();
      await deliver(id);
      ids.push(id);
      await sleep(20);
    }
  };
  await Promise.all([sender(), sender()]);
  return ids;
}

async function missing(ids: readonly string[]): Promise<number> {
  const sql = `SELECT COUNT(*) AS n, COUNT(DISTINCT ce_id) AS ids FROM ${TABLE} WHERE ce_id IN UNNEST(@ids)`;
  const [row] = await running()
    .query<{ n: number; ids: number }>(sql, { ids })
    .catch(() => []);
  const { n, ids: found } = row ?? { n: 0, ids: 0 };
  expect(n).toBe(found);
  return ids.length - found;
}

const FAULTS: readonly ProxyFault[] = ["refuse", "hang", "half", "cut", 429, 500, 503];

test.each(FAULTS.flatMap((fault) => NAMES.map((name) => ({ name, fault }))))(
  "$name: $fault",
  async ({ name, fault }) => {
    const proxy = proxies.get(name) as FaultyProxy;
    const before = proxy.hits;
    const over = new AbortController();
    const sending = sendUntil(over.signal);
    await proxy.fail(fault);
    const start = performance.now();
    await sleep(OUTAGE_MS);
    // The outage lasts until somebody has met it: a service may be pausing after the one before.
    await expect.poll(() => proxy.hits, PATIENCE).toBeGreaterThan(before);
    await proxy.recover();
    const outage = ((performance.now() - start) / 1_000).toFixed(1);
    over.abort();
    const ids = await sending;
    const back = performance.now();
    await expect.poll(() => missing(ids), PATIENCE).toBe(0);
    const seconds = ((performance.now() - back) / 1_000).toFixed(1);
    console.log(`${name} ${fault} for ${outage} s: ${ids.length} events, all rows ${seconds} s later`);
    expect(ids.length).toBeGreaterThan(0);
  },
);

test("after all of it nothing is left behind", async () => {
  const names = async (prefix: string) =>
    (await running().bucket.getFiles({ prefix }))[0].map(({ name }) => name);
  for (const prefix of ["pending/", "plans/", "spill/", "quarantine/"]) {
    await expect.poll(() => names(prefix), PATIENCE).toEqual([]);
  }
});
