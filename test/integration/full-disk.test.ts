/** The disk below each part of the local cloud fills up while events arrive, and gets room again: nothing is lost. */
import { spawnSync } from "node:child_process";
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LivePipeline, startLivePipeline } from "#test/support/live-pipeline.ts";
import { missing, sendUntil } from "#test/support/pull-traffic.ts";
import { type StandInProcess, startStandInProcess } from "#test/support/stand-in-process.ts";

const DISK_BYTES = 400 * 2 ** 20;
const FULL_MS = 2_000;
const PATIENCE = { timeout: 200_000, interval: 500 };
/** As in `make up`, by the variable that leads a client to the part. */
const PARTS = {
  storage: { variable: "STORAGE_EMULATOR_HOST", scheme: "http://" },
  pubsub: { variable: "PUBSUB_EMULATOR_HOST", scheme: "" },
  tasks: { variable: "CLOUD_TASKS_EMULATOR_HOST", scheme: "" },
  bigquery: { variable: "BIGQUERY_EMULATOR_HOST", scheme: "http://" },
} as const;
const NAMES = Object.keys(PARTS) as (keyof typeof PARTS)[];

const home = mkdtempSync(join(tmpdir(), "pullhouse-disks-"));
const diskOf = (name: string) => join(home, name);

/** A disk of its own, small enough to be filled; only an administrator may have one. */
function mount(name: string): boolean {
  mkdirSync(diskOf(name));
  return spawnSync("mount", ["-t", "tmpfs", "-o", `size=${DISK_BYTES}`, "tmpfs", diskOf(name)]).status === 0;
}

function fill(name: string): void {
  const chunk = Buffer.alloc(2 ** 16);
  const file = openSync(join(diskOf(name), "filler"), "w");
  try {
    for (let written = 0; written < DISK_BYTES; written += chunk.length) writeSync(file, chunk);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
  } finally {
    closeSync(file);
  }
}

const mounted = NAMES.filter(mount);
const standIns: StandInProcess[] = [];
let pipeline: LivePipeline;

const isPossible = mounted.length === NAMES.length;
describe.skipIf(!isPossible)(
  `disks that fill up${isPossible ? "" : " (skipped: no tmpfs may be mounted)"}`,
  () => {
    beforeAll(async () => {
      const variables: Record<string, string> = {};
      for (const name of NAMES) {
        const standIn = await startStandInProcess(name, diskOf(name), variables);
        standIns.push(standIn);
        variables[PARTS[name].variable] = `${PARTS[name].scheme}127.0.0.1:${standIn.port}`;
      }
      pipeline = await startLivePipeline(variables);
    });

    test.each(NAMES)("below %s", { timeout: 300_000 }, async (name) => {
      const over = new AbortController();
      const sending = sendUntil(pipeline, over.signal);
      fill(name);
      await sleep(FULL_MS);
      rmSync(join(diskOf(name), "filler"));
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
  await Promise.all(standIns.map((standIn) => standIn.kill()));
  for (const name of mounted) spawnSync("umount", [diskOf(name)]);
  rmSync(home, { recursive: true, force: true });
});
