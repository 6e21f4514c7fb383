/** Services whose clocks are wrong by a minute, each the other way: everything arrives, once, and the books balance. */
import { spawnSync } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { startLivePipeline } from "#test/support/live-pipeline.ts";
import { missing, sendUntil } from "#test/support/pull-traffic.ts";

const MINUTE_MS = 60_000;
const MINUTE = String(MINUTE_MS);
const PATIENCE = { timeout: 150_000, interval: 250 };

test.concurrent.each([
  { receiver: `-${MINUTE}`, batcher: MINUTE, loader: `-${MINUTE}` },
  { receiver: MINUTE, batcher: `-${MINUTE}`, loader: MINUTE },
])(
  "receiver $receiver ms, batcher $batcher ms, loader $loader ms",
  { timeout: 300_000 },
  async ({ receiver, batcher, loader }) => {
    const pipeline = await startLivePipeline({
      NODE_OPTIONS: `--import ${new URL("../support/preload/clock.ts", import.meta.url).href}`,
      CLOCK_SKEW_MS_RECEIVER: receiver,
      CLOCK_SKEW_MS_BATCHER: batcher,
      CLOCK_SKEW_MS_LOADER: loader,
    });
    try {
      const over = new AbortController();
      const sending = sendUntil(pipeline, over.signal);
      await sleep(2_000);
      over.abort();
      const ids = await sending;
      // An alarm that a fast clock has set comes a minute late, which nobody needs to sit through.
      let late = 0;
      const left = async () => {
        late += await pipeline.ringAhead(MINUTE_MS);
        return missing(pipeline, ids);
      };
      await expect.poll(left, PATIENCE).toBe(0);
      expect(late).toBeGreaterThan(0);
      expect(ids.length).toBeGreaterThan(0);
      const { status, stdout } = spawnSync(process.execPath, ["services/cli/main.ts", "prove"], {
        env: { ...process.env, ...pipeline.env },
        encoding: "utf8",
      });
      expect(status, stdout).toBe(0);
    } finally {
      await pipeline.stop();
    }
  },
);
