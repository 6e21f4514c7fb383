/** What lies in real folders and buckets of the recorder: each line is imported, or named and counted as left out. */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { PULL_TYPE } from "#test/support/pull-message.ts";
import { type StandInCloud, startStandInCloud } from "#test/support/stand-in-cloud.ts";
import { pullhouseHere as pullhouse } from "../cli/run-command.ts";

const PUSH_TYPE = "dev.chainguard.registry.push.v1";
const WRITTEN = new Date("2025-06-01T12:00:00Z");

let cloud: StandInCloud;
let folder: string;
beforeAll(async () => {
  cloud = await startStandInCloud();
});
afterAll(() => cloud.close());
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pullhouse-folders-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const data = (tag: string, when = "2025-05-01T10:00:00.5") =>
  JSON.stringify({ actor: { subject: folder }, body: { repository: "acme/app", tag, when } });

function file(path: string, content: string | Uint8Array, written = WRITTEN): string {
  const full = join(folder, path);
  mkdirSync(dirname(full), { recursive: true });
  writeFileSync(full, content);
  utimesSync(full, written, written);
  return full;
}

function link(path: string, target: string): void {
  const full = join(folder, path);
  mkdirSync(dirname(full), { recursive: true });
  symlinkSync(target, full);
}

const run = (place: string, ...args: string[]) =>
  pullhouse(["import", join(folder, place), "--type", PULL_TYPE, ...args], cloud.env);

/** Of the lines of this test's folder. */
const rows = (columns: string) =>
  cloud.query<Record<string, unknown>>(
    `SELECT ${columns} FROM dev_chainguard_registry_pull_v1 WHERE actor.subject = '${folder}' ORDER BY body.tag`,
  );
const tags = async () => (await rows("body.tag AS tag")).map(({ tag }) => tag);

test("two lines of one flush are two events, a line of two flushes is one", async () => {
  file(`b/${PULL_TYPE}/2025-05-01/1746143999000000000`, data("before"));
  file(`b/${PULL_TYPE}/2025-05-02/1746143999000000000`, data("after"));
  file(`b/${PULL_TYPE}/2025-05-02/1746144179000000000`, data("after"));
  expect((await run("b")).out).toContain("2 rows are new");
  expect(await tags()).toEqual(["after", "before"]);
});

test("files of other types are left out by type, however deep and however their folder is written", async () => {
  file(`b/${PULL_TYPE}/2025-05-01/1746143999000000000`, data("a-pull"));
  file(`b/backup/eu/${PULL_TYPE}/2025-05-01T10:00:00+00:00_c0ffee`, data("b-pull-of-a-subscription"));
  file("b/no/type/2025-05-01/1746143999000000000", data("c-no-type"));
  file("b/dev_chainguard_registry_pull_v1-000000000000.json.gz", gzipSync(data("d-extract")));
  file(`b/${PUSH_TYPE}/2025-05-01/1746143999000000000`, data("push"));
  file(`b/backup/us/${PUSH_TYPE}/1746143999000000000`, data("push"));
  file("b/dev_chainguard_registry_push_v1-000000000000.json.gz", gzipSync(data("push")));
  file("b/com.example%2Fbuilt.v1/2025-05-01/1746143999000000000", data("built"));
  const { out, status } = await run("b");
  expect(status).toBe(0);
  expect(out).toContain("4 files, 4 lines");
  expect(out).toContain(`3 files of ${PUSH_TYPE} were left out: import them with --type ${PUSH_TYPE}`);
  expect(out).toContain("1 files of com.example/built.v1 were left out: it has no schema file");
  expect(await tags()).toEqual(["a-pull", "b-pull-of-a-subscription", "c-no-type", "d-extract"]);
});

test("a folder that belongs to another type is refused, also from within", async () => {
  file(`b/${PUSH_TYPE}/2025-05-01/1746143999000000000`, data("push"));
  for (const place of ["b", `b/${PUSH_TYPE}`, `b/${PUSH_TYPE}/2025-05-01/1746143999000000000`]) {
    const { out, error, status } = await run(place);
    expect(status).not.toBe(0);
    expect(out).toContain(`1 files of ${PUSH_TYPE} were left out`);
    expect(error).toContain(`there is nothing of ${PULL_TYPE}`);
  }
  expect(await tags()).toEqual([]);
});

