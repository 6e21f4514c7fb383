/** The names of the cloud's parts cannot be resolved for a while: all that is accepted meanwhile is a row afterwards. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type LivePipeline, startLivePipeline } from "#test/support/live-pipeline.ts";
import { missing, sendUntil } from "#test/support/pull-traffic.ts";
import { type StandInProcess, startStandInProcess } from "#test/support/stand-in-process.ts";
// This process resolves the names as well, and does so during the outage, too.
import "#test/support/preload/names.ts";

const OUTAGE_MS = 5_000;
const PATIENCE = { timeout: 200_000, interval: 500 };
const PARTS = {
  pubsub: { variable: "PUBSUB_EMULATOR_HOST", scheme: "" },
  tasks: { variable: "CLOUD_TASKS_EMULATOR_HOST", scheme: "" },
  storage: { variable: "STORAGE_EMULATOR_HOST", scheme: "http://" },
  bigquery: { variable: "BIGQUERY_EMULATOR_HOST", scheme: "http://" },
} as const;

const home = mkdtempSync(join(tmpdir(), "pullhouse-names-"));
const outage = join(home, "outage");
const standIns: StandInProcess[] = [];
let pipeline: LivePipeline;

beforeAll(async () => {
  const direct: Record<string, string> = {};
  const named: Record<string, string> = {};
  for (const [name, { variable, scheme }] of Object.entries(PARTS)) {
    const standIn = await startStandInProcess(name, home, direct);
    standIns.push(standIn);
    direct[variable] = `${scheme}127.0.0.1:${standIn.port}`;
    named[variable] = `${scheme}${name}.test:${standIn.port}`;
  }
  pipeline = await startLivePipeline({
    ...named,
    NODE_OPTIONS: `--import ${new URL("../support/preload/names.ts", import.meta.url).href}`,
    UNRESOLVABLE_WHILE: outage,
    REQUEST_TIMEOUT_MS: "1000",
  });
});

afterAll(async () => {
  await pipeline?.stop();
  await Promise.all(standIns.map((standIn) => standIn.kill()));
  rmSync(home, { recursive: true, force: true });
});

/** Open connections live on without their names, so those are cut: the parts are killed and come back. */
test("no name is resolved while the connections break", { timeout: 300_000 }, async () => {
  const over = new AbortController();
  const sending = sendUntil(pipeline, over.signal);
  await sleep(1_000);
  writeFileSync(outage, "");
  for (const service of ["receiver", "batcher", "loader"]) pipeline.signal(service, "SIGKILL");
  await sleep(OUTAGE_MS);
  rmSync(outage);
  await sleep(1_000);
  over.abort();
  const ids = await sending;
  await expect.poll(() => missing(pipeline, ids), PATIENCE).toBe(0);
  expect(ids.length).toBeGreaterThan(0);
});
