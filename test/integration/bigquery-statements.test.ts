/** DML and DDL of the local BigQuery: counts, locks, errors, and that the API sees what they do. */
import type { TableMetadata } from "@google-cloud/bigquery";
import { describe, expect, test } from "vitest";
import { failure, type JobMetadata, load, localBigQuery } from "./bigquery/local-bigquery.ts";

const local = await localBigQuery();
const { client } = local;

/** Runs a query to its end and answers what its job tells of it. */
async function run(query: string): Promise<Record<string, unknown>> {
  const [job] = await client.createQueryJob({ query });
  await job.getQueryResults();
  const [metadata] = (await job.getMetadata()) as unknown as [JobMetadata];
  return metadata.statistics.query ?? {};
}

describe("statements", () => {
  async function dataset(): Promise<string> {
    const { id } = await local.dataset();
    await client.query(`CREATE TABLE ${id}.t (k INT64 NOT NULL, v STRING, l ARRAY<INT64>)`);
    await client.query(`INSERT INTO ${id}.t (k, v) VALUES (1, 'a'), (2, 'b')`);
    return id ?? "";
  }

  test("MERGE tells what it inserted, updated and deleted", async () => {
    const id = await dataset();
    const query = await run(`MERGE ${id}.t T USING (SELECT k FROM UNNEST([1, 3, 4]) AS k) S ON T.k = S.k
      WHEN MATCHED THEN UPDATE SET v = 'changed'
      WHEN NOT MATCHED THEN INSERT (k, v) VALUES (S.k, 'new')
      WHEN NOT MATCHED BY SOURCE THEN DELETE`);
    expect(query).toMatchObject({
      statementType: "MERGE",
      numDmlAffectedRows: "4",
      dmlStats: { insertedRowCount: "2", updatedRowCount: "1", deletedRowCount: "1" },
      referencedTables: [{ projectId: "local-test", datasetId: id, tableId: "t" }],
    });
    expect(Number(query["totalBytesBilled"])).toBe(10 * 1024 * 1024);
    expect((await client.query(`SELECT k, v, l FROM ${id}.t ORDER BY k`))[0]).toEqual([
      { k: 1, v: "changed", l: [] },
      { k: 3, v: "new", l: [] },
      { k: 4, v: "new", l: [] },
    ]);
  });

  test("INSERT, UPDATE, DELETE and TRUNCATE tell their rows", async () => {
    const id = await dataset();
    const affected = async (sql: string) => (await run(sql))["numDmlAffectedRows"];
    expect(await affected(`INSERT INTO ${id}.t (k) SELECT k + 10 FROM ${id}.t`)).toBe("2");
    expect(await affected(`UPDATE ${id}.t SET v = 'x' WHERE k > 10`)).toBe("2");
    expect(await affected(`DELETE FROM ${id}.t WHERE k = 1`)).toBe("1");
    expect(await affected(`TRUNCATE TABLE ${id}.t`)).toBe("3");
  });

  test("a failed statement changes nothing and says why", async () => {
    const id = await dataset();
    const error = await failure(
      client.query(`INSERT INTO ${id}.t (k) SELECT IF(k = 2, NULL, k) FROM ${id}.t`),
    );
    expect(error.errors[0]).toMatchObject({
      reason: "invalidQuery",
      message: "Required field k cannot be null",
    });
    expect((await client.query(`SELECT COUNT(*) AS n FROM ${id}.t`))[0]).toEqual([{ n: 2 }]);
  });

  test("statements that change one table wait for each other", async () => {
    const id = await dataset();
    await Promise.all(
      Array.from({ length: 12 }, () => client.query(`UPDATE ${id}.t SET k = k + 1 WHERE TRUE`)),
    );
    expect((await client.query(`SELECT k FROM ${id}.t ORDER BY k`))[0]).toEqual([{ k: 13 }, { k: 14 }]);
  });

  test("DDL and the API see the same tables", async () => {
    const id = await dataset();
    const table = client.dataset(id).table("t");
    expect((await table.getMetadata())[0]).toMatchObject({
      schema: {
        fields: [
          { name: "k", type: "INTEGER", mode: "REQUIRED" },
          { name: "v", type: "STRING", mode: "NULLABLE" },
          { name: "l", type: "INTEGER", mode: "REPEATED" },
        ],
      },
    });
    expect((await failure(client.query(`CREATE TABLE ${id}.t (a INT64)`))).code).toBe(409);
    expect(await run(`CREATE TABLE IF NOT EXISTS ${id}.t (a INT64)`)).toMatchObject({
      ddlOperationPerformed: "SKIP",
    });
    await client.query(`ALTER TABLE ${id}.t ADD COLUMN w TIMESTAMP`);
    await client.query(`CREATE OR REPLACE VIEW ${id}.v AS SELECT k, w FROM ${id}.t`);
    await client.query(`CREATE TABLE ${id}.copy AS SELECT v.k FROM ${id}.v AS v`);
    const [tables] = await client.dataset(id).getTables();
    expect(tables.map((each) => [each.id, (each.metadata as { type: string }).type])).toEqual([
      ["copy", "TABLE"],
      ["t", "TABLE"],
      ["v", "VIEW"],
    ]);
    expect((await client.dataset(id).table("v").getMetadata())[0]).toMatchObject({
      view: { query: `SELECT k, w FROM ${id}.t` },
      schema: { fields: [{ name: "k" }, { name: "w", type: "TIMESTAMP" }] },
    });
    await client.query(`DROP VIEW ${id}.v`);
    await client.query(`DROP TABLE ${id}.copy`);
    expect((await client.dataset(id).getTables())[0].map((each) => each.id)).toEqual(["t"]);
  });

  test("INFORMATION_SCHEMA shows tables and columns", async () => {
    const id = await dataset();
    const [tables] = await client.query(`SELECT table_name, table_type FROM ${id}.INFORMATION_SCHEMA.TABLES`);
    expect(tables).toEqual([{ table_name: "t", table_type: "BASE TABLE" }]);
    const [columns] = await client.query(
      `SELECT column_name, data_type, is_nullable FROM ${id}.INFORMATION_SCHEMA.COLUMNS ORDER BY ordinal_position`,
    );
    expect(columns).toEqual([
      { column_name: "k", data_type: "INT64", is_nullable: "NO" },
      { column_name: "v", data_type: "STRING", is_nullable: "YES" },
      { column_name: "l", data_type: "ARRAY<INT64>", is_nullable: "NO" },
    ]);
  });

  test("a table or dataset that is not there is notFound, a name that is not there invalidQuery", async () => {
    const id = await dataset();
    expect((await failure(client.query(`SELECT * FROM ${id}.nope`))).errors[0]).toMatchObject({
      reason: "notFound",
      message: `Not found: Table local-test:${id}.nope`,
    });
    expect((await failure(client.query("SELECT * FROM nods.t"))).errors[0]).toMatchObject({
      message: "Not found: Dataset local-test:nods",
    });
    expect((await failure(client.query(`SELECT nope FROM ${id}.t`))).errors[0]).toMatchObject({
      reason: "invalidQuery",
      message: "Unrecognized name: nope",
    });
  });

  test("legacy SQL and what cannot be translated are refused in words", async () => {
    const legacy = await failure(client.createQueryJob({ query: "SELECT 1", useLegacySql: true }));
    expect(legacy.message).toContain("Legacy SQL");
    const untranslated = await failure(
      client.query("SELECT * FROM UNNEST([1]) AS a PIVOT (SUM(a) FOR a IN (1))"),
    );
    expect(untranslated.errors[0]).toMatchObject({
      reason: "invalidQuery",
      message: expect.stringContaining("not supported by the local BigQuery") as string,
    });
  });

  test("10,000 rows are loaded and merged in well under a second each", async () => {
    const { id } = await local.dataset();
    const schema = {
      fields: [
        { name: "id", type: "STRING" },
        { name: "at", type: "TIMESTAMP" },
        { name: "extra", type: "JSON" },
      ],
    };
    for (const name of ["t", "staging"])
      await client.dataset(id ?? "").createTable(name, { schema } as TableMetadata);
    const rows = Array.from({ length: 10_000 }, (_, n) =>
      JSON.stringify({ id: `id-${n}`, at: "2026-01-02T03:04:05.123Z", extra: { n, text: "x".repeat(500) } }),
    );
    local.storage.objects.set("bucket/many", Buffer.from(`${rows.join("\n")}\n`));
    const begun = performance.now();
    const job = await load(local, client.dataset(id ?? "").table("staging"), ["gs://bucket/many"]);
    const loaded = performance.now();
    const query = await run(`MERGE ${id}.t T USING ${id}.staging S ON T.id = S.id
      WHEN NOT MATCHED THEN INSERT (id, at, extra) VALUES (S.id, S.at, S.extra)`);
    const merged = performance.now();
    console.log(
      `10,000 rows: load ${Math.round(loaded - begun)} ms, merge ${Math.round(merged - loaded)} ms`,
    );
    expect(job.statistics.load).toMatchObject({ outputRows: "10000" });
    expect(query).toMatchObject({ numDmlAffectedRows: "10000" });
  });
});
