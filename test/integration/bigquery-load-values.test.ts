/** Each type's values in a load job: what is stored for those that fit, and that the others are refused. */
import type { Table, TableMetadata } from "@google-cloud/bigquery";
import { describe, expect, test } from "vitest";
import { load, localBigQuery } from "./bigquery/local-bigquery.ts";

const local = await localBigQuery();
const dataset = await local.dataset();
let tables = 0;

async function loadValues(field: object, values: readonly string[]) {
  const [table] = await dataset.createTable(`t${++tables}`, {
    schema: {
      fields: [
        { name: "n", type: "INTEGER" },
        { name: "v", ...field },
      ],
    },
  } as TableMetadata);
  const lines = values.map((value, n) => (value === "" ? `{"n":${n}}\n` : `{"n":${n},"v":${value}}\n`));
  local.storage.objects.set(`bucket/${table.id}`, Buffer.from(lines.join("")));
  return { table, job: await load(local, table, [`gs://bucket/${table.id}`]) };
}

/** Type, JSON of the value, and what tabledata.list answers; for TIMESTAMP, what CAST(v AS STRING) does. */
const STORED: readonly (readonly [string, string, string | null])[] = [
  ["STRING", '"é\\u0000\\"\\n"', 'é\u0000"\n'],
  ["STRING", '"\\ud800"', "\ufffd"],
  ["STRING", '""', ""],
  ["STRING", "null", null],
  ["STRING", "", null],
  ["INTEGER", "-7", "-7"],
  ["INTEGER", '"9223372036854775807"', "9223372036854775807"],
  ["INTEGER", '"-9223372036854775808"', "-9223372036854775808"],
  ["INTEGER", "9007199254740991", "9007199254740991"],
  ["FLOAT", "1.5", "1.5"],
  ["FLOAT", '"-2.5e3"', "-2500.0"],
  ["FLOAT", '"NaN"', "NaN"],
  ["FLOAT", '"-inf"', "-Infinity"],
  ["BOOLEAN", "true", "true"],
  ["BOOLEAN", '"F"', "false"],
  ["BOOLEAN", '"Yes"', "true"],
  ["BOOLEAN", "0", "false"],
  ["TIMESTAMP", '"2026-01-02 03:04:05.678901 UTC"', "2026-01-02 03:04:05.678901+00"],
  ["TIMESTAMP", '"2026-01-02T03:04:05.6Z"', "2026-01-02 03:04:05.600+00"],
  ["TIMESTAMP", '"2026/01/02 03:04"', "2026-01-02 03:04:00+00"],
  ["TIMESTAMP", '"2026-01-02"', "2026-01-02 00:00:00+00"],
  ["TIMESTAMP", '"2026-01-02T03:04:05+05:30"', "2026-01-01 21:34:05+00"],
  ["TIMESTAMP", '"2026-01-02T03:04:05-3"', "2026-01-02 06:04:05+00"],
  ["TIMESTAMP", "1534680695", "2018-08-19 12:11:35+00"],
  ["TIMESTAMP", "1534680695.25", "2018-08-19 12:11:35.250+00"],
  ["TIMESTAMP", "1.534680695e12", "2018-08-19 12:11:35+00"],
  ["TIMESTAMP", '"0001-01-01 00:00:00"', "0001-01-01 00:00:00+00"],
  ["TIMESTAMP", '"9999-12-31 23:59:59.999999"', "9999-12-31 23:59:59.999999+00"],
  ["DATETIME", '"2026-01-02T03:04:05.123456"', "2026-01-02T03:04:05.123456"],
  ["DATETIME", '"2026-01-02 03:04:05"', "2026-01-02T03:04:05"],
  ["DATE", '"2024-02-29"', "2024-02-29"],
  ["TIME", '"23:59:59.000001"', "23:59:59.000001"],
  ["NUMERIC", '"12345678901234567890123456789.123456789"', "12345678901234567890123456789.123456789"],
  ["NUMERIC", "12345678901234567890.5", "12345678901234567890.5"],
  ["NUMERIC", "1e3", "1000"],
  ["BIGNUMERIC", '"0.123456789012345678"', "0.123456789012345678"],
  ["BYTES", '"AP8h"', "AP8h"],
  ["JSON", '{"b":[1,{"c":null}],"a":"x"}', '{"b":[1,{"c":null}],"a":"x"}'],
  ["JSON", "12345678901234567890", "12345678901234567890"],
  ["JSON", '{"big":18446744073709551615,"f":0.1}', '{"big":18446744073709551615,"f":0.1}'],
  ["JSON", '"text"', '"text"'],
  ["JSON", "null", null],
];

/** The values as they go over the wire, in the order of their rows. */
async function answered(table: Table, type: string): Promise<(string | null)[]> {
  const name = `${dataset.id}.${table.id}`;
  if (type === "TIMESTAMP") {
    const [rows] = await local.client.query(`SELECT CAST(v AS STRING) AS v FROM ${name} ORDER BY n`);
    return (rows as { v: string }[]).map(({ v }) => v);
  }
  const [rows] = await table.getRows({ skipParsing: true, autoPaginate: false });
  return (rows as unknown as { f: { v: string | null }[] }[]).map(({ f }) => f[1]?.v ?? null);
}

