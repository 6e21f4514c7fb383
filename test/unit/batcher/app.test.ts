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
