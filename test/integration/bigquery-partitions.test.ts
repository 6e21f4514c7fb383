/** Limits on partitions of the local BigQuery: what a job may change, and what a table may have. */
import type { Dataset, Table, TableMetadata } from "@google-cloud/bigquery";
import { beforeEach, describe, expect, test } from "vitest";
import { failure, type JobMetadata, load, localBigQuery } from "./bigquery/local-bigquery.ts";

const local = await localBigQuery();
const { client, storage } = local;
const FIELDS = [
  { name: "id", type: "INTEGER" },
  { name: "ts", type: "TIMESTAMP" },
];
const DAY_MS = 24 * 60 * 60 * 1000;

let dataset: Dataset;
let days: Table;
let objects = 0;

beforeEach(async () => {
  dataset = await local.dataset();
  [days] = await dataset.createTable("days", partitioned("DAY"));
});

function partitioned(type: string, field = "ts"): TableMetadata {
  return { schema: { fields: FIELDS }, timePartitioning: { type, field } };
}

/** An object with one row a day, `null` for a row without a time. */
function rows(from: string, count: number, more: readonly (string | null)[] = []): string {
  const start = Date.parse(from);
  const times = [
    ...Array.from({ length: count }, (_, day) => new Date(start + day * DAY_MS).toISOString()),
    ...more,
  ];
  const name = `bucket/${++objects}`;
  storage.objects.set(name, Buffer.from(times.map((ts, id) => `${JSON.stringify({ id, ts })}\n`).join("")));
  return `gs://${name}`;
}

async function count(table = "days"): Promise<number> {
  const [[row]] = (await client.query(`SELECT COUNT(*) AS n FROM ${dataset.id}.${table}`)) as [
    [{ n: number }],
  ];
  return row.n;
}

async function staged(...uris: readonly string[]): Promise<void> {
  const [table] = await dataset.createTable("staging", { schema: { fields: FIELDS } } as TableMetadata);
  expect((await load(local, table, uris)).status).toEqual({ state: "DONE" });
}

const merge = () =>
  client.query(`MERGE ${dataset.id}.days T USING ${dataset.id}.staging S ON T.id = S.id AND T.ts = S.ts
    WHEN NOT MATCHED THEN INSERT (id, ts) VALUES (S.id, S.ts)`);

const tooMany = (kind: string, partitions: number) =>
  `Too many partitions produced by ${kind}, allowed 4000, ${kind} produces at least ${partitions} partitions`;

describe("a job changes 4,000 partitions at most", () => {
  test("a load job, the partition of rows without a time counted as one", async () => {
    expect((await load(local, days, [rows("2000-01-01", 3_999, [null, null])])).status).toEqual({
      state: "DONE",
    });
    const refused = await load(local, days, [rows("2000-01-01", 4_000, [null])]);
    expect(refused.status.errorResult).toEqual({ reason: "invalid", message: tooMany("load", 4_001) });
    expect(await count()).toBe(4_001);
  });

  test("a load job that creates its table, which then is not there", async () => {
    const options = { schema: { fields: FIELDS }, timePartitioning: { type: "DAY", field: "ts" } };
    const refused = await load(local, dataset.table("made"), [rows("2000-01-01", 4_001)], options);
    expect(refused.status.errorResult?.message).toBe(tooMany("load", 4_001));
    expect(await dataset.table("made").exists()).toEqual([false]);
  });

  test("a MERGE", async () => {
    await staged(rows("2000-01-01", 4_000, [null]));
    const error = await failure(merge());
    expect(error.code).toBe(400);
    expect(error.errors[0]).toMatchObject({ reason: "invalidQuery", message: tooMany("query", 4_001) });
    expect(await count()).toBe(0);
    await client.query(`DELETE FROM ${dataset.id}.staging WHERE ts IS NULL`);
    await merge();
    expect(await count()).toBe(4_000);
  });

  test("INSERT, UPDATE and DELETE, counted by the rows that they change", async () => {
    for (const from of ["2000-01-01", "2010-12-15"]) await load(local, days, [rows(from, 4_000)]);
    await client.query(`CREATE TABLE ${dataset.id}.copy AS SELECT * FROM ${dataset.id}.days`);
    const refused = [
      `INSERT INTO ${dataset.id}.days SELECT * FROM ${dataset.id}.copy`,
      `UPDATE ${dataset.id}.days SET id = 1 WHERE TRUE`,
      `DELETE FROM ${dataset.id}.days WHERE TRUE`,
    ];
    for (const sql of refused)
      expect((await failure(client.query(sql))).message).toBe(tooMany("query", 8_000));
    const [job] = await client.createQueryJob(`UPDATE ${dataset.id}.days SET id = -1 WHERE id < 2000`);
    await job.getQueryResults();
    const [metadata] = (await job.getMetadata()) as unknown as [JobMetadata];
    expect(metadata.statistics.query).toMatchObject({
      numDmlAffectedRows: "4000",
      dmlStats: { insertedRowCount: "0", updatedRowCount: "4000", deletedRowCount: "0" },
    });
    await client.query(`TRUNCATE TABLE ${dataset.id}.days`);
    expect(await count()).toBe(0);
  });

  test("a table that a query creates", async () => {
    await staged(rows("2000-01-01", 4_001));
    const create = (by: string) =>
      `CREATE TABLE ${dataset.id}.made PARTITION BY ${by} AS SELECT * FROM ${dataset.id}.staging`;
    expect((await failure(client.query(create("DATE(ts)")))).message).toBe(tooMany("query", 4_001));
    expect(await dataset.table("made").exists()).toEqual([false]);
    await client.query(create("TIMESTAMP_TRUNC(ts, MONTH)"));
    const [metadata] = (await dataset.table("made").getMetadata()) as unknown as [TableMetadata];
    expect(metadata.timePartitioning).toEqual({ type: "MONTH", field: "ts" });
  });
});

