/**
 * Services that are asked to stop in the middle of work: nothing is lost, and what a batcher had on loan is given back
 * at once. Loans last ten minutes here, so a message that stayed on loan would not be a row in time.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type LivePipeline, startLivePipeline } from "#test/support/live-pipeline.ts";
import { missing, sendUntil } from "#test/support/pull-traffic.ts";

const PATIENCE = { timeout: 200_000, interval: 500 };

let pipeline: LivePipeline;
beforeAll(async () => {
  pipeline = await startLivePipeline({ LEASE_SECONDS: "600", BATCH_MAX_MESSAGES: "20" });
});
afterAll(() => pipeline.stop());

/** `false` while the service has not started again after it ended. */
function isAsked(service: string): boolean {
  try {
    pipeline.signal(service, "SIGTERM");
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    return false;
  }
}

test.each(["batcher", "loader", "receiver"])("%s", { timeout: 300_000 }, async (service) => {
  const over = new AbortController();
  const sending = Promise.all(Array.from({ length: 4 }, () => sendUntil(pipeline, over.signal)));
  // A few times, as it may happen to be between two rounds.
  for (let stops = 0; stops < 4; stops++) {
    await sleep(700);
    await expect.poll(() => isAsked(service), PATIENCE).toBe(true);
  }
  over.abort();
  const ids = (await sending).flat();
  await expect.poll(() => missing(pipeline, ids), PATIENCE).toBe(0);
  expect(ids.length).toBeGreaterThan(0);
});
