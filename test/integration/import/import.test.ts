/** `pullhouse import`: what the example recorder has left becomes rows, once, whatever state it is in. */
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { Storage } from "@google-cloud/storage";
import { afterEach, beforeEach, expect, test } from "vitest";
import { PULL_TYPE } from "#test/support/pull-message.ts";
import { type StandInCloud, startStandInCloud } from "#test/support/stand-in-cloud.ts";
import { pullhouseHere as pullhouse } from "../cli/run-command.ts";

const PUSH_TYPE = "dev.chainguard.registry.push.v1";
const PULLS = "dev_chainguard_registry_pull_v1";
const WRITTEN = new Date("2025-06-01T12:00:00Z");

let cloud: StandInCloud;
let folder: string;
beforeEach(async () => {
  cloud = await startStandInCloud();
  folder = mkdtempSync(join(tmpdir(), "pullhouse-import-"));
});
afterEach(async () => {
  await cloud.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Data without an envelope, as the recorder writes it. */
const data = (tag: string, when = "2025-05-01T10:00:00.5") =>
  JSON.stringify({ actor: { subject: "s" }, body: { repository: "acme/app", tag, when } });

function file(path: string, content: string | Uint8Array): void {
  const full = join(folder, path);
  mkdirSync(dirname(full), { recursive: true });
  writeFileSync(full, content);
  utimesSync(full, WRITTEN, WRITTEN);
}

const idOf = (line: string) => `sha256:${createHash("sha256").update(line).digest("hex")}`;

const run = (place: string, ...args: string[]) =>
  pullhouse(["import", place, "--type", PULL_TYPE, ...args], cloud.env);

const rows = () =>
  cloud.query<Record<string, unknown>>(
    `SELECT ce_id, ce_source, ce_time, received_at, source, body.tag AS tag FROM ${PULLS} ORDER BY tag, ce_id`,
  );

test("a folder of event files and of rotated ones, plain and gzip: each event is one row, however often", async () => {
  file(`${PULL_TYPE}/2025-05-01/1746143999000000000`, data("one"));
  file(`${PULL_TYPE}/2025-05-01/rotated`, `${data("two")}\r\n\n${data("three")}\n${data("two")}`);
  file(
    `${PULL_TYPE}/2025-05-02/more.gz`,
    gzipSync(`${data("four", "2025-05-02T00:00:00")}\n${data("five")}\n`),
  );

  const dry = await run(folder, "--dry-run");
  expect(dry).toMatchObject({ status: 0 });
  expect(dry.out).toContain("3 files, 6 lines: 6 fit");
  expect(dry.out).toContain("nothing was written");
  expect(await cloud.ports.store.list("", 10)).toEqual([]);

  const first = await run(folder);
  expect(first).toMatchObject({ status: 0 });
  expect(first.out).toContain("from 2025-05-01T10:00:00.5");
  expect(first.out).toContain("5 rows are new");
  const found = await rows();
  expect(found.map(({ tag }) => tag)).toEqual(["five", "four", "one", "three", "two"]);
  expect(found[2]).toEqual({
    ce_id: idOf(data("one")),
    ce_source: "cgr.dev",
    ce_time: expect.objectContaining({ value: "2025-05-01T10:00:00.500Z" }) as unknown,
    received_at: expect.objectContaining({ value: "2025-06-01T12:00:00.000Z" }) as unknown,
    source: "import",
    tag: "one",
  });

  expect((await run(folder)).out).toContain("0 rows are new");
  expect(await rows()).toEqual(found);
  const proof = await pullhouse(["prove", "--since", "4000d"], cloud.env);
  expect(proof.status, proof.out).toBe(0);
});

test("from a bucket", async () => {
  const storage = new Storage({ projectId: "pullhouse-local" });
  const [bucket] = await storage.createBucket("old-recorder");
  const save = (name: string, content: string) => bucket.file(name).save(content, { resumable: false });
  await save(`${PULL_TYPE}/2025-05-01/1746143999000000000`, data("one"));
  await save(`${PULL_TYPE}/2025-05-02/1746143999000000000`, data("two"));
  await save(`${PULL_TYPE}/`, "");
  await save(`${PULL_TYPE}/.cache`, "{");
  await save(`${PUSH_TYPE}/2025-05-01/1746143999000000000`, data("pushed"));
  await save("other.type/2025-05-01/1746143999000000000", data("other"));
  const { out, status } = await run("gs://old-recorder/");
  expect(status).toBe(0);
  expect(out).toContain("2 files, 2 lines");
  expect(out).toContain("1 hidden files and folders were left out");
  expect(out).toContain(`1 files of ${PUSH_TYPE} were left out`);
  expect(out).toContain("1 files of other.type were left out");
  expect(out).toContain("2 rows are new");
  expect((await rows()).map(({ tag }) => tag)).toEqual(["one", "two"]);
  expect((await run(`gs://old-recorder/${PULL_TYPE}/`)).out).toContain("0 rows are new");
  expect((await run(`gs://old-recorder/${PUSH_TYPE}/2025-05-01/`)).status).not.toBe(0);
});

test("lines that do not fit are named with their place, kept, and hold up nothing", async () => {
  const lines = [data("good"), "{ no json", '{"body":{"tag":7}}', "\u0000", '"text"', data("fine")];
  file("broken.ndjson", lines.join("\n"));
  file("bytes.ndjson", Buffer.from([0xff, 0xfe, 0x0a]));
  const { out, error, status } = await run(folder);
  expect(status).toBe(0);
  expect(out).toContain("5 do not fit: rejected_events");
  expect(out).toContain("2 rows are new");
  expect(error).toContain(`${join(folder, "broken.ndjson")}:2: `);
  expect(error).toContain(`${join(folder, "bytes.ndjson")}:1: `);
  const rejected = await cloud.query<{ text: string | null; bytes: Buffer | null }>(
    "SELECT data AS text, data_base64 AS bytes FROM rejected_events",
  );
  expect(rejected.map(({ text }) => text)).toEqual(
    expect.arrayContaining(["{ no json", '{"body":{"tag":7}}', '"text"']),
  );
  expect(rejected).toHaveLength(5);
});

test("a broken file is named, gives what came before the break, and the rest is imported", async () => {
  const lines = Array.from({ length: 5_000 }, (_, number) => data(`tag-${number}`)).join("\n");
  const whole = gzipSync(lines);
  file("a.gz", whole.subarray(0, whole.length / 2));
  file("b", data("after"));
  const { out, error, status } = await run(folder);
  expect(status).toBe(1);
  expect(error).toContain(`${join(folder, "a.gz")} is broken: no whole gzip`);
  expect(out).toContain("1 files are broken");
  expect((await rows()).map(({ tag }) => tag)).toContain("after");
  file("a.gz", whole);
  expect((await run(folder)).status).toBe(0);
  expect(await rows()).toHaveLength(5_001);
});

test("many files of one event each", async () => {
  for (let number = 0; number < 100; number += 1)
    file(`${PULL_TYPE}/2025-05-0${(number % 3) + 1}/id-${number}`, data(`tag-${number}`));
  expect((await run(folder)).out).toContain("100 files, 100 lines: 100 fit");
  const found = new Set((await rows()).map(({ ce_id: id }) => id));
  expect(found).toEqual(new Set(Array.from({ length: 100 }, (_, number) => idOf(data(`tag-${number}`)))));
});

test("what Pullhouse has received itself is left out", async () => {
  file("pulls", `${data("old")}\n${data("new", "2025-05-03T00:00:00")}`);
  const { out } = await run(folder, "--before", "2025-05-02");
  expect(out).toContain("1 are not before 2025-05-02: left out");
  expect(out).toContain("1 rows are new");
});

test("before is about the instant, however it is written, and an event without a time is named", async () => {
  const lines = [
    data("zone", "2025-05-01T23:30:00-02:00"),
    data("space", "2025-05-02 10:00:00"),
    data("leap", "2025-05-01T23:59:60"),
    data("earlier", "2025-05-01 23:59:59.999"),
    data("none", "yesterday"),
  ];
  file("pulls", lines.join("\n"));
  const { out } = await run(folder, "--before", "2025-05-02", "--dry-run");
  expect(out).toContain("3 are not before 2025-05-02: left out");
  expect(out).toContain("1 have no readable time in body.when");
});

test("more lines than a batch holds", async () => {
  const many = Array.from({ length: 45_000 }, (_, number) => data(`tag-${number}`));
  file("many", many.join("\n"));
  const { out } = await run(folder);
  expect(out).toContain("45000 rows are new");
  const [count] = await cloud.query<{ n: number }>(`SELECT COUNT(DISTINCT body.tag) AS n FROM ${PULLS}`);
  expect(count?.n).toBe(45_000);
  expect(await cloud.ports.store.list("events/", 10)).toHaveLength(3);
});

test.each([
  ["a place that is not there", "/nowhere/at/all", [], "cannot be read"],
  ["an empty folder", "", [], "nothing to import"],
  ["a bucket that is not there", "gs://not-there/", [], "list"],
  ["a type without a schema", "", ["--type", "com.example.nothing"], "has no schema file"],
  ["a moment that is none", "", ["--before", "soon"], "--before: it takes"],
])("refused: %s", async (_name, place, args, message) => {
  const { status, error } = await run(place || folder, ...args);
  expect(error).toContain(message);
  expect(status).not.toBe(0);
});
