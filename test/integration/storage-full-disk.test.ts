/** The local Cloud Storage on a full disk: it refuses what it cannot keep, lives on, and keeps nothing of what it refused. */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Storage } from "@google-cloud/storage";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { StandIn } from "#infra/local/stand-in.ts";
import { startStorage } from "#infra/local/storage/start.ts";
import { mountSmallDisk } from "#test/support/small-disk.ts";

const stateDir = mkdtempSync(join(tmpdir(), "pullhouse-storage-full-"));
const DISK_BYTES = 16 * 2 ** 20;
const disk = mountSmallDisk(stateDir, DISK_BYTES);
const isPossible = disk !== undefined;

describe.skipIf(!isPossible)(`a full disk${isPossible ? "" : " (skipped: no tmpfs may be mounted)"}`, () => {
  let standIn: StandIn;
  let bucket: ReturnType<Storage["bucket"]>;

  beforeAll(async () => {
    standIn = await startStorage({ port: 0, stateDir });
    const storage = new Storage({
      projectId: "pullhouse-local",
      apiEndpoint: `http://127.0.0.1:${standIn.port}`,
      retryOptions: { autoRetry: false },
    });
    [bucket] = await storage.createBucket("kept");
  });
  afterAll(() => standIn?.close());

  const isTaken = (name: string, bytes: number, resumable: boolean) =>
    bucket
      .file(name)
      .save(Buffer.alloc(bytes, "x"), { resumable })
      .then(
        () => true,
        () => false,
      );
  const blobs = () => readdirSync(join(stateDir, "blobs")).length;
  const objects = async () => (await bucket.getFiles())[0].length;

  test("an object whose name cannot be written leaves no content behind", async () => {
    expect(await isTaken("first", 10, false)).toBe(true);
    disk?.fill();
    // Without content it needs room in the catalog only, whose last page has some.
    const isRefused = async () => !(await isTaken(`empty-${blobs()}`, 0, false));
    await expect.poll(isRefused).toBe(true);
    disk?.empty();
    expect(blobs()).toBe(await objects());
  });

  test.each([false, true])("an upload that does not fit is refused, resumable: %s", async (resumable) => {
    const before = await objects();
    disk?.fill();
    expect(await isTaken("large", 5_000_000, resumable)).toBe(false);
    disk?.empty();
    expect(await isTaken("large", 5_000_000, resumable)).toBe(true);
    expect(await objects()).toBe(before + 1);
    expect(blobs()).toBe(before + 1);
    await bucket.file("large").delete();
  });
});

afterAll(() => {
  disk?.unmount();
  rmSync(stateDir, { recursive: true, force: true });
});
