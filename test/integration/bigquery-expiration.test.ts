/** Tables and partitions of the local BigQuery that expire, on a clock that the test moves. */
import type { Dataset, Table, TableMetadata } from "@google-cloud/bigquery";
import { beforeEach, describe, expect, test } from "vitest";
import { failure, load, localBigQuery } from "./bigquery/local-bigquery.ts";

const HOUR_MS = 60 * 60 * 1000;
const DAY_MS = 24 * HOUR_MS;
const START = Date.parse("2026-11-20T12:00:00Z");

let nowMs = START;
const local = await localBigQuery({ now: () => nowMs });
const { client, storage } = local;
const SCHEMA = {
  fields: [
    { name: "id", type: "STRING" },
    { name: "ts", type: "TIMESTAMP" },
  ],
};

let dataset: Dataset;

beforeEach(async () => {
  nowMs = START;
  dataset = await local.dataset();
});

async function metadataOf(table: Table): Promise<TableMetadata> {
  const [metadata] = (await table.getMetadata()) as unknown as [TableMetadata];
  return metadata;
}

/** One row for each time, named by it. */
async function fill(table: Table, ...times: readonly (string | null)[]): Promise<void> {
  storage.objects.set(
    "bucket/rows",
    Buffer.from(times.map((ts) => `${JSON.stringify({ id: String(ts), ts })}\n`).join("")),
  );
  const job = await load(local, table, ["gs://bucket/rows"], { schema: SCHEMA });
  expect(job.status).toEqual({ state: "DONE" });
  expect(job.statistics.load?.["outputRows"]).toBe(String(times.length));
}

async function ids(): Promise<readonly string[]> {
  const [rows] = (await client.query(`SELECT id FROM ${dataset.id}.t ORDER BY id`)) as [{ id: string }[]];
  return rows.map(({ id }) => id);
}

describe("a dataset's default for tables", () => {
  const expected = String(START + HOUR_MS);

  test("counts from the creation, however a table is created", async () => {
    await dataset.setMetadata({ defaultTableExpirationMs: String(HOUR_MS) });
    await dataset.createTable("made", { schema: SCHEMA });
    await fill(dataset.table("loaded"), null);
    await client.query(`CREATE TABLE ${dataset.id}.selected AS SELECT * FROM ${dataset.id}.loaded`);
    await client.query(`CREATE TABLE ${dataset.id}.declared (a INT64)`);
    const names = ["made", "loaded", "selected", "declared"];
    for (const name of names) expect((await metadataOf(dataset.table(name))).expirationTime).toBe(expected);
    nowMs += HOUR_MS - 1;
    expect((await dataset.getTables())[0]).toHaveLength(names.length);
    nowMs += 1;
    expect((await dataset.getTables())[0]).toEqual([]);
    expect((await failure(client.query(`SELECT * FROM ${dataset.id}.loaded`))).code).toBe(404);
    const [rows] = await client.query(`SELECT table_name FROM ${dataset.id}.INFORMATION_SCHEMA.COLUMNS`);
    expect(rows).toEqual([]);
  });

  test("is overruled by a table's own, and a change of it is for later tables", async () => {
    await dataset.setMetadata({ defaultTableExpirationMs: String(HOUR_MS) });
    const own = String(START + DAY_MS);
    const [explicit] = await dataset.createTable("explicit", { schema: SCHEMA, expirationTime: own });
    const [early] = await dataset.createTable("early", { schema: SCHEMA });
    await dataset.setMetadata({ defaultTableExpirationMs: String(2 * HOUR_MS) });
    const [late] = await dataset.createTable("late", { schema: SCHEMA });
    await dataset.setMetadata({ defaultTableExpirationMs: "0" });
    const [never] = await dataset.createTable("never", { schema: SCHEMA });
    const found = await Promise.all([explicit, early, late, never].map(metadataOf));
    expect(found.map(({ expirationTime }) => expirationTime)).toEqual([
      own,
      expected,
      String(START + 2 * HOUR_MS),
      undefined,
    ]);
  });

  test("is an hour at least", async () => {
    const short = { defaultTableExpirationMs: String(HOUR_MS - 1) };
    expect((await failure(dataset.setMetadata(short))).code).toBe(400);
    expect((await failure(client.createDataset("short_lived", short))).code).toBe(400);
    expect(await client.dataset("short_lived").exists()).toEqual([false]);
  });
});

