/** Load jobs of the local BigQuery: what they take, what they refuse, and that they add all rows or none. */
import { gzipSync } from "node:zlib";
import type { Table, TableMetadata } from "@google-cloud/bigquery";
import { describe, expect, test } from "vitest";
import { failure, load, localBigQuery } from "./bigquery/local-bigquery.ts";

const local = await localBigQuery();
let objects = 0;

/** Puts an object into the bucket and answers its URI. */
function object(content: string | Buffer, name = `o${++objects}.ndjson`): string {
  local.storage.objects.set(`bucket/${name}`, Buffer.from(content));
  return `gs://bucket/${name}`;
}

function ndjson(...rows: readonly unknown[]): string {
  return rows.map((row) => `${JSON.stringify(row)}\n`).join("");
}

async function table(fields: readonly object[]): Promise<Table> {
  const dataset = await local.dataset();
  const [created] = await dataset.createTable("t", { schema: { fields } } as TableMetadata);
  return created;
}

async function rowsOf(t: Table, columns = "*"): Promise<unknown[]> {
  const [rows] = await local.client.query(`SELECT ${columns} FROM ${t.dataset.id}.${t.id}`);
  return rows as unknown[];
}

const ID = { name: "id", type: "INTEGER" };

describe("objects", () => {
  test("plain and compressed objects are loaded, with what they held", async () => {
    const t = await table([ID]);
    const [plain, zipped] = [ndjson({ id: 1 }, { id: 2 }), gzipSync(ndjson({ id: 3 }))];
    const job = await load(local, t, [object(plain), object(zipped, "three.ndjson.gz")]);
    expect(job.status).toEqual({ state: "DONE" });
    expect(job.statistics.load).toEqual({
      inputFiles: "2",
      inputFileBytes: String(plain.length + zipped.length),
      outputRows: "3",
      outputBytes: expect.stringMatching(/^\d+$/) as string,
      badRecords: "0",
    });
    expect(await rowsOf(t, "SUM(id) AS sum")).toEqual([{ sum: 6 }]);
  });

  test("a wildcard takes the objects between its prefix and its suffix, over several pages", async () => {
    const t = await table([ID]);
    for (const name of ["w/a-1.json", "w/a-2.json", "w/b-4.json", "w/a-8.txt"]) {
      object(ndjson({ id: Number(/\d/.exec(name)?.[0]) }), name);
    }
    const job = await load(local, t, ["gs://bucket/w/a-*.json"]);
    expect(job.statistics.load).toMatchObject({ inputFiles: "2", outputRows: "2" });
    expect(await rowsOf(t, "SUM(id) AS sum")).toEqual([{ sum: 3 }]);
  });

  test("an object that is not there is notFound, and the others are not loaded", async () => {
    const t = await table([ID]);
    const job = await load(local, t, [object(ndjson({ id: 1 })), "gs://bucket/missing.ndjson"]);
    expect(job.status.errorResult).toEqual({
      reason: "notFound",
      message: "Not found: URI gs://bucket/missing.ndjson",
    });
    expect(job.status.errors).toEqual([job.status.errorResult]);
    expect(await rowsOf(t)).toEqual([]);
    const none = await load(local, t, ["gs://bucket/none-*"]);
    expect(none.status.errorResult).toEqual({
      reason: "notFound",
      message: "Not found: Uris gs://bucket/none-*",
    });
  });

  test("a broken gzip stream is invalid", async () => {
    const t = await table([ID]);
    const whole = gzipSync(ndjson(...Array.from({ length: 1000 }, (_, id) => ({ id }))));
    const job = await load(local, t, [object(whole.subarray(0, whole.length - 20), "broken.gz")]);
    expect(job.status.errorResult).toMatchObject({ reason: "invalid", location: "gs://bucket/broken.gz" });
    expect(await rowsOf(t)).toEqual([]);
  });

  test("lines end with LF or CRLF, may be empty, and the last need not end", async () => {
    const t = await table([ID]);
    await load(local, t, [object('\uFEFF{"id":1}\r\n\n{"id":2}\n   \n{"id":4}')]);
    expect(await rowsOf(t, "SUM(id) AS sum")).toEqual([{ sum: 7 }]);
  });

  test("an object without rows loads none", async () => {
    const t = await table([ID]);
    expect((await load(local, t, [object("")])).statistics.load).toMatchObject({ outputRows: "0" });
  });
});

