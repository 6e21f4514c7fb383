/** Datasets and tables of the local BigQuery, through the official client. */
import { BigQuery, type TableMetadata } from "@google-cloud/bigquery";
import { describe, expect, test, vi } from "vitest";
import { failure, localBigQuery } from "./bigquery/local-bigquery.ts";

const local = await localBigQuery();

describe("datasets", () => {
  test("a dataset is created, found, listed, changed and deleted", async () => {
    const [dataset, created] = await local.client.createDataset("life", {
      location: "EU",
      labels: { team: "a" },
    });
    expect(created).toMatchObject({ id: "local-test:life", location: "EU", labels: { team: "a" } });
    expect((await local.client.getDatasets())[0].map(({ id }) => id)).toContain("life");
    await dataset.setMetadata({ description: "told", labels: { more: "b" } });
    const [metadata] = await dataset.getMetadata();
    expect(metadata).toMatchObject({ description: "told", labels: { team: "a", more: "b" }, location: "EU" });
    await dataset.delete();
    expect(await dataset.exists()).toEqual([false]);
  });

  test("a second dataset of the same name is a duplicate", async () => {
    await local.client.createDataset("twice");
    const error = await failure(local.client.createDataset("twice"));
    expect(error.code).toBe(409);
    expect(error.errors[0]).toMatchObject({
      reason: "duplicate",
      message: "Already Exists: Dataset local-test:twice",
    });
  });

  test("a dataset with tables is deleted only with its contents", async () => {
    const dataset = await local.dataset();
    await dataset.createTable("t", { schema: [{ name: "a", type: "STRING" }] });
    expect((await failure(dataset.delete())).errors[0]).toMatchObject({ reason: "resourceInUse" });
    await dataset.delete({ force: true });
    expect((await failure(dataset.table("t").getMetadata())).code).toBe(404);
  });

  test("the client's BIGQUERY_EMULATOR_HOST is a whole base address", async () => {
    vi.stubEnv("BIGQUERY_EMULATOR_HOST", local.url);
    const client = new BigQuery({ projectId: "local-test" });
    vi.unstubAllEnvs();
    const [dataset] = await client.createDataset("by_emulator_host");
    expect((await local.client.getDatasets())[0].map(({ id }) => id)).toContain(dataset.id);
    expect((await client.query("SELECT 1 AS one"))[0]).toEqual([{ one: 1 }]);
  });
});

const NESTED = {
  fields: [
    { name: "id", type: "INTEGER", mode: "REQUIRED" },
    {
      name: "body",
      type: "RECORD",
      mode: "NULLABLE",
      fields: [
        { name: "aws-arn", type: "STRING" },
        { name: "layers", type: "RECORD", mode: "REPEATED", fields: [{ name: "size", type: "INTEGER" }] },
      ],
    },
    { name: "when", type: "TIMESTAMP", description: "it happened" },
  ],
};

describe("tables", () => {
  test("a table keeps its schema, partitioning, clustering, labels and description", async () => {
    const dataset = await local.dataset();
    const settings = {
      schema: NESTED,
      timePartitioning: { type: "DAY", field: "when" },
      clustering: { fields: ["id"] },
      description: "a table",
      labels: { k: "v" },
    };
    await dataset.createTable("t", settings as TableMetadata);
    const [metadata] = await dataset.table("t").getMetadata();
    expect(metadata).toMatchObject({
      ...settings,
      type: "TABLE",
      numRows: "0",
      id: `local-test:${dataset.id}.t`,
    });
    const [tables] = await dataset.getTables();
    expect(tables.map(({ id }) => id)).toEqual(["t"]);
  });

  test("GoogleSQL's type names are answered in the API's older spelling", async () => {
    const dataset = await local.dataset();
    const types = ["INT64", "FLOAT64", "BOOL", "DECIMAL"];
    await dataset.createTable("t", { schema: types.map((type) => ({ name: type, type })) });
    const [{ schema }] = (await dataset.table("t").getMetadata()) as unknown as [
      { schema: { fields: { type: string }[] } },
    ];
    expect(schema.fields.map(({ type }) => type)).toEqual(["INTEGER", "FLOAT", "BOOLEAN", "NUMERIC"]);
  });

  test.each([
    ["a type that there is not", [{ name: "a", type: "TEXT" }], "TEXT is not a valid value"],
    ["a dot in a name", [{ name: "a.b", type: "STRING" }], 'Invalid field name "a.b"'],
    ["a reserved prefix", [{ name: "_PARTITIONTIME", type: "STRING" }], "Invalid field name"],
    [
      "names that differ in case",
      [
        { name: "a", type: "STRING" },
        { name: "A", type: "STRING" },
      ],
      "Duplicate field name: A",
    ],
    ["a record without fields", [{ name: "r", type: "RECORD" }], "is type RECORD but has no schema"],
    [
      "a type that is not there locally",
      [{ name: "g", type: "GEOGRAPHY" }],
      "not supported by the local BigQuery",
    ],
  ])("a schema with %s is refused", async (_what, schema, message) => {
    const dataset = await local.dataset();
    const error = await failure(dataset.createTable("t", { schema }));
    expect(error.code).toBe(400);
    expect(error.errors[0]).toMatchObject({
      reason: "invalid",
      message: expect.stringContaining(message) as string,
    });
    expect(await dataset.table("t").exists()).toEqual([false]);
  });

  test("an expired table is gone, for the API and for queries", async () => {
    const dataset = await local.dataset();
    const table = dataset.table("t");
    await table.create({
      schema: [{ name: "a", type: "STRING" }],
      expirationTime: String(Date.now() + 60_000),
    });
    expect(await table.exists()).toEqual([true]);
    await table.setMetadata({ expirationTime: String(Date.now() - 1) });
    expect(await table.exists()).toEqual([false]);
    expect((await dataset.getTables())[0]).toEqual([]);
    expect((await failure(local.client.query(`SELECT * FROM ${dataset.id}.t`))).code).toBe(404);
    await table.create({ schema: [{ name: "other", type: "STRING" }] });
    expect(await table.exists()).toEqual([true]);
  });

  test("a view is a query with a schema", async () => {
    const dataset = await local.dataset();
    const query = `SELECT id, TIMESTAMP_TRUNC(\`when\`, DAY) AS day FROM \`local-test.${dataset.id}.t\``;
    await dataset.createTable("t", { schema: NESTED } as TableMetadata);
    await dataset.createTable("v", { view: { query, useLegacySql: false } });
    const [metadata] = await dataset.table("v").getMetadata();
    expect(metadata).toMatchObject({
      type: "VIEW",
      view: { query },
      schema: {
        fields: [
          { name: "id", type: "INTEGER" },
          { name: "day", type: "TIMESTAMP" },
        ],
      },
    });
    await local.client.query(
      `INSERT INTO ${dataset.id}.t (id, \`when\`) VALUES (1, TIMESTAMP '2026-01-02 03:04:05Z')`,
    );
    const [rows] = await local.client.query(`SELECT * FROM ${dataset.id}.v`);
    expect(rows).toEqual([{ id: 1, day: BigQuery.timestamp("2026-01-02T00:00:00Z") }]);
  });
});