describe("a partition expires", () => {
  const partitioned = (expirationMs?: number) => ({
    schema: SCHEMA,
    timePartitioning: {
      type: "DAY",
      field: "ts",
      ...(expirationMs === undefined ? {} : { expirationMs: String(expirationMs) }),
    },
  });

  test("so long after its end, one day after the other, and never the one of rows without a time", async () => {
    const [table] = await dataset.createTable("t", partitioned(6 * HOUR_MS));
    await fill(table, "2026-11-19T00:00:00Z", "2026-11-19T23:59:59Z", "2026-11-20T00:00:00Z", null);
    // The 19th ended twelve hours ago: its rows were taken, and were gone as soon.
    expect(await ids()).toEqual(["2026-11-20T00:00:00Z", "null"]);
    expect((await metadataOf(table)).numRows).toBe("2");
    nowMs = Date.parse("2026-11-21T05:59:59.999Z");
    expect(await ids()).toEqual(["2026-11-20T00:00:00Z", "null"]);
    nowMs += 1;
    expect((await table.getRows())[0]).toHaveLength(1);
    expect(await ids()).toEqual(["null"]);
    nowMs += 1000 * DAY_MS;
    expect(await ids()).toEqual(["null"]);
  });

  test.each(["DATE", "DATETIME"])("of a %s column as well", async (type) => {
    await client.query(
      `CREATE TABLE ${dataset.id}.t (id STRING, day ${type}) PARTITION BY DATE_TRUNC(day, MONTH)`,
    );
    await dataset
      .table("t")
      .setMetadata({ timePartitioning: { type: "MONTH", field: "day", expirationMs: String(DAY_MS) } });
    await client.query(
      `INSERT INTO ${dataset.id}.t VALUES ('october', '2026-10-31'), ('november', '2026-11-01')`,
    );
    expect(await ids()).toEqual(["november"]);
    nowMs = Date.parse("2026-12-02T00:00:00Z");
    expect(await ids()).toEqual([]);
  });

  test("by the dataset's default, which replaces that for tables", async () => {
    await dataset.setMetadata({
      defaultTableExpirationMs: String(HOUR_MS),
      defaultPartitionExpirationMs: String(DAY_MS),
    });
    const [table] = await dataset.createTable("t", partitioned());
    const [own] = await dataset.createTable("own", partitioned(2 * DAY_MS));
    await client.query(
      `CREATE TABLE ${dataset.id}.selected PARTITION BY DATE(ts) AS SELECT TIMESTAMP '2026-11-20' AS ts`,
    );
    const [plain] = await dataset.createTable("plain", { schema: SCHEMA });
    const found = await Promise.all([table, own, dataset.table("selected"), plain].map(metadataOf));
    expect(
      found.map(({ timePartitioning, expirationTime }) => [timePartitioning?.expirationMs, expirationTime]),
    ).toEqual([
      [String(DAY_MS), undefined],
      [String(2 * DAY_MS), undefined],
      [String(DAY_MS), undefined],
      [undefined, String(START + HOUR_MS)],
    ]);
  });

  test("at once when the table's setting is changed, also below a view and in a MERGE", async () => {
    const [table] = await dataset.createTable("t", partitioned());
    await fill(table, "2020-01-01T00:00:00Z", "2026-11-20T00:00:00Z");
    await client.query(`CREATE VIEW ${dataset.id}.v AS SELECT id FROM ${dataset.id}.t`);
    await table.setMetadata(partitioned(DAY_MS));
    expect((await client.query(`SELECT id FROM ${dataset.id}.v`))[0]).toEqual([
      { id: "2026-11-20T00:00:00Z" },
    ]);
    await client.query(`MERGE ${dataset.id}.t T USING (SELECT '2020-01-01T00:00:00Z' AS id) S ON T.id = S.id
      WHEN NOT MATCHED THEN INSERT (id) VALUES (S.id)`);
    expect(await ids()).toEqual(["2020-01-01T00:00:00Z", "2026-11-20T00:00:00Z"]);
    expect((await failure(table.setMetadata(partitioned(0)))).code).toBe(400);
  });
});
