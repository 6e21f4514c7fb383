/** The local Cloud Storage through Google's own client. */
import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { type Bucket, Storage } from "@google-cloud/storage";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { StandIn } from "#infra/local/stand-in.ts";
import { startStorage } from "#infra/local/storage/start.ts";

const stateDir = mkdtempSync(join(tmpdir(), "pullhouse-storage-"));
let standIn: StandIn;
let storage: Storage;
let bucket: Bucket;
let count = 0;

beforeAll(async () => {
  standIn = await startStorage({ port: 0, stateDir });
});
beforeEach(async () => {
  storage = new Storage({ projectId: "pullhouse-local", apiEndpoint: `http://127.0.0.1:${standIn.port}` });
  [bucket] = await storage.createBucket(`bucket-${++count}`);
});
afterAll(async () => {
  await standIn.close();
  rmSync(stateDir, { recursive: true });
});

const statusOf = async (promise: Promise<unknown>) =>
  promise.then(
    () => 200,
    (error: { code: number }) => error.code,
  );

describe("an upload comes back byte for byte, checksums verified by the client", () => {
  test.each([
    ["multipart", false, 1_000],
    ["multipart, empty", false, 0],
    ["multipart, larger than any buffer", false, 3_000_000],
    ["resumable", true, 3_000_000],
    ["resumable, empty", true, 0],
  ])("%s", async (_name, resumable, size) => {
    const bytes = randomBytes(size);
    const file = bucket.file("a/b c/ü.bin");
    await file.save(bytes, { resumable, metadata: { contentType: "x/y", metadata: { who: "me" } } });

    const [back] = await file.download({ validation: "crc32c" });
    const [metadata] = await file.getMetadata();

    expect(back.equals(bytes)).toBe(true);
    expect(metadata).toMatchObject({
      name: "a/b c/ü.bin",
      size: String(size),
      contentType: "x/y",
      metadata: { who: "me" },
      md5Hash: createHash("md5").update(bytes).digest("base64"),
    });
  });

  test("resumable, in chunks", async () => {
    const bytes = randomBytes(1_000_000);
    await bucket.file("chunked").save(bytes, { resumable: true, chunkSize: 256 * 1024 });
    const [back] = await bucket.file("chunked").download();
    expect(back.equals(bytes)).toBe(true);
  });

  test("content that looks like a multipart boundary's beginning", async () => {
    const bytes = Buffer.from("\r\n--\r\n--x\r\n\r\n--".repeat(5_000));
    await bucket.file("tricky").save(bytes, { resumable: false });
    const [back] = await bucket.file("tricky").download();
    expect(back.equals(bytes)).toBe(true);
  });
});

test("a gzip-encoded object is sent packed to who takes it and unpacked to who does not", async () => {
  const text = "hello\n".repeat(1000);
  await bucket.file("z").save(gzipSync(text), { resumable: false, metadata: { contentEncoding: "gzip" } });
  const url = `http://127.0.0.1:${standIn.port}/download/storage/v1/b/${bucket.name}/o/z?alt=media`;

  const unpacked = await fetch(url, { headers: { "accept-encoding": "identity" } });
  const [packed] = await bucket.file("z").download({ decompress: false });

  expect(await unpacked.text()).toBe(text);
  expect(packed.equals(gzipSync(text))).toBe(true);
});

test.each([
  [{ start: 10, end: 19 }, 10, 20],
  [{ start: 990 }, 990, 1000],
  [{ end: -5 }, 995, 1000],
])("a range of an object: %j", async (range, from, to) => {
  const bytes = randomBytes(1000);
  await bucket.file("r").save(bytes, { resumable: false });
  const [part] = await bucket.file("r").download({ ...range, validation: false });
  expect(part.equals(bytes.subarray(from, to))).toBe(true);
});

test("of twenty that create one name at once, one wins", async () => {
  const tries = Array.from({ length: 20 }, (_, number) =>
    statusOf(
      bucket
        .file("once")
        .save(String(number), { resumable: false, preconditionOpts: { ifGenerationMatch: 0 } }),
    ),
  );
  const statuses = await Promise.all(tries);
  expect(statuses.filter((status) => status === 200)).toHaveLength(1);
  expect(statuses.filter((status) => status === 412)).toHaveLength(19);
});

test("a generation that has passed is refused, for write, delete and read", async () => {
  const file = bucket.file("g");
  await file.save("1", { resumable: false });
  const old = Number((await file.getMetadata())[0].generation);
  await file.save("2", { resumable: false });

  expect(
    await statusOf(file.save("3", { resumable: false, preconditionOpts: { ifGenerationMatch: old } })),
  ).toBe(412);
  expect(await statusOf(file.delete({ ifGenerationMatch: old }))).toBe(412);
  expect(await statusOf(bucket.file("g", { generation: old }).download())).toBe(404);
  const [now] = await file.download();
  expect(now.toString()).toBe("2");
});