describe("schema changes", () => {
  async function table() {
    const dataset = await local.dataset();
    await dataset.createTable("t", { schema: NESTED } as TableMetadata);
    await local.client.query(
      `INSERT INTO ${dataset.id}.t (id, body)
       VALUES (1, STRUCT('arn' AS \`aws-arn\`, [STRUCT(7 AS size)] AS layers))`,
    );
    return dataset.table("t");
  }

  test("new columns are added at any depth, and old rows have none of their values", async () => {
    const t = await table();
    const [id, body, when] = NESTED.fields as [object, { fields: [object, { fields: object[] }] }, object];
    const [arn, layers] = body.fields;
    const grown = [
      id,
      {
        ...body,
        fields: [
          arn,
          { ...layers, fields: [...layers.fields, { name: "digest", type: "STRING" }] },
          { name: "region", type: "STRING" },
        ],
      },
      when,
      { name: "tags", type: "STRING", mode: "REPEATED" },
    ];
    await t.setMetadata({ schema: { fields: grown } });
    expect((await t.getMetadata())[0]).toMatchObject({ schema: { fields: grown } });
    expect((await t.getRows())[0]).toEqual([
      {
        id: 1,
        body: { "aws-arn": "arn", layers: [{ size: 7, digest: null }], region: null },
        when: null,
        tags: [],
      },
    ]);
  });

  test("REQUIRED may be relaxed", async () => {
    const t = await table();
    const [id, ...others] = NESTED.fields;
    await t.setMetadata({ schema: { fields: [{ ...id, mode: "NULLABLE" }, ...others] } });
    await local.client.query(`INSERT INTO ${t.dataset.id}.t (id) VALUES (NULL)`);
    expect((await t.getMetadata())[0]).toMatchObject({ numRows: "2" });
  });

  test.each([
    ["a column is left out", NESTED.fields.slice(0, 2), "Field when is missing in new schema"],
    [
      "a type changes",
      [{ ...NESTED.fields[0], type: "STRING" }, ...NESTED.fields.slice(1)],
      "Field id has changed type from INTEGER to STRING",
    ],
    [
      "NULLABLE becomes REQUIRED",
      [...NESTED.fields.slice(0, 2), { ...NESTED.fields[2], mode: "REQUIRED" }],
      "Field when has changed mode from NULLABLE to REQUIRED",
    ],
    [
      "a new column is REQUIRED",
      [...NESTED.fields, { name: "n", type: "STRING", mode: "REQUIRED" }],
      "Cannot add required fields to an existing schema. (field: n)",
    ],
  ])("it is refused when %s", async (_what, fields, message) => {
    const t = await table();
    const error = await failure(t.setMetadata({ schema: { fields } }));
    expect(error.code).toBe(400);
    expect(error.message).toBe(
      `Provided Schema does not match Table local-test:${t.dataset.id}.t. ${message}`,
    );
    expect((await t.getMetadata())[0]).toMatchObject({ schema: NESTED });
  });

  test("of two changes from the same state, the slower is refused", async () => {
    const t = await table();
    const [{ etag }] = (await t.getMetadata()) as unknown as [{ etag: string }];
    await t.setMetadata({ etag, description: "first" });
    expect((await failure(t.setMetadata({ etag, description: "second" }))).code).toBe(412);
  });
});
