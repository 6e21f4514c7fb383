/** What goes as a parameter of the MERGE, and what is left to a load job. */
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { inlineRows } from "#services/loader/inline-rows.ts";
import type { PlannedObject } from "#services/loader/plan.ts";
import type { Column } from "#services/shared/schema/column.ts";

const COLUMNS: readonly Column[] = [
  { name: "ce_id", type: "STRING" },
  { name: "ce_time", type: "TIMESTAMP" },
  { name: "extra", type: "JSON" },
  { name: "count", type: "INTEGER" },
  { name: "ok", type: "BOOLEAN" },
  { name: "share", type: "FLOAT" },
  {
    name: "actor",
    type: "RECORD",
    fields: [
      { name: "sub", type: "STRING" },
      { name: "groups", type: "STRING", mode: "REPEATED" },
    ],
  },
  { name: "layers", type: "RECORD", mode: "REPEATED", fields: [{ name: "size", type: "INTEGER" }] },
];

function objectOf(name: string, lines: readonly string[], more: Partial<PlannedObject> = {}) {
  const bytes = gzipSync(lines.map((line) => `${line}\n`).join(""));
  const planned = { object: name, rows: lines.length, bytes: bytes.length, mark: name, ...more };
  return { name, bytes, planned: planned as PlannedObject };
}

async function rowsOf(...objects: ReturnType<typeof objectOf>[]): Promise<string | undefined> {
  const read = async (name: string) => {
    const found = objects.find((object) => object.name === name);
    return found?.bytes.length === 0 ? undefined : found && { name, bytes: found.bytes, generation: "1" };
  };
  return inlineRows({ objects: objects.map(({ planned }) => planned) }, COLUMNS, { read });
}

test("a row is its values by their places, without those at the end that it lacks; JSON keeps its digits", async () => {
  const rows = await rowsOf(
    objectOf("one", [
      `{"ce_id":"a","extra":{"n":18446744073709551615,"x":null},"count":"-9223372036854775808"}`,
    ]),
    objectOf("two", [
      `{"ce_id":"b\\n","ok":false,"actor":{"groups":["x","y"]},"layers":[{"size":1},{}]}`,
      `{"ce_id":null}`,
    ]),
  );
  expect(rows?.split("\n")).toEqual([
    `["a",null,[{"n":18446744073709551615,"x":null}],"-9223372036854775808"]`,
    `["b\\n",null,null,null,false,null,[null,["x","y"]],[[1],[]]]`,
    "[]",
  ]);
});

describe("left to a load job is", () => {
  test.each([
    ["a field that no column has", `{"ce_id":"a","new":1}`],
    ["one in a record", `{"actor":{"other":1}}`],
    ["a NULL in an array", `{"actor":{"groups":["x",null]}}`],
    ["a value where an array is wanted", `{"layers":{"size":1}}`],
    ["an array where a value is wanted", `{"ce_id":["a"]}`],
    ["a number where a text is wanted", `{"ce_id":1}`],
    ["a text where a boolean is wanted", `{"ok":"true"}`],
    ["no number where one is wanted", `{"share":"NaN"}`],
    ["a text where a record is wanted", `{"actor":"a"}`],
    ["a line that is no JSON", `{"ce_id":"a"`],
    ["a line that is no object", `["a"]`],
  ])("%s", async (_what, line) => {
    expect(await rowsOf(objectOf("one", [line]))).toBeUndefined();
    expect(await rowsOf(objectOf("fine", [`{"ce_id":"a"}`]), objectOf("one", [line]))).toBeUndefined();
  });

  test("an object with more or fewer rows than its mark says, one that is damaged, and one that is gone", async () => {
    const lines = [`{"ce_id":"a"}`, `{"ce_id":"b"}`];
    expect(await rowsOf(objectOf("one", lines, { rows: 1 }))).toBeUndefined();
    expect(await rowsOf(objectOf("one", lines, { rows: 3 }))).toBeUndefined();
    const { planned, bytes } = objectOf("one", lines);
    expect(
      await rowsOf({ name: "one", bytes: bytes.subarray(0, bytes.length - 9), planned }),
    ).toBeUndefined();
    expect(await rowsOf({ name: "one", bytes: Buffer.from("plain"), planned })).toBeUndefined();
    expect(await rowsOf({ name: "one", bytes: Buffer.of(), planned })).toBeUndefined();
  });

  test("more than BigQuery takes as one request, counted as the JSON text that it is sent as", async () => {
    const row = (text: string) => JSON.stringify({ ce_id: text });
    const tenth = "x".repeat(940_000);
    const almost = Array.from({ length: 10 }, () => row(tenth));
    expect(await rowsOf(objectOf("one", almost))).toBeDefined();
    expect(await rowsOf(objectOf("one", [...almost, row(tenth)]))).toBeUndefined();
    // Each quote is four characters in the request.
    expect(await rowsOf(objectOf("one", [row('"'.repeat(2_000_000))]))).toBeDefined();
    expect(await rowsOf(objectOf("one", [row('"'.repeat(2_500_000))]))).toBeUndefined();
  });

  test("many objects, and large ones, which are not even read", async () => {
    const one = objectOf("one", [`{"ce_id":"a"}`]);
    expect(await rowsOf(...Array.from({ length: 40 }, () => one))).toBeDefined();
    expect(await rowsOf(...Array.from({ length: 41 }, () => one))).toBeUndefined();
    expect(await rowsOf(objectOf("one", [`{"ce_id":"a"}`], { bytes: 5e6 }))).toBeUndefined();
  });
});