describe("a table has 10,000 partitions at most", () => {
  test("a job that would add more is refused, and one that adds to those that are there is not", async () => {
    for (const from of ["2000-01-01", "2010-12-15"]) await load(local, days, [rows(from, 4_000)]);
    await load(local, days, [rows("1990-01-01", 1_999, [null])]);
    expect(await count()).toBe(10_000);
    const refused = await load(local, days, [rows("1980-01-01", 1)]);
    expect(refused.status.errorResult).toEqual({
      reason: "invalid",
      message: "Too many partitions in table, allowed 10000, load would leave 10001 partitions",
    });
    await staged(rows("1980-01-01", 1));
    expect((await failure(merge())).errors[0]).toMatchObject({
      reason: "invalidQuery",
      message: "Too many partitions in table, allowed 10000, query would leave 10001 partitions",
    });
    expect((await load(local, days, [rows("2000-01-01", 1, [null])])).status).toEqual({ state: "DONE" });
    expect(await count()).toBe(10_002);
  });

  test.each([
    ["HOUR", "2026-01-01T00:59:59Z", "2026-01-01T01:00:00Z"],
    ["MONTH", "2026-01-31T23:59:59Z", "2026-02-01T00:00:00Z"],
    ["YEAR", "1969-12-31T23:59:59Z", "1970-01-01T00:00:00Z"],
  ])("a partition of a table by %s is as long as its unit", async (unit, last, first) => {
    const [table] = await dataset.createTable("units", partitioned(unit));
    // 3,999 partitions of a day each are as many hours at least, and far fewer months or years.
    const result = await load(local, table, [
      rows("2000-01-01", unit === "HOUR" ? 3_999 : 4_001, [last, first]),
    ]);
    expect(result.status.errorResult?.message).toBe(unit === "HOUR" ? tooMany("load", 4_001) : undefined);
  });
});

test.each([
  ["PARTITION BY RANGE_BUCKET(id, GENERATE_ARRAY(0, 10, 1))", "The function RANGE_BUCKET"],
  ["PARTITION BY _PARTITIONDATE", "This PARTITION BY"],
  ["PARTITION BY DATE(ts) OPTIONS (partition_expiration_days = 1)", "The option partition_expiration_days"],
])("what the local BigQuery would not hold to is refused: %s", async (clause, refusal) => {
  const error = await failure(
    client.query(`CREATE TABLE ${dataset.id}.t (id INT64, ts TIMESTAMP) ${clause}`),
  );
  expect(error.message).toContain(`${refusal} is not supported`);
});