test("links to files and folders are followed, in the tree and out of it, each folder once", async () => {
  file("store/aa/1", data("a-linked-file"));
  file("store/folder/1", data("b-linked-folder"));
  file(`store/${PUSH_TYPE}/1`, data("push"));
  file("in/real", data("c-real"));
  file(`store/${PULL_TYPE}/1`, data("d-under-another-name"));
  link("in/aa.other.v1/2025-05-01", `../../store/${PULL_TYPE}`);
  link("in/file", "../store/aa/1");
  link("in/folder", join(folder, "store/folder"));
  link("in/latest", `../store/${PUSH_TYPE}`);
  link("in/deep/up", "..");
  link("in/self", "self");
  link("in/gone", "../store/none");
  const { out, error, status } = await run("in");
  expect(status).toBe(0);
  expect(out).toContain("4 files, 4 lines");
  expect(out).toContain("2 links that lead nowhere were left out");
  expect(out).toContain("1 links to folders that are read anyway were left out");
  expect(out).toContain(`1 files of ${PUSH_TYPE} were left out`);
  for (const name of ["gone", "self", "deep/up"]) expect(error).toContain(join(folder, "in", name));
  expect(await tags()).toEqual(["a-linked-file", "b-linked-folder", "c-real", "d-under-another-name"]);
});

test("a ConfigMap's volume, and hidden files", async () => {
  file("cm/..2025_05_01/events.ndjson", data("mounted"));
  link("cm/..data", "..2025_05_01");
  link("cm/events.ndjson", "..data/events.ndjson");
  file("cm/.DS_Store", "\u0000\u0000\u0000\u0001Bud1");
  const { out, error } = await run("cm", "--dry-run");
  expect(out).toContain("1 files, 1 lines: 1 fit");
  expect(out).toContain("3 hidden files and folders were left out");
  expect(error).toContain(`${join(folder, "cm/.DS_Store")}: hidden`);
  expect((await run("cm")).out).toContain("1 rows are new");
  // A hidden place that is named is meant.
  expect((await run("cm/..2025_05_01")).out).toContain("1 files, 1 lines");
});

test("pipes and sockets are named, and wait for nobody; a pipe that is named itself is read", async () => {
  const real = file("in/real", data("real"));
  execFileSync("sh", ["-c", 'mkfifo "$0"', join(folder, "in/pipe")]);
  const { out, error, status } = await run("in");
  expect(status).toBe(0);
  expect(out).toContain("1 pipes, sockets and devices were left out");
  expect(error).toContain(join(folder, "in/pipe"));
  expect(await tags()).toEqual(["real"]);
  const writer = spawn("sh", ["-c", 'cat "$0" > "$1"', real, join(folder, "in/pipe")]);
  expect((await run("in/pipe")).out).toContain("1 files, 1 lines: 1 fit");
  expect(writer.exitCode ?? (await once(writer, "exit"))[0]).toBe(0);
});

test.skipIf(process.getuid?.() === 0)(
  "what may not be read is named, makes the status 1, and the rest is imported",
  async () => {
    file("in/real", data("real"));
    chmodSync(file("in/secret", data("secret")), 0);
    file("in/closed/1", data("closed"));
    chmodSync(join(folder, "in/closed"), 0);
    const { out, error, status } = await run("in").finally(() => chmodSync(join(folder, "in/closed"), 0o700));
    expect(status).toBe(1);
    expect(out).toContain("2 files are broken or cannot be read");
    for (const name of ["secret", "closed"]) expect(error).toContain(join(folder, "in", name));
    expect(await tags()).toEqual(["real"]);
  },
);

const UNREADABLE = "/proc/self/mem";
test.skipIf(!existsSync(UNREADABLE))(
  "a file whose reading fails is named, and the rest is imported (skipped where there is no /proc)",
  async () => {
    file("in/real", data("real"));
    link("in/mem", UNREADABLE);
    const { out, error, status } = await run("in");
    expect(status).toBe(1);
    expect(out).toContain("1 files are broken or cannot be read");
    expect(error).toContain(`${join(folder, "in/mem")} is broken: it cannot be read, `);
    expect(await tags()).toEqual(["real"]);
  },
);