describe("rows", () => {
  test("a bad row refuses the whole job, and is told with its place and its field", async () => {
    const t = await table([ID, { name: "name", type: "STRING" }]);
    const [good, bad] = [object(ndjson({ id: 1 })), object(ndjson({ id: 2, name: "x" }, { id: 3, name: 3 }))];
    const job = await load(local, t, [good, bad]);
    expect(job.status.errorResult).toEqual({
      reason: "invalid",
      location: bad,
      message: expect.stringContaining(
        "encountered too many errors, giving up. Rows: 3; errors: 1.",
      ) as string,
    });
    expect(job.status.errors?.slice(1)).toEqual([
      {
        reason: "invalid",
        message:
          "Error while reading data, error message: JSON processing encountered too many errors, giving up. " +
          "Rows: 3; errors: 1; max bad: 0; error percent: 0",
      },
      {
        reason: "invalid",
        location: bad,
        message:
          "Error while reading data, error message: JSON parsing error in row starting at position 20 (line 2): " +
          `Could not convert value to string. Field: name; Value: 3 File: ${bad}`,
      },
    ]);
    expect(await rowsOf(t)).toEqual([]);
  });

  test("maxBadRecords lets the others in and lists the bad", async () => {
    const t = await table([ID]);
    const uri = object(`${ndjson({ id: 1 }, { id: "x" })}not json\n${ndjson({ id: 2 })}`);
    const job = await load(local, t, [uri], { maxBadRecords: 2 });
    expect(job.status.errorResult).toBeUndefined();
    expect(job.status.errors?.map(({ location }) => location)).toEqual([uri, uri]);
    expect(job.statistics.load).toMatchObject({ outputRows: "2", badRecords: "2" });
    const one = await load(local, t, [uri], { maxBadRecords: 1 });
    expect(one.status.errorResult?.reason).toBe("invalid");
    expect(await rowsOf(t, "COUNT(*) AS n")).toEqual([{ n: 2 }]);
  });

  test("unknown fields are refused at any depth, unless they are ignored", async () => {
    const fields = [ID, { name: "r", type: "RECORD", fields: [{ name: "a", type: "STRING" }] }];
    const t = await table(fields);
    const uri = object(ndjson({ id: 1, r: { a: "x", b: null } }));
    expect((await load(local, t, [uri])).status.errors?.[2]?.message).toContain("No such field: r.b.");
    await load(local, t, [uri], { ignoreUnknownValues: true });
    expect(await rowsOf(t)).toEqual([{ id: 1, r: { a: "x" } }]);
  });

  test("a column's name is matched without regard to case, and once", async () => {
    const t = await table([ID]);
    await load(local, t, [object(ndjson({ ID: 5 }))]);
    expect(await rowsOf(t)).toEqual([{ id: 5 }]);
    const twice = await load(local, t, [object(ndjson({ id: 1, ID: 2 }))]);
    expect(twice.status.errors?.[2]?.message).toContain("Duplicate field: ID.");
  });

  test("a row of more than 16 MB is loaded", async () => {
    const t = await table([{ name: "s", type: "STRING" }]);
    await load(local, t, [object(ndjson({ s: "é".repeat(9_000_000) }))]);
    expect(await rowsOf(t, "LENGTH(s) AS n")).toEqual([{ n: 9_000_000 }]);
  });

  test("nested and repeated records with hyphens in their names come back as they went in", async () => {
    const row = {
      body: {
        "aws-arn": "arn:1",
        layers: [
          { size: 1, tags: ["a", "b"] },
          { size: 2, tags: [] },
        ],
        none: null,
      },
    };
    const t = await table([
      {
        name: "body",
        type: "RECORD",
        fields: [
          { name: "aws-arn", type: "STRING" },
          {
            name: "layers",
            type: "RECORD",
            mode: "REPEATED",
            fields: [
              ID,
              { name: "size", type: "INTEGER" },
              { name: "tags", type: "STRING", mode: "REPEATED" },
            ],
          },
          { name: "none", type: "RECORD", fields: [{ name: "x", type: "STRING" }] },
        ],
      },
    ]);
    await load(local, t, [object(ndjson(row, {}, { body: { layers: null } }))]);
    const layers = row.body.layers.map((layer) => ({ id: null, ...layer }));
    expect(await rowsOf(t)).toEqual([
      { body: { ...row.body, layers } },
      { body: null },
      { body: { "aws-arn": null, layers: [], none: null } },
    ]);
  });
});