describe.each([...new Set(STORED.map(([type]) => type))])("%s", (type) => {
  test("takes what fits", async () => {
    const cases = STORED.filter((each) => each[0] === type);
    const { table, job } = await loadValues(
      { type },
      cases.map(([, value]) => value),
    );
    expect(job.status).toEqual({ state: "DONE" });
    expect(await answered(table, type)).toEqual(cases.map(([, , stored]) => stored));
  });
});

/** Type or field, JSON of the value, and how the error begins. */
const REFUSED: readonly (readonly [string | object, string, string])[] = [
  ["STRING", "3", "Could not convert value to string. Field: v; Value: 3"],
  ["STRING", "true", "Could not convert value to string."],
  ["STRING", '["a"]', "Array specified for non-repeated field: v."],
  ["STRING", '{"a":1}', "JSON object specified for non-record field: v."],
  ["INTEGER", "1.5", "Could not convert value to integer."],
  ["INTEGER", '"1.0"', "Could not convert value to integer."],
  ["INTEGER", '""', "Could not convert value to integer."],
  ["INTEGER", "true", "Could not convert value to integer."],
  [
    "INTEGER",
    "9007199254740993",
    "Could not convert value to integer. Integers beyond 2^53 must be strings.",
  ],
  ["INTEGER", '"9223372036854775808"', "Could not convert value to integer. Out of range."],
  ["FLOAT", '"one"', "Could not convert value to float."],
  ["FLOAT", "1e400", "Could not convert value to float. Out of range."],
  ["BOOLEAN", '"maybe"', "Could not convert value to boolean."],
  ["BOOLEAN", "2", "Could not convert value to boolean."],
  ["TIMESTAMP", '"2026-01-02T03:04:05.1234567Z"', "Could not convert value to timestamp. Required format is"],
  ["TIMESTAMP", '"2026-02-30 00:00:00"', "Could not convert value to timestamp."],
  ["TIMESTAMP", '"2026-01-02 24:00:00"', "Could not convert value to timestamp."],
  ["TIMESTAMP", '"2026-01-02 03:04:05 +15:00"', "Could not convert value to timestamp."],
  ["TIMESTAMP", '"yesterday"', "Could not convert value to timestamp."],
  ["TIMESTAMP", "true", "Could not convert value to timestamp."],
  ["DATETIME", '"2026-01-02T03:04:05Z"', "Could not convert value to datetime."],
  ["DATETIME", '"2026-01-02T03:04:05.1234567"', "Could not convert value to datetime."],
  ["DATETIME", "1534680695", "Could not convert value to datetime."],
  ["DATE", '"2026-01-02 00:00:00"', "Could not convert value to date."],
  ["DATE", '"2025-02-29"', "Could not convert value to date."],
  ["TIME", '"24:00:00"', "Could not convert value to time."],
  ["NUMERIC", '"123456789012345678901234567890"', "Could not convert value to numeric. Out of range."],
  ["NUMERIC", '"1,5"', "Could not convert value to numeric."],
  ["BYTES", '"not base64!"', "Could not convert value to bytes."],
  [{ type: "STRING", mode: "REQUIRED" }, "", "Missing required field: v."],
  [
    { type: "STRING", mode: "REQUIRED" },
    "null",
    "Only optional fields can be set to NULL. Field: v; Value: NULL",
  ],
  [
    { type: "STRING", mode: "REPEATED" },
    '["a",null]',
    "Only optional fields can be set to NULL. Field: v; Value: NULL",
  ],
  [{ type: "STRING", mode: "REPEATED" }, '"a"', "Repeated field must be imported as a JSON array. Field: v;"],
  [{ type: "JSON", mode: "REPEATED" }, "{}", "Repeated field must be imported as a JSON array."],
  [
    { type: "RECORD", mode: "REPEATED", fields: [{ name: "a", type: "INTEGER", mode: "REQUIRED" }] },
    '[{"a":1},{}]',
    "Missing required field: v.a.",
  ],
  [{ type: "RECORD", fields: [{ name: "a", type: "STRING" }] }, '"x"', "Could not convert value to record."],
  [
    { type: "RECORD", fields: [{ name: "a", type: "STRING" }] },
    "[]",
    "Array specified for non-repeated field: v.",
  ],
  ["STRING", "{", "Parser terminated before end of string"],
];

test.each(REFUSED)("%j does not take %s", async (field, value, message) => {
  const { table, job } = await loadValues(typeof field === "string" ? { type: field } : field, [value]);
  const place = "JSON parsing error in row starting at position 0 (line 1): ";
  expect(job.status.errors?.[2]?.message).toContain(`${place}${message}`);
  expect((await table.getMetadata())[0]).toMatchObject({ numRows: "0" });
});

test("an array that is null or missing is empty", async () => {
  const { table } = await loadValues({ type: "STRING", mode: "REPEATED" }, ["null", "", "[]"]);
  const [rows] = await local.client.query(`SELECT ARRAY_LENGTH(v) AS n FROM ${dataset.id}.${table.id}`);
  expect(rows).toEqual([{ n: 0 }, { n: 0 }, { n: 0 }]);
});

test("a line that is not an object is refused", async () => {
  const [table] = await dataset.createTable("lines", { schema: [{ name: "a", type: "STRING" }] });
  for (const line of ["[]", "null", '"a"', "12"]) {
    local.storage.objects.set("bucket/line", Buffer.from(line));
    const job = await load(local, table, ["gs://bucket/line"]);
    expect(job.status.errors?.[2]?.message).toContain("Value encountered without start of object.");
  }
});
