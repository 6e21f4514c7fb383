/** `pullhouse schema infer`: what it drafts of samples, what it says about them, and what it does not take. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Column } from "#services/shared/schema/column.ts";
import { pullhouseHere as pullhouse } from "../cli/run-command.ts";
import { type SchemaFolder, schemaFolder } from "./schema-folder.ts";

const infer = (input: string) => pullhouse(["schema", "infer"], {}, input);

/** `name TYPE`, `name REPEATED TYPE`, the fields of a RECORD indented. */
function outline(columns: readonly Column[], indent = ""): readonly string[] {
  return columns.flatMap(({ name, type, mode, fields = [] }) => [
    `${indent}${name} ${mode === undefined ? "" : `${mode} `}${type}`,
    ...outline(fields, `${indent}  `),
  ]);
}

async function drafted(input: string): Promise<readonly string[]> {
  const { status, out, error } = await infer(input);
  expect({ status, error }).toMatchObject({ status: 0 });
  return outline(JSON.parse(out) as readonly Column[]);
}

const SAMPLES = [
  {
    mediaType: "application/json",
    repo_id: "a",
    sizeBytes: 12,
    score: 1,
    at: "2026-08-20T10:00:00.5Z",
    day: "2026-08-20",
    local: "2026-08-20T10:00:00",
    ok: true,
    tags: ["a", "b"],
    findings: [
      { id: "CVE-1", fixed: null },
      { id: "CVE-2", score: 7.5 },
    ],
    labels: { "org.opencontainers.image.title": "a" },
    mixed: 1,
    imageURL: "https://example.com",
    source: "scanner",
    account: "0123",
    big: 12345678901234567000,
  },
  {
    repoId: "b",
    sizeBytes: "34",
    score: 1.5,
    at: "2026-08-20T10:00:00+02:00",
    findings: [],
    mixed: "one",
    grid: [[1]],
  },
];
const OUTLINE = [
  "media_type STRING",
  "repo_id STRING",
  "size_bytes INTEGER",
  "score FLOAT",
  "at TIMESTAMP",
  "day DATE",
  "local DATETIME",
  "ok BOOLEAN",
  "tags REPEATED STRING",
  "findings REPEATED RECORD",
  "  id STRING",
  "  score FLOAT",
  "labels JSON",
  "mixed JSON",
  "imageURL STRING",
  "data_source STRING",
  "account STRING",
  "big NUMERIC",
  "grid JSON",
];
const lines = (samples: readonly object[]) => samples.map((sample) => JSON.stringify(sample)).join("\n");
const event = (data: object, more: object = {}) => ({
  specversion: "1.0",
  id: "1",
  source: "scanner.example",
  type: "dev.example.scan.v1",
  data,
  ...more,
});

describe("samples of every form make the same draft", () => {
  test.each<[string, string]>([
    ["an array", JSON.stringify(SAMPLES)],
    ["a pretty-printed array", JSON.stringify(SAMPLES, undefined, 2)],
    [
      "a document per line, with empty lines and those of Windows",
      `\r\n${lines(SAMPLES).replace("\n", "\r\n\r\n")}\r\n`,
    ],
    ["whole CloudEvents", lines(SAMPLES.map((data) => event(data)))],
    [
      "CloudEvents with bytes",
      lines(
        SAMPLES.map((data) =>
          event(data, { data: undefined, data_base64: Buffer.from(JSON.stringify(data)).toString("base64") }),
        ),
      ),
    ],
  ])("%s", async (_form, input) => {
    expect(await drafted(input)).toEqual(OUTLINE);
  });

  test("a single pretty-printed document", async () => {
    const { status, out, error } = await infer(JSON.stringify(event({ name: "a" }), undefined, 2));
    expect(JSON.parse(out)).toEqual([{ name: "name", type: "STRING", description: "DRAFT: name" }]);
    expect(error).toBe(
      "a draft from 1 sample, for schemas/dev.example.scan.v1.json: write the descriptions, then `pullhouse schema check`\n",
    );
    expect(status).toBe(0);
  });
});

