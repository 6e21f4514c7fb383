/** The local Cloud Storage under SIGKILL: what was answered is there, whole; what was not leaves nothing behind. */
import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Storage } from "@google-cloud/storage";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type StandInProcess, startStandInProcess } from "#test/support/stand-in-process.ts";

let home: string;
let running: StandInProcess;

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), "pullhouse-storage-killed-"));
  running = await startStandInProcess("storage", home);
});
afterEach(async () => {
  await running.kill();
  rmSync(home, { recursive: true });
});

/** Without retries: an upload whose answer did not come is one that may not be there. */
const bucketOf = ({ port }: StandInProcess) =>
  new Storage({
    projectId: "pullhouse-local",
    apiEndpoint: `http://127.0.0.1:${port}`,
    retryOptions: { autoRetry: false },
  }).bucket("kept");

const digestOf = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex");

test("killed in the middle of uploads, it comes back with all that it had answered and no half object", async () => {
  await bucketOf(running).create();
  const answered = new Map<string, string>();
  for (let kill = 0; kill < 3; kill++) {
    const bucket = bucketOf(running);
    let done = 0;
    let enough: () => void = () => {};
    const someAnswered = new Promise<void>((resolve) => {
      enough = resolve;
    });
    const uploads = Array.from({ length: 30 }, async (_, number) => {
      const bytes = randomBytes(number % 5 === 0 ? 2_000_000 : 2_000);
      const name = `kill-${kill}/${number}`;
      const upload = bucket
        .file(name)
        .save(bytes, { resumable: false, preconditionOpts: { ifGenerationMatch: 0 } });
      const isAnswered = await upload.then(
        () => true,
        () => false,
      );
      if (!isAnswered) return;
      answered.set(name, digestOf(bytes));
      done += 1;
      if (done === 8) enough();
    });
    await someAnswered;
    await running.kill();
    await Promise.all(uploads);
    running = await startStandInProcess("storage", home);
  }

  const bucket = bucketOf(running);
  const [files] = await bucket.getFiles();
  const found = new Map<string, string>();
  for (const { name } of files) {
    // The client compares the content with the checksum that the listing promises.
    const [bytes] = await bucket.file(name).download({ validation: "crc32c" });
    found.set(name, digestOf(bytes));
  }
  expect(answered.size).toBeGreaterThanOrEqual(24);
  for (const [name, digest] of answered) expect(found.get(name), name).toBe(digest);
  expect(readdirSync(join(home, "storage", "blobs"))).toHaveLength(files.length);
  expect(readdirSync(join(home, "storage", "partial"))).toEqual([]);
});
