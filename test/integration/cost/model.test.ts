/** The calls that the cost model counts on are those that the live pipeline makes. */
import { randomUUID } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, expect, test } from "vitest";
import { readBatcherConfig } from "#services/batcher/config.ts";
import { type Calls, callsOf, storageCalls } from "#services/cli/cost/calls.ts";
import type { Traffic } from "#services/cli/cost/traffic.ts";
import { readLoaderConfig } from "#services/loader/config.ts";
import { type LivePipeline, startLivePipeline } from "#test/support/live-pipeline.ts";

const TYPES = ["dev.chainguard.registry.pull.v1", "dev.chainguard.registry.push.v1"];
const WINDOW_SECONDS = 4;
const PATIENCE = { timeout: 60_000, interval: 200 };

const folder = mkdtempSync(join(tmpdir(), "pullhouse-calls-"));
const file = join(folder, "calls");
let pipeline: LivePipeline;

/** @param jobPatienceMs how long a round of the loader waits for a job */
async function start(jobPatienceMs: number): Promise<void> {
  pipeline = await startLivePipeline({
    JOB_PATIENCE_MS: String(jobPatienceMs),
    CALLS_FILE: file,
    NODE_OPTIONS: `--import ${new URL("../../support/preload/calls.ts", import.meta.url).href}`,
    WINDOW_SECONDS: String(WINDOW_SECONDS),
    // The shortest loan that there is: the recheck comes after it.
    LEASE_SECONDS: "10",
    PULL_WAIT_MS: "500",
  });
}
afterEach(() => pipeline?.stop());
afterAll(() => rmSync(folder, { recursive: true }));

const lines = () => readFileSync(file, "utf8").trimEnd().split("\n");
/** With no alarm left, nobody is called any more. */
const asleep = () => expect.poll(() => pipeline.alarms(), PATIENCE).toBe(0);

/** What the parts received while `work` was done and until all slept again. */
async function received(work: () => Promise<void>): Promise<(call: RegExp) => number> {
  await asleep();
  const before = lines().length;
  await work();
  await asleep();
  const calls = lines().slice(before);
  return (call) => calls.filter((line) => call.test(line)).length;
}

/** @param events that are posted at once, of every type in turn */
async function post(events: number, types: readonly string[]): Promise<void> {
  const answers = Array.from({ length: events }, (_none, index) =>
    pipeline.post(Buffer.from("{}"), {
      "content-type": "application/json",
      "ce-id": randomUUID(),
      "ce-type": types[index % types.length] as string,
      "ce-source": "cost.example",
      "ce-specversion": "1.0",
      "ce-time": "2026-11-20T12:00:00Z",
    }),
  );
  expect(new Set(await Promise.all(answers))).toEqual(new Set([202]));
}

/** In how many windows the events came, as the receiver saw it. */
async function windows(): Promise<number> {
  const of = TYPES.map(
    (type) => `SELECT received_at FROM ${type.replaceAll(/\W/g, "_")} WHERE ce_source = 'cost.example'`,
  );
  const rows = await pipeline.query<{ received_at: { value: string } }>(of.join(" UNION ALL "));
  return new Set(rows.map((row) => Math.floor(Date.parse(row.received_at.value) / (WINDOW_SECONDS * 1000))))
    .size;
}

/** @param windows in a row, and then silence */
function modelled(windows: number, types: number, events: number, workers?: number): Calls {
  const env = {
    GOOGLE_CLOUD_PROJECT: "any-project",
    GCS_BUCKET: "any-bucket",
    BATCHER_URL: "http://batcher.example",
    LOADER_URL: "http://loader.example",
    WINDOW_SECONDS: String(WINDOW_SECONDS),
    ...(workers === undefined ? {} : { BATCH_WORKERS: String(workers) }),
  };
  const settings = { drain: readBatcherConfig(env).limits, load: readLoaderConfig(env).limits };
  const traffic: Traffic = {
    rate: 0,
    stepSeconds: WINDOW_SECONDS,
    drainsPerWindow: 1,
    windows,
    typeWindows: windows * types,
    ends: 1,
  };
  return callsOf(traffic, settings, {
    eventsPerDay: events,
    rowCharacters: 1_000,
    loadsOfDrain: 1,
    resumesOfPlan: 0,
    receivers: 1,
    safetyNet: 0,
  });
}