test("a listing goes page by page in the order of bytes, folded at the delimiter", async () => {
  const names = ["a/1", "a/2", "a/b/3", "b", "b/", "ü", "😀", "Z"];
  await Promise.all(names.map((name) => bucket.file(name).save(name, { resumable: false })));
  const pages: string[] = [];
  let query: object | null = { autoPaginate: false, maxResults: 3 };
  while (query !== null) {
    const [files, next]: [{ name: string }[], object | null, ...unknown[]] = await bucket.getFiles(query);
    expect(files.length).toBeLessThanOrEqual(3);
    pages.push(...files.map(({ name }) => name));
    query = next;
  }
  expect(pages).toEqual(["Z", "a/1", "a/2", "a/b/3", "b", "b/", "ü", "😀"]);

  const folded: string[] = [];
  query = { autoPaginate: false, delimiter: "/", prefix: "", maxResults: 1 };
  while (query !== null) {
    const [files, next, page]: [{ name: string }[], object | null, { prefixes?: string[] }] =
      (await bucket.getFiles(query)) as never;
    folded.push(...files.map(({ name }) => name), ...(page.prefixes ?? []));
    query = next;
  }
  expect(folded).toEqual(["Z", "a/", "b", "b/", "ü", "😀"]);
  const [below] = await bucket.getFiles({ prefix: "a/", delimiter: "/" });
  expect(below.map(({ name }) => name)).toEqual(["a/1", "a/2"]);
});

test("copy, move, compose, metadata", async () => {
  await bucket.file("one").save("1", { resumable: false, contentType: "text/plain" });
  await bucket.file("two").save("22", { resumable: false });
  await bucket.file("one").copy(bucket.file("copy"));
  await bucket.combine(["one", "two"], "both");
  await bucket.file("two").move("moved");
  await bucket.file("one").setMetadata({ cacheControl: "no-store", metadata: { a: "1" } });

  expect((await bucket.file("both").download())[0].toString()).toBe("122");
  expect((await bucket.file("copy").getMetadata())[0].contentType).toBe("text/plain");
  expect((await bucket.file("one").getMetadata())[0]).toMatchObject({
    metageneration: "2",
    metadata: { a: "1" },
  });
  const [files] = await bucket.getFiles();
  expect(files.map(({ name }) => name)).toEqual(["both", "copy", "moved", "one"]);
});

test.each([
  "../../etc/passwd",
  "..",
  "a/../b",
  "/",
  "a//b",
  "%2e%2e%2f",
  "nul\0byte",
  "long/".repeat(200),
  "CASE",
  "a%b",
  "a+b c",
])("a hostile name is a name or refused, never a path: %j", async (name) => {
  const status = await statusOf(bucket.file(name).save("x", { resumable: false }));
  const [files] = await bucket.getFiles();
  expect([200, 400]).toContain(status);
  expect(files.map((file) => file.name)).toEqual(status === 200 ? [name] : []);
  const back = status === 200 ? (await bucket.file(name).download())[0].toString() : "x";
  expect(back).toBe("x");
});

test("a checksum that is not the content's is refused, and nothing is left", async () => {
  const save = bucket
    .file("bad")
    .save("content", { resumable: false, metadata: { md5Hash: "AAAAAAAAAAAAAAAAAAAAAA==" } });
  expect(await statusOf(save)).toBe(400);
  expect(await bucket.file("bad").exists()).toEqual([false]);
});

test("what is missing is 404, what is not empty 409", async () => {
  await bucket.file("x").save("x", { resumable: false });
  expect(await statusOf(bucket.file("none").download())).toBe(404);
  expect(await statusOf(storage.bucket("no-such-bucket").getFiles())).toBe(404);
  expect(await statusOf(bucket.delete())).toBe(409);
  expect(await statusOf(storage.createBucket(bucket.name))).toBe(409);
});

test("everything is there after a restart", async () => {
  const dir = mkdtempSync(join(tmpdir(), "pullhouse-storage-"));
  const first = await startStorage({ port: 0, stateDir: dir });
  const before = new Storage({ projectId: "p", apiEndpoint: `http://127.0.0.1:${first.port}` });
  await before.createBucket("kept");
  await before.bucket("kept").file("a").save("1", { resumable: false });
  await first.close();

  const second = await startStorage({ port: 0, stateDir: dir });
  const after = new Storage({ projectId: "p", apiEndpoint: `http://127.0.0.1:${second.port}` });
  expect((await after.bucket("kept").file("a").download())[0].toString()).toBe("1");
  await second.close();
  rmSync(dir, { recursive: true });
});