test("a BOM, blanks around lines, CRLF and empty files change nothing", async () => {
  file("in/1", `\ufeff${data("a")}\r\n`);
  file("in/2", ` \t${data("a")} \t\r\n   \r\n\r\n${data("b")}`);
  file("in/3", "");
  file("in/4.gz", gzipSync(`\ufeff${data("b")}`));
  const { out, status } = await run("in");
  expect(status).toBe(0);
  expect(out).toContain("4 files, 4 lines: 4 fit");
  expect(out).toContain("1 files are empty");
  expect(out).toContain("2 rows are new");
});

test.each([
  ["Avro", "Obj\u0001"],
  ["Parquet", "PAR1"],
  ["zip", "PK\u0003\u0004"],
  ["bzip2", "BZh91AY"],
])("a file in %s is named, and none of it becomes a row", async (name, start) => {
  file("in/table", Buffer.concat([Buffer.from(start, "latin1"), Buffer.alloc(100, "\n\u0000")]));
  file("in/zz", data("after"));
  const { out, error, status } = await run("in", "--dry-run");
  expect(status).toBe(1);
  expect(error).toContain(`${join(folder, "in/table")} is broken: it is ${name}, not lines of JSON`);
  expect(out).toContain("1 files, 1 lines: 1 fit");
});

test("a line longer than BigQuery would load breaks its file, and no other", async () => {
  file("in/1", `${data("a")}\n${"x".repeat(16_000_001)}\n`);
  file("in/2", data("b"));
  const { out, error, status } = await run("in", "--dry-run");
  expect(status).toBe(1);
  expect(error).toContain(`${join(folder, "in/1")} is broken: a line is longer than 16000000 bytes`);
  expect(out).toContain("1 files, 2 lines: 2 fit");
});

test("old times are kept within ten years of the file's own time, and counted beyond", async () => {
  file("in/1", [data("a", "2015-06-03T00:00:00"), data("b", "2015-05-01T00:00:00")].join("\n"));
  const { out } = await run("in");
  expect(out).toContain("1 happened more than ten years before, or two days after, their file was written");
  expect(
    await rows(
      "body.tag AS tag, FORMAT_TIMESTAMP('%F', ce_time) AS day, JSON_VALUE(extra, '$.ce.time') AS said",
    ),
  ).toEqual([
    { tag: "a", day: "2015-06-03", said: null },
    { tag: "b", day: null, said: "2015-05-01T00:00:00Z" },
  ]);
});

test("a file that was unpacked without its time, or with one to come, is as old as the import", async () => {
  file("in/1", data("a"), new Date(0));
  file("in/2", data("b"), new Date("1980-01-01T00:00:00Z"));
  file("in/3", data("c"), new Date("2099-01-01T00:00:00Z"));
  file("in/4", data("d", "2098-01-01T00:00:00"), new Date("2099-01-01T00:00:00Z"));
  await run("in");
  const now = "TIMESTAMP_DIFF(CURRENT_TIMESTAMP(), received_at, HOUR) = 0 AS now";
  expect(await rows(`FORMAT_TIMESTAMP('%F', ce_time) AS day, ${now}`)).toEqual([
    { day: "2025-05-01", now: true },
    { day: "2025-05-01", now: true },
    { day: "2025-05-01", now: true },
    { day: null, now: true },
  ]);
});

test("files of many years are never more days in one object than a job may modify", async () => {
  const events = Array.from({ length: 20 }, (_, n) => ({ n, year: 2003 + n }));
  for (const { n, year } of events)
    file(
      `in/${n + 10}`,
      data(`tag-${n + 10}`, `${year}-01-01T00:00:00`),
      new Date(`${year}-06-01T00:00:00Z`),
    );
  expect((await run("in")).out).toContain("20 rows are new");
  const spans = await cloud.query<{ days: number }>(
    `SELECT MAX(TIMESTAMP_DIFF(max_ce_time, min_ce_time, DAY)) AS days FROM loads WHERE min_ce_time < '2004-01-01'`,
  );
  expect(spans[0]?.days).toBeGreaterThan(3_000);
  expect(spans[0]?.days).toBeLessThan(4_000);
});