test("the notes name what is left out and what is JSON, each with its reason", async () => {
  const sample = { a: null, b: [], c: { d: {} }, "e.f": 1, g: [1, null], h: 1, H: 2, ceId: "x", i: 1 };
  const { error } = await infer(lines([sample, { i: [] }]));
  expect(error.split("\n").filter((line) => line.startsWith("note: "))).toEqual([
    "note: a is left out, the samples do not show its type: it will be in extra",
    "note: b is left out, the samples do not show its type: it will be in extra",
    "note: c.d is left out, the samples do not show its type: it will be in extra",
    "note: c is left out, the samples do not show its type: it will be in extra",
    "note: e.f is left out, it is no name for a column: it will be in extra",
    "note: g is JSON: a REPEATED column holds no null",
    "note: H is left out, another column has this name: it will be in extra",
    "note: ceId is left out, another column has this name: it will be in extra",
    "note: i is JSON: its values are of several kinds",
  ]);
});

test("an object whose keys change from sample to sample is a map, and JSON", async () => {
  const names = ["alpha", "beta", "gamma", "delta", "epsilon"];
  const samples = names.map((name, index) => ({ labels: { [name]: String(index) }, always: { name } }));
  expect(await drafted(lines(samples))).toEqual(["labels JSON", "always RECORD", "  name STRING"]);
});

describe("a draft passes the check but for its descriptions", () => {
  let folder: SchemaFolder;
  beforeEach(() => {
    folder = schemaFolder();
  });
  afterEach(() => folder.delete());

  test("and passes it whole when they are written", async () => {
    const { out } = await infer(JSON.stringify(SAMPLES));
    folder.write("a.v1.json", out);
    const { out: said, status } = await folder.check();
    const wanted = OUTLINE.length;
    expect(said.match(/^a\.v1\.json: \S+ still has the description that .* drafted$/gm)).toHaveLength(wanted);
    expect(said.trim().split("\n")).toHaveLength(wanted);
    expect(status).toBe(1);
    folder.write("a.v1.json", out.replaceAll("DRAFT: ", ""));
    expect(await folder.check()).toMatchObject({ status: 0, out: "5 schema files are right\n" });
  });
});

test.each<[string, string, string]>([
  ["nothing", " \n", "there are no samples on standard input"],
  ["an empty array", "[]", "there are no samples on standard input"],
  ["a line that is no JSON", '{"a":1}\n\n{"a":tru}', "line 3, column 6: no JSON: something unexpected"],
  [
    "a document that is no JSON",
    '{\n  "a": 1,\n  "b": x\n}',
    "line 3, column 8: no JSON: something unexpected",
  ],
  ["a document that ends too early", '{\n  "a": [1,\n', "line 3, column 1: no JSON: the end"],
  ["a wrong escape", '{\n  "a": "\\q"\n}', "line 2, column 8: no JSON: a wrong escape in the string"],
  ["a line that is no object", '{"a":1}\n7', "line 2: a sample is a JSON object"],
  ["an element that is no object", '[{"a":1}, null]', "sample 2 of the array: a sample is a JSON object"],
  ["a key that stands twice", '{"a":1}\n{"a":1,"a":2}', "line 2: the key /a stands twice"],
  [
    "an event without data",
    lines([event({}, { data: undefined })]),
    "line 1: the event's data is no JSON object",
  ],
  [
    "bytes that are no JSON",
    lines([event({}, { data: undefined, data_base64: "e30x" })]),
    "line 1: in data_base64, line 1, column 3: no JSON: something unexpected",
  ],
  [
    "events of two types",
    lines([event({ a: 1 }), event({ a: 1 }, { type: "b" })]),
    "the samples are of 2 types, dev.example.scan.v1 and b among them: one type at a time",
  ],
  ["no field with a type", '{"a":null}', "the samples have no field that shows its type"],
  ["a value that no column takes", '{"a":"b"}\n{"a":"\\u0000"}', "line 2: no column takes /a"],
])("%s is refused with its place: status 2", async (_what, input, message) => {
  const { status, out, error } = await infer(input);
  expect(error).toContain(`pullhouse: ${message}`);
  expect(out).toBe("");
  expect(status).toBe(2);
});