function sumsOf(of: Calls) {
  return {
    drains: of.drains + of.emptyDrains + of.rechecks,
    rechecks: of.rechecks,
    loads: of.loads + of.emptyLoads + of.resumes,
    objects: of.objects,
    plans: of.plans,
    pulls: of.pulls,
    created: of.tasksCreated,
    classA: of.classA,
    classB: of.classB,
  };
}

type Sums = ReturnType<typeof sumsOf>;

/** What was asked of the loader and of Cloud Storage. */
function counted(calls: (call: RegExp) => number) {
  const emptyLoads = calls(/^storage GET \/b\/[^/]+\/o\?.*prefix=plans%2F/);
  const resumes = calls(/^loader POST \/load\?type=/);
  return {
    spillLooks: calls(/^storage GET \/b\/[^/]+\/o\?.*prefix=spill%2F/),
    loads: calls(/^loader POST \/load/) - resumes - emptyLoads,
    resumes,
    emptyLoads,
    objects: calls(/^storage POST .*[?&]name=events%2F/),
    plans: calls(/^storage POST .*[?&]name=plans%2F/),
    classA: calls(/^storage (POST |GET \/b\/[^/]+\/o\?)/),
    classB: calls(/^storage GET \/b\/[^/]+\/o\//),
    marks: calls(/^storage POST .*[?&]name=pending%2F/),
    jobs: calls(/^bigquery POST \/projects\/[^/]+\/jobs\b/),
  };
}

test("a burst of events asks for as many calls as the model says, and then for none", async () => {
  await start(60_000);
  const events = 40;
  const calls = await received(() => post(events, TYPES));
  const drains = calls(/^batcher POST \/drain/);
  const rechecks = calls(/^batcher POST \/drain\?recheck=1/);
  const { classA, classB, marks, jobs, ...done } = counted(calls);
  const { objects, plans, loads, emptyLoads, resumes } = done;
  const pulls = calls(/\/Pull$/);
  const created = calls(/\/CreateTask$/);

  // Whatever the rounds were, this is what they cost.
  expect({ classA, classB }).toEqual(storageCalls(done));
  expect(marks).toBe(objects);
  expect(done.spillLooks).toBe(rechecks);
  expect(resumes).toBe(0);
  // The MERGE, and the line in the table loads.
  expect(jobs).toBe(2 * plans);

  // A burst in one window asks for the least. Posts on both sides of a window's end are in two, and an alarm that is
  // asked for at that very moment goes off in the next.
  const most = sumsOf(modelled((await windows()) + 1, TYPES.length, events));
  const one = sumsOf(modelled(1, TYPES.length, events, 1));
  // A few pulls have all, where the model has one more for each step by which they grow.
  const least = { ...one, pulls: one.pulls - 3 };
  const measured: Sums = {
    drains,
    rechecks,
    loads: loads + emptyLoads,
    objects,
    plans,
    pulls,
    created,
    classA,
    classB,
  };
  const names = Object.keys(measured) as (keyof Sums)[];
  expect({ measured, most, tooMany: names.filter((name) => measured[name] > most[name]) }).toMatchObject({
    tooMany: [],
  });
  expect({
    measured,
    least,
    tooFew: names.filter((name) => measured[name] < Math.floor(least[name])),
  }).toMatchObject({
    tooFew: [],
  });
  expect(calls(/\/Publish$/)).toBeLessThanOrEqual(events);
}, 120_000);

test("a plan whose jobs are left to run is gone on with, for one read each time", async () => {
  await start(0);
  const calls = await received(() => post(10, TYPES.slice(0, 1)));
  const { classA, classB, jobs, ...done } = counted(calls);
  const { plans, loads } = done;
  expect(done.resumes).toBeGreaterThan(0);
  const modelled = storageCalls(done);
  // A load that comes while a plan is under way reads it, and makes none.
  expect({ classA, classB }).toEqual({ ...modelled, classB: modelled.classB + loads - plans });
  // Each is asked for again under its id by whoever goes on.
  expect(jobs).toBeGreaterThanOrEqual(2 * plans);
}, 120_000);
