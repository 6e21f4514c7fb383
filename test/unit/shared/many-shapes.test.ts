/** Events of more than one shape: what matches a column is in it, the rest is in `extra`, and nothing is rejected. */
import { describe, expect, test } from "vitest";
import { compileFill } from "#services/shared/row/fill.ts";
import { parseJson } from "#services/shared/row/parse-json.ts";
import type { Reason } from "#services/shared/row/reason.ts";

const fill = compileFill(
  [
    { name: "mode", type: "STRING" },
    { name: "count", type: "INTEGER" },
    { name: "enabled", type: "BOOLEAN" },
    { name: "created_at", type: "TIMESTAMP" },
    { name: "tags", type: "STRING", mode: "REPEATED" },
    { name: "sync_config", type: "RECORD", fields: [{ name: "source_repo", type: "STRING" }] },
    { name: "items", type: "RECORD", mode: "REPEATED", fields: [{ name: "id", type: "STRING" }] },
  ],
  "keep",
);

const renaming = compileFill(
  [{ name: "data_source", type: "STRING" }],
  "keep",
  new Map([["source", "data_source"]]),
);

function filled(text: string, how = fill) {
  const reasons: Reason[] = [];
  const result = how(parseJson(text).value as never, undefined, reasons);
  return { ...(JSON.parse(JSON.stringify(result)) as { values: object; rest?: object }), reasons };
}

describe("the same said in another way fills the column", () => {
  test.each([
    [`{"mode":"MODE_ENFORCED"}`, { mode: "MODE_ENFORCED" }],
    [`{"mode":2}`, { mode: "2" }],
    [`{"mode":9007199254740993}`, { mode: "9007199254740993" }],
    [`{"count":"42"}`, { count: "42" }],
    [`{"createdAt":"2026-05-02T10:11:12.5Z"}`, { created_at: "2026-05-02T10:11:12.500000Z" }],
    [
      `{"created_at":{"seconds":1777716672,"nanos":500000000}}`,
      { created_at: "2026-05-02T10:11:12.500000Z" },
    ],
    [`{"created_at":{"seconds":"-62135596800"}}`, { created_at: "0001-01-01T00:00:00.000000Z" }],
    [`{"syncConfig":{"sourceRepo":"a"}}`, { sync_config: { source_repo: "a" } }],
  ])("%s", (text, values) => {
    expect(filled(text)).toEqual({ values, reasons: [] });
  });
});

describe("what does not fit is kept at its place", () => {
  test.each([
    [`{"count":"many"}`, {}, { count: "many" }],
    [`{"count":1.5}`, {}, { count: 1.5 }],
    [`{"enabled":"yes"}`, {}, { enabled: "yes" }],
    [`{"created_at":{}}`, {}, { created_at: {} }],
    [`{"created_at":{"seconds":100,"zone":1}}`, {}, { created_at: { seconds: 100, zone: 1 } }],
    [`{"created_at":{"seconds":999999999999}}`, {}, { created_at: { seconds: 999_999_999_999 } }],
    [`{"mode":{"a":1}}`, {}, { mode: { a: 1 } }],
    [`{"tags":"one"}`, {}, { tags: "one" }],
    [`{"tags":["a",null,{"b":1}]}`, { tags: ["a"] }, { tags: { 1: null, 2: { b: 1 } } }],
    [`{"sync_config":"s"}`, {}, { sync_config: "s" }],
    [
      `{"items":[{"id":"1","x":2},"three"]}`,
      { items: [{ id: "1" }] },
      { items: { 0: { x: 2 }, 1: "three" } },
    ],
    [`{"mode":"a","Mode":"b"}`, { mode: "a" }, { Mode: "b" }],
  ])("%s", (text, values, rest) => {
    expect(filled(text)).toEqual({ values, rest, reasons: [] });
  });
});

test.each([
  [`{"mode":"a\\u0000"}`, "/mode"],
  [`{"count":"\\ud800"}`, "/count"],
  [`{"tags":[1e999, {"n":1e999}]}`, "/tags/1"],
])("%s cannot be kept as JSON and is a reason", (text, pointer) => {
  expect(filled(text).reasons.map((reason) => reason.pointer)).toEqual([pointer]);
});

describe("of several spellings of one column, its own name fills it or else the first, and the others are kept", () => {
  test.each([
    [`{"source":"a","dataSource":"b"}`, { data_source: "a" }, { dataSource: "b" }],
    [`{"dataSource":"b","source":"a"}`, { data_source: "b" }, { source: "a" }],
    [`{"source":null,"dataSource":"b"}`, { data_source: "b" }, undefined],
    [`{"source":["a"],"dataSource":"b"}`, { data_source: "b" }, { source: ["a"] }],
    [
      `{"source":"a","dataSource":"b","data_source":"c"}`,
      { data_source: "c" },
      { source: "a", dataSource: "b" },
    ],
  ])("%s", (text, values, rest) => {
    expect(filled(text, renaming)).toEqual({ values, ...(rest === undefined ? {} : { rest }), reasons: [] });
  });
});
