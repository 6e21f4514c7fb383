/** A schema file in the folder is all that a new type needs, and a new column in it reaches the table that is there. */
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { Column } from "#services/shared/schema/column.ts";
import { type LivePipeline, startLivePipeline } from "#test/support/live-pipeline.ts";

const TYPE = "dev.example.scan.finished.v1";
const TABLE = "dev_example_scan_finished_v1";
const PATIENCE = { timeout: 60_000, interval: 250 };

const FIRST: readonly Column[] = [
  { name: "image", type: "STRING", description: "Name of the image." },
  {
    name: "report",
    type: "RECORD",
    description: "What was found.",
    fields: [{ name: "fixable_count", type: "INTEGER", description: "Findings with a fix." }],
  },
];
/** A new column at the end of each level. */
const GROWN: readonly Column[] = [
  { name: "image", type: "STRING", description: "Name of the image." },
  {
    name: "report",
    type: "RECORD",
    description: "What was found.",
    fields: [
      { name: "fixable_count", type: "INTEGER", description: "Findings with a fix." },
      { name: "worst", type: "STRING", description: "Highest severity among them." },
    ],
  },
  { name: "labels", type: "STRING", mode: "REPEATED", description: "Labels of the image." },
];

const folder = mkdtempSync(join(tmpdir(), "pullhouse-schemas-"));
const write = (columns: readonly Column[]) =>
  writeFileSync(join(folder, `${TYPE}.json`), JSON.stringify(columns));

let pipeline: LivePipeline;

beforeAll(async () => {
  cpSync("schemas", folder, { recursive: true });
  write(FIRST);
  pipeline = await startLivePipeline({ SCHEMAS_FOLDER: folder });
}, 120_000);
afterAll(async () => {
  await pipeline.stop();
  rmSync(folder, { recursive: true, force: true });
});

const data = (id: string) => ({
  image: `acme/${id}`,
  report: { fixableCount: "7", worst: "HIGH" },
  labels: ["a", "b"],
});

const headers = (id: string) => ({
  "content-type": "application/json",
  "ce-id": id,
  "ce-type": TYPE,
  "ce-source": "scanner.example",
  "ce-specversion": "1.0",
  "ce-time": "2026-08-20T10:00:00Z",
});

async function post(id: string): Promise<number> {
  return pipeline.post(Buffer.from(JSON.stringify(data(id))), headers(id));
}

/** Whether the receiver took it; it may still be starting. */
async function isTaken(id: string): Promise<boolean> {
  try {
    return (await post(id)) === 202;
  } catch (error) {
    // fetch has this for every connection that it does not get.
    if (error instanceof TypeError) return false;
    throw error;
  }
}

interface Row {
  readonly ce_id: string;
  readonly row: string;
}

async function rows(): Promise<Record<string, unknown>> {
  const sql = `SELECT ce_id, TO_JSON_STRING(STRUCT(image, report, extra)) AS row FROM ${TABLE}`;
  const found = await pipeline.query<Row>(sql);
  return Object.fromEntries(found.map(({ ce_id, row }) => [ce_id, JSON.parse(row) as unknown]));
}

test("a file in the folder makes the table, and its events are rows in it", async () => {
  expect(await post("before")).toBe(202);
  await vi.waitUntil(async () => "before" in (await rows()), PATIENCE);
  expect(await rows()).toEqual({
    before: {
      image: "acme/before",
      report: { fixable_count: 7 },
      extra: { report: { worst: "HIGH" }, labels: ["a", "b"] },
    },
  });
});

test("after a restart with new columns in the file they are in the table, filled, and NULL in the rows before", async () => {
  write(GROWN);
  // They are started again, and read the files as they are then.
  for (const service of ["loader", "batcher", "receiver"]) pipeline.signal(service, "SIGKILL");
  await vi.waitUntil(() => isTaken("after"), PATIENCE);
  await vi.waitUntil(async () => "after" in (await rows()), PATIENCE);
  const sql = `SELECT ce_id, report.fixable_count AS fixable, report.worst AS worst, labels, extra FROM ${TABLE} ORDER BY ce_id`;
  expect(await pipeline.query(sql)).toEqual([
    { ce_id: "after", fixable: 7, worst: "HIGH", labels: ["a", "b"], extra: null },
    { ce_id: "before", fixable: 7, worst: null, labels: [], extra: expect.any(String) as string },
  ]);
  const columns = await pipeline.query<{ column_name: string }>(
    `SELECT column_name FROM INFORMATION_SCHEMA.COLUMNS WHERE table_name = '${TABLE}' ORDER BY ordinal_position`,
  );
  expect(columns.map(({ column_name: name }) => name).slice(-3)).toEqual(["image", "report", "labels"]);
});

test("an older loader loads the columns of a newer batcher, which are not in its files", async () => {
  write([...GROWN, { name: "scanner", type: "STRING", description: "Program that looked." }]);
  for (const service of ["batcher", "receiver"]) pipeline.signal(service, "SIGKILL");
  const body = Buffer.from(JSON.stringify({ ...data("late"), scanner: "grype" }));
  await vi.waitUntil(async () => {
    const status = await pipeline.post(body, headers("late")).catch(() => 0);
    return status === 202;
  }, PATIENCE);
  await vi.waitUntil(async () => "late" in (await rows()), PATIENCE);
  expect(await pipeline.query(`SELECT scanner FROM ${TABLE} WHERE ce_id = 'late'`)).toEqual([
    { scanner: "grype" },
  ]);
  expect((await pipeline.bucket.getFiles({ prefix: "quarantine/" }))[0]).toEqual([]);
});
