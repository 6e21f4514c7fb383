/**
 * STRUCTs into tables of the local BigQuery: by position, whatever their fields are called, or refused. What is expected here
 * is what GoogleSQL's analyser (ZetaSQL) said of the same types.
 */
import { beforeAll, describe, expect, test } from "vitest";
import { failure, localBigQuery } from "./bigquery/local-bigquery.ts";

const local = await localBigQuery();
const { client } = local;
const sql = (query: string) => client.query(query);

let id: string;
beforeAll(async () => {
  id = (await local.dataset()).id ?? "";
});

let tables = 0;
/** A table `k INT64, x` of the type. */
async function table(type: string): Promise<string> {
  const name = `${id}.t${++tables}`;
  await sql(`CREATE TABLE ${name} (k INT64, x ${type})`);
  return name;
}
const xOf = async (name: string): Promise<unknown[]> => {
  const [rows] = await sql(`SELECT x FROM ${name} ORDER BY k`);
  return (rows as { x: unknown }[]).map(({ x }) => x);
};

/** Every way in which a value gets from the one table into the other. */
const WAYS: Readonly<Record<string, (to: string, from: string) => Promise<unknown>>> = {
  "INSERT of a query": (to, from) => sql(`INSERT INTO ${to} (x, k) SELECT x, k FROM ${from}`),
  "INSERT of a query without columns": (to, from) =>
    sql(`INSERT INTO ${to} WITH w AS (SELECT * FROM ${from}) SELECT * FROM w`),
  "MERGE, not matched": (to, from) =>
    sql(`MERGE ${to} T USING (SELECT * FROM ${from} WHERE TRUE) S ON T.k = S.k
      WHEN NOT MATCHED THEN INSERT (x, k) VALUES (S.x, k)`),
  "MERGE, not matched, without columns": (to, from) =>
    sql(`MERGE ${to} T USING ${from} S ON T.k = S.k WHEN NOT MATCHED THEN INSERT VALUES (k, x)`),
  "MERGE, matched": async (to, from) => {
    await sql(`INSERT INTO ${to} (k) VALUES (1)`);
    await sql(`MERGE ${to} T USING ${from} S ON T.k = S.k WHEN MATCHED AND S.k = 1 THEN UPDATE SET x = S.x`);
  },
  UPDATE: async (to, from) => {
    await sql(`INSERT INTO ${to} (k) VALUES (1)`);
    await sql(`UPDATE ${to} T SET x = S.x FROM ${from} S WHERE T.k = S.k`);
  },
};

describe.each(Object.entries(WAYS))("%s", (_way, move) => {
  test.each<[string, string, string, string, unknown]>([
    [
      "other names",
      "STRUCT<a STRING, b STRING>",
      "STRUCT('1', '2')",
      "STRUCT<c STRING, d STRING>",
      { c: "1", d: "2" },
    ],
    [
      "the same names turned",
      "STRUCT<a STRING, b STRING>",
      "STRUCT('1', '2')",
      "STRUCT<b STRING, a STRING>",
      { b: "1", a: "2" },
    ],
    ["a wider number", "STRUCT<a INT64>", "STRUCT(1)", "STRUCT<a FLOAT64>", { a: 1 }],
    [
      "records in records, and lists of them",
      "STRUCT<r STRUCT<a STRING, b STRING>, l ARRAY<STRUCT<a STRING, b ARRAY<INT64>>>>",
      "STRUCT(STRUCT('1', '2'), [STRUCT('3', [4]), STRUCT('5', [])])",
      "STRUCT<r STRUCT<b STRING, a STRING>, l ARRAY<STRUCT<b STRING, a ARRAY<INT64>>>>",
      {
        r: { b: "1", a: "2" },
        l: [
          { b: "3", a: [4] },
          { b: "5", a: [] },
        ],
      },
    ],
    [
      "a NULL in a record",
      "STRUCT<r STRUCT<a STRING>, b STRING>",
      "STRUCT(NULL, '2')",
      "STRUCT<b STRUCT<b STRING>, r STRING>",
      { b: null, r: "2" },
    ],
    ["NULL", "STRUCT<a STRING, b STRING>", "NULL", "STRUCT<b STRING, a STRING>", null],
    [
      "an array",
      "ARRAY<STRUCT<a STRING, b STRING>>",
      "[STRUCT('1', '2')]",
      "ARRAY<STRUCT<b STRING, a STRING>>",
      [{ b: "1", a: "2" }],
    ],
  ])("by position: %s", async (_what, fromType, value, toType, expected) => {
    const [from, to] = [await table(fromType), await table(toType)];
    await sql(`INSERT INTO ${from} (k, x) VALUES (1, ${value})`);
    await move(to, from);
    expect(await xOf(to)).toEqual([expected]);
  });

  test.each<[string, string, string]>([
    ["another type at a position", "STRUCT<a STRING, b INT64>", "STRUCT<b INT64, a STRING>"],
    ["fewer fields", "STRUCT<a STRING>", "STRUCT<a STRING, b STRING>"],
    ["more fields", "STRUCT<a STRING, b STRING>", "STRUCT<a STRING>"],
    ["a wider number in an array", "ARRAY<STRUCT<a INT64>>", "ARRAY<STRUCT<a FLOAT64>>"],
    ["a record for a list", "STRUCT<a STRING>", "ARRAY<STRUCT<a STRING>>"],
    ["a value for a record", "STRING", "STRUCT<a STRING>"],
    ["a number for a text", "STRUCT<a INT64>", "STRUCT<a STRING>"],
  ])("refused although there is no row: %s", async (_what, fromType, toType) => {
    const [from, to] = [await table(fromType), await table(toType)];
    const { errors } = await failure(move(to, from));
    expect(errors[0]).toMatchObject({ reason: "invalidQuery" });
    expect(errors[0]?.message).toMatch(/^Value (?:has|of) type /);
    expect(errors[0]?.message).toContain(`type ${fromType} `);
    expect(errors[0]?.message).toContain(`x, which has type ${toType}`);
  });
});

