/** The disk below each part of the local cloud fills up while events arrive, and gets room again: nothing is lost. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LivePipeline, startLivePipeline } from "#test/support/live-pipeline.ts";
import { missing, sendUntil } from "#test/support/pull-traffic.ts";
import { mountSmallDisk, type SmallDisk } from "#test/support/small-disk.ts";

const DISK_BYTES = 400 * 2 ** 20;
const FULL_MS = 2_000;
const PATIENCE = { timeout: 200_000, interval: 200 };
const NAMES = ["storage", "pubsub", "tasks", "bigquery"] as const;

const home = mkdtempSync(join(tmpdir(), "pullhouse-disks-"));
/** Below the folders where the parts keep their state. */
const disks = new Map<string, SmallDisk>();
for (const name of NAMES) {
  const disk = mountSmallDisk(join(home, name), DISK_BYTES);
  if (disk !== undefined) disks.set(name, disk);
}
let pipeline: LivePipeline;

const isPossible = disks.size === NAMES.length;
describe.skipIf(!isPossible)(
  `disks that fill up${isPossible ? "" : " (skipped: no tmpfs may be mounted)"}`,
  () => {
    // A part that the full disk ends is started again, as in `make up`.
    beforeAll(async () => {
      pipeline = await startLivePipeline({ PULLHOUSE_HOME: home });
    });

    test.each(NAMES)("below %s", { timeout: 300_000 }, async (name) => {
      const over = new AbortController();
      const sending = sendUntil(pipeline, over.signal);
      disks.get(name)?.fill();
      await sleep(FULL_MS);
      disks.get(name)?.empty();
      over.abort();
      const ids = await sending;
      await expect.poll(() => missing(pipeline, ids), PATIENCE).toBe(0);
      expect(ids.length).toBeGreaterThan(0);
    });

    test("nothing is left behind, and nothing was set aside", { timeout: 300_000 }, async () => {
      const names = async (prefix: string) =>
        (await pipeline.bucket.getFiles({ prefix }))[0].map((file) => file.name);
      for (const prefix of ["pending/", "plans/", "spill/", "quarantine/"])
        await expect.poll(() => names(prefix), PATIENCE).toEqual([]);
    });
  },
);

afterAll(async () => {
  await pipeline?.stop();
  for (const disk of disks.values()) disk.unmount();
  rmSync(home, { recursive: true, force: true });
});
