/** How a round pulls: when it writes, when it goes on, and that it waits for what it asked. */
import { setImmediate } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { readBatcherConfig } from "#services/batcher/config.ts";
import { type DrainLimits, drain } from "#services/batcher/drain.ts";
import type { AlarmName, Delivery } from "#services/shared/ports.ts";
import { loadStepMs } from "#services/shared/window.ts";
import { MemoryCloud, startInstance } from "#test/support/memory-cloud.ts";
import { pullMessage } from "#test/support/pull-message.ts";

const never = new AbortController().signal;
const LIMITS: DrainLimits = {
  workers: 1,
  batchMaxMessages: 1_000,
  batchMaxSize: 1e6,
  batchMaxAgeMs: 1_000,
  pullWaitMs: 5_000,
  pullAgainMs: 1_000,
  pullPatienceMs: 200,
  leaseSeconds: 10,
  suspectAttempts: 5,
  windowMs: 60_000,
  roundMaxMs: 60_000,
};

let ids = 0;
const some = (count: number): Delivery[] =>
  Array.from({ length: count }, () => {
    const id = `m${++ids}`;
    return { id, ackId: `a${ids}`, attempt: 1, message: pullMessage(id) };
  });

interface Slow {
  /** Milliseconds, beside those that are waited for a pull; nobody really waits. */
  readonly takes: number;
  readonly gives: number | Error;
}

/** A batcher whose pulls give what the script says, each after 100 ms of its clock or slowly; then nothing. */
async function drainWith(script: readonly (number | Slow)[], limits: DrainLimits = LIMITS) {
  const cloud = new MemoryCloud();
  const ports = startInstance(cloud);
  const answers = [...script];
  let now = 0;
  let pulls = 0;
  let takes = 0;
  const pull = async () => {
    pulls += 1;
    now += 100;
    const answer = answers.shift() ?? 0;
    takes = typeof answer === "number" ? 0 : answer.takes;
    if (typeof answer === "number") return some(answer);
    await setImmediate();
    if (answer.gives instanceof Error) throw answer.gives;
    return some(answer.gives);
  };
  // Only a batch that waits for a pull sleeps for the length of its patience, which ends before a pull that takes longer.
  const patience = [limits.pullPatienceMs, limits.pullAgainMs];
  const sleep = (ms: number, signal?: AbortSignal) =>
    new Promise<void>((resolve) => {
      if (patience.includes(ms) && takes > ms) resolve();
      signal?.addEventListener("abort", () => resolve());
    });
  const armed = new Map<AlarmName, number>();
  const arm = async (name: AlarmName) => void armed.set(name, now);
  const report = await drain(
    {
      ...ports,
      queue: { ...ports.queue, pull },
      alarm: { arm },
      clock: { now: () => now, sleep },
    },
    limits,
    never,
  );
  const batches = cloud.actions.filter((action) => action.startsWith("acknowledge"));
  return { report, pulls, batches, armed };
}

test("a pull that is slow is not cut short: the batch is written before, its messages are written after", async () => {
  const { report, batches, pulls } = await drainWith([3, { takes: 400, gives: 2 }]);

  expect(batches).toEqual(["acknowledge 3", "acknowledge 2"]);
  expect(report).toMatchObject({ outcome: "drained", messages: 5 });
  // The late pull was the last: what comes after it is for the next window.
  expect(pulls).toBe(2);
});

describe("a round goes on while there is a backlog, and leaves a trickle to the next window", () => {
  test("full batches are followed by more", async () => {
    const { batches } = await drainWith([1_000, 1_000, 10]);
    expect(batches).toEqual(["acknowledge 1000", "acknowledge 1000", "acknowledge 10"]);
  });

  test("pulls that give little until the batch is old end the round", async () => {
    const { report, batches } = await drainWith(Array.from({ length: 100 }, () => 5));
    expect(batches).toEqual(["acknowledge 50"]);
    expect(report.outcome).toBe("drained");
  });

  test.each(["2", "60", "600"])(
    "in a window of %s s, and is written in time for the load of its own",
    async (WINDOW_SECONDS) => {
      const env = {
        GOOGLE_CLOUD_PROJECT: "some-project",
        GCS_BUCKET: "some-bucket",
        BATCHER_URL: "http://127.0.0.1:1",
        LOADER_URL: "http://127.0.0.1:1",
      };
      const { limits, windowMs } = readBatcherConfig({ ...env, WINDOW_SECONDS });
      const { armed } = await drainWith(
        Array.from({ length: 100 }, () => 5),
        { ...limits, workers: 1 },
      );
      // The rest is for the start of the instance and the write.
      expect(armed.get("load")).toBeLessThanOrEqual(loadStepMs(windowMs) * 0.75);
    },
  );

  test("an empty queue ends the round", async () => {
    const { batches, pulls } = await drainWith([]);
    expect(batches).toEqual([]);
    expect(pulls).toBe(1);
  });
});

describe("a backlog goes in one round, however slow the pulls", () => {
  const limits = { ...LIMITS, batchMaxMessages: 4_000, batchMaxAgeMs: 60_000, batchMaxSize: 1e8 };
  const backlog = (takes: number) => Array.from({ length: 12 }, () => ({ takes, gives: 1_000 }));

  test("batches are full where pulls take longer than a trickle is waited for", async () => {
    const { batches, report } = await drainWith(backlog(400), limits);
    expect(report).toMatchObject({ outcome: "drained", messages: 12_000 });
    expect(batches).toEqual(["acknowledge 4000", "acknowledge 4000", "acknowledge 4000"]);
  });

  test("batches are written before pulls that take longer than any is waited for, and the round goes on", async () => {
    const { batches, report } = await drainWith(backlog(1_400), limits);
    expect(report).toMatchObject({ outcome: "drained", messages: 12_000 });
    expect(batches).toHaveLength(12);
  });
});

test("a pull that fails ends the round as partial, what was pulled before is written", async () => {
  const { report, batches } = await drainWith([4, { takes: 0, gives: new Error("away") }]);
  expect(batches).toEqual(["acknowledge 4"]);
  expect(report).toMatchObject({ outcome: "partial", messages: 4, reasons: ["away"] });
});
