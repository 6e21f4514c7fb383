/** Each part of the cloud fails in each way while events arrive: all of them are accepted, and all are rows when it is back. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type FaultyProxy, type ProxyFault, startFaultyProxy } from "#test/support/faulty-proxy.ts";
import { type LivePipeline, startLivePipeline } from "#test/support/live-pipeline.ts";
import { EVENTS_MIN, missing, sendUntil } from "#test/support/pull-traffic.ts";
import { type StandInProcess, startStandInProcess } from "#test/support/stand-in-process.ts";

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

const FAULTS: readonly ProxyFault[] = ["refuse", "hang", "half", "cut", 429, 500, 503];

test.each(FAULTS.flatMap((fault) => NAMES.map((name) => ({ name, fault }))))(
  "$name: $fault",
  { timeout: 300_000 },
  async ({ name, fault }) => {
    const proxy = proxies.get(name) as FaultyProxy;
    const before = proxy.hits;
    const over = new AbortController();
    const sending = sendUntil(running(), over.signal);
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
    await expect.poll(() => missing(running(), ids), PATIENCE).toBe(0);
    const seconds = ((performance.now() - back) / 1_000).toFixed(1);
    console.log(`${name} ${fault} for ${outage} s: ${ids.length} events, all rows ${seconds} s later`);
    expect(ids.length).toBeGreaterThanOrEqual(EVENTS_MIN);
  },
);

test("after all of it nothing is left behind", { timeout: 300_000 }, async () => {
  const names = async (prefix: string) =>
    (await running().bucket.getFiles({ prefix }))[0].map(({ name }) => name);
  for (const prefix of ["pending/", "plans/", "spill/", "quarantine/"]) {
    await expect.poll(() => names(prefix), PATIENCE).toEqual([]);
  }
});
