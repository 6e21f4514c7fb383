/** What the batcher's route makes of its alarms. */
import { expect, test } from "vitest";
import { createBatcherApp } from "#services/batcher/app.ts";
import { MemoryCloud, startInstance } from "#test/support/memory-cloud.ts";

const limits = {
  workers: 1,
  batchMaxMessages: 5,
  batchMaxSize: 1e6,
  batchMaxAgeMs: 1e6,
  pullWaitMs: 1,
  pullAgainMs: 1,
  pullPatienceMs: 1,
  leaseSeconds: 10,
  suspectAttempts: 5,
  windowMs: 60_000,
  roundMaxMs: 1e6,
};

test.each([
  { path: "/drain", retries: "0", armed: ["arm recheck in 10000 ms"] },
  { path: "/drain?recheck=1", retries: "0", armed: [] },
  // The first try may have been a batcher that was killed with messages on loan: they are not back yet.
  { path: "/drain?recheck=1", retries: "1", armed: ["arm recheck in 10000 ms"] },
])("an empty $path after $retries retries arms $armed", async ({ path, retries, armed }) => {
  const cloud = new MemoryCloud();
  const app = createBatcherApp(startInstance(cloud), limits, new AbortController().signal);
  const response = await app.request(path, {
    method: "POST",
    headers: { "X-CloudTasks-TaskRetryCount": retries },
  });
  expect(await response.json()).toMatchObject({ outcome: "empty" });
  expect(cloud.actions).toEqual(armed);
});

test.each([
  { what: "what is left has an alarm", arm: async () => {}, status: 200, outcome: "partial", retry: false },
  {
    what: "no alarm can be set",
    arm: () => Promise.reject(new Error("no tasks")),
    status: 500,
    outcome: "partial",
    retry: true,
  },
])("when $what it answers $status, and the log has the failure", async ({ arm, status, outcome, retry }) => {
  const errors: string[] = [];
  const ports = startInstance(new MemoryCloud());
  const app = createBatcherApp(
    {
      ...ports,
      queue: { ...ports.queue, pull: () => Promise.reject(new Error("no queue")) },
      alarm: { arm },
      log: { ...ports.log, error: (message) => void errors.push(message) },
    },
    limits,
    new AbortController().signal,
  );
  const response = await app.request("/drain", { method: "POST" });
  expect(response.status).toBe(status);
  expect(await response.json()).toMatchObject({ outcome, retry });
  expect(errors).toEqual(["drained in part"]);
});

test("a call during a round answers 500, so that it comes again after it", async () => {
  const app = createBatcherApp(startInstance(new MemoryCloud()), limits, new AbortController().signal);
  const call = () => app.request("/drain", { method: "POST" });
  const [first, second] = await Promise.all([call(), call()]);
  expect([first.status, second.status]).toEqual([200, 500]);
  expect(await second.json()).toEqual({ outcome: "busy", retry: true });
});