describe("dispositions", () => {
  const load1 = (t: Table, options: object) => load(local, t, [object(ndjson({ id: 1 }))], options);
  const count = async (t: Table) => (await rowsOf(t, "COUNT(*) AS n"))[0];

  test("WRITE_APPEND adds, WRITE_TRUNCATE replaces, WRITE_EMPTY refuses what is not empty", async () => {
    const t = await table([ID]);
    await load1(t, { writeDisposition: "WRITE_EMPTY" });
    await load1(t, { writeDisposition: "WRITE_APPEND" });
    expect(await count(t)).toEqual({ n: 2 });
    const refused = await load1(t, { writeDisposition: "WRITE_EMPTY" });
    expect(refused.status.errorResult).toMatchObject({ reason: "duplicate" });
    await load1(t, { writeDisposition: "WRITE_TRUNCATE" });
    expect(await count(t)).toEqual({ n: 1 });
    await load(local, t, [object(ndjson({ other: "x" }))], {
      writeDisposition: "WRITE_TRUNCATE",
      schema: { fields: [{ name: "other", type: "STRING" }] },
    });
    expect(await rowsOf(t)).toEqual([{ other: "x" }]);
  });

  test("a failed WRITE_TRUNCATE leaves the rows that were there", async () => {
    const t = await table([ID]);
    await load1(t, {});
    const failed = await load(local, t, [object("nonsense\n")], { writeDisposition: "WRITE_TRUNCATE" });
    expect(failed.status.errorResult?.reason).toBe("invalid");
    expect(await count(t)).toEqual({ n: 1 });
  });

  test("a job creates its table, unless it may not", async () => {
    const dataset = await local.dataset();
    const schema = { fields: [ID, { name: "at", type: "TIMESTAMP" }] };
    const never = await load1(dataset.table("t"), { schema, createDisposition: "CREATE_NEVER" });
    expect(never.status.errorResult).toEqual({
      reason: "notFound",
      message: `Not found: Table local-test:${dataset.id}.t`,
    });
    await load1(dataset.table("t"), { schema, timePartitioning: { type: "DAY", field: "at" } });
    expect((await dataset.table("t").getMetadata())[0]).toMatchObject({
      schema,
      timePartitioning: { field: "at" },
      numRows: "1",
    });
    const nowhere = await failure(load1(local.client.dataset("nowhere").table("t"), { schema }));
    expect(nowhere).toMatchObject({ code: 404, message: "Not found: Dataset local-test:nowhere" });
  });

  test("a schema with a new column needs ALLOW_FIELD_ADDITION", async () => {
    const t = await table([ID]);
    const schema = { fields: [ID, { name: "b", type: "STRING" }] };
    const refused = await load1(t, { schema });
    expect(refused.status.errorResult).toEqual({
      reason: "invalid",
      message: `Provided Schema does not match Table local-test:${t.dataset.id}.t. Cannot add fields (field: b)`,
    });
    await load1(t, { schema, schemaUpdateOptions: ["ALLOW_FIELD_ADDITION"] });
    expect(await rowsOf(t)).toEqual([{ id: 1, b: null }]);
    expect((await t.getMetadata())[0]).toMatchObject({ schema });
  });

  test("a schema that says another type is refused", async () => {
    const t = await table([ID]);
    const job = await load1(t, { schema: { fields: [{ name: "id", type: "STRING" }] } });
    expect(job.status.errorResult?.message).toContain("Field id has changed type from INTEGER to STRING");
  });

  test("what is not there locally is refused before there is a job", async () => {
    const t = await table([ID]);
    const error = await failure(load1(t, { sourceFormat: "CSV" }));
    expect(error.errors[0]).toMatchObject({
      reason: "invalid",
      message: expect.stringContaining("not supported") as string,
    });
  });
});