test("values as they are written, each row on its own", async () => {
  const to = await table("STRUCT<b STRING, a FLOAT64, c TIMESTAMP>");
  await sql(`INSERT INTO ${to} (k, x) VALUES
    (1, STRUCT('1' AS a, 2 AS b, TIMESTAMP '2026-01-01 00:00:00+00' AS c)), (2, STRUCT('3' AS b, 4.5 AS a, NULL AS c)), (3, NULL)`);
  const [one, two, three] = await xOf(to);
  expect(one).toMatchObject({ b: "1", a: 2, c: { value: "2026-01-01T00:00:00.000Z" } });
  expect(two).toEqual({ b: "3", a: 4.5, c: null });
  expect(three).toBeNull();
});

test("what is assigned is computed once, not once for each field", async () => {
  const to = await table("STRUCT<b STRING, a STRING>");
  await sql(
    `INSERT INTO ${to} (k, x) VALUES (1, (SELECT AS STRUCT u AS p, u AS q FROM UNNEST([GENERATE_UUID()]) AS u))`,
  );
  const [x] = (await xOf(to)) as { a: string; b: string }[];
  expect(x?.a).toMatch(/^[0-9a-f-]{36}$/);
  expect(x?.b).toBe(x?.a);
});

test("a record in a record, set by its path", async () => {
  const to = await table("STRUCT<r STRUCT<b STRING, a STRING>, c STRING>");
  await sql(`INSERT INTO ${to} (k, x) VALUES (1, STRUCT(STRUCT('1', '2'), '3'))`);
  await sql(`UPDATE ${to} SET x.r = STRUCT('4' AS a, '5' AS b) WHERE TRUE`);
  expect(await xOf(to)).toEqual([{ r: { b: "4", a: "5" }, c: "3" }]);
  const { message } = await failure(sql(`UPDATE ${to} SET x.r = STRUCT('4' AS a) WHERE TRUE`));
  expect(message).toContain(
    "Value of type STRUCT<a STRING> cannot be assigned to x.r, which has type STRUCT<b STRING, a STRING>",
  );
});

test("parameters that are records", async () => {
  const to = await table("STRUCT<b STRING, a STRING>");
  const query = `INSERT INTO ${to} (k, x) VALUES (1, @x)`;
  await client.query({ query, params: { x: { a: "1", b: "2" } } });
  expect(await xOf(to)).toEqual([{ b: "1", a: "2" }]);
});

test("a dry run refuses the same", async () => {
  const to = await table("STRUCT<a STRING>");
  const query = `UPDATE ${to} SET x = STRUCT('1' AS a, '2' AS b) WHERE TRUE`;
  const { message } = await failure(client.createQueryJob({ query, dryRun: true }));
  expect(message).toContain("cannot be assigned to x");
});

test("INSERT ROW into a table with a STRUCT is refused with what to do", async () => {
  const [from, to] = [await table("STRUCT<a STRING>"), await table("STRUCT<b STRING>")];
  const { message } = await failure(
    sql(`MERGE ${to} T USING ${from} S ON FALSE WHEN NOT MATCHED THEN INSERT ROW`),
  );
  expect(message).toContain("name the columns");
});
