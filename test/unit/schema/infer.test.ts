/** Whatever the samples are, the draft is a table that BigQuery takes and that every one of them fits. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { judge } from "#services/shared/row/judge.ts";
import { parseJson } from "#services/shared/row/parse-json.ts";
import { columnProblems, everyColumn } from "#services/shared/schema/check-columns.ts";
import type { Column } from "#services/shared/schema/column.ts";
import { draftSchema, type Sample } from "#services/shared/schema/infer.ts";
import { type EventTable, loadRegistry } from "#services/shared/schema/registry.ts";

interface SampleFile {
  readonly data: object;
  /** What has no column. */
  readonly extra?: object;
}

const registry = loadRegistry();
const TYPE = "dev.example.drafted.v1";

function read(data: object): Sample {
  return { place: "a sample", data: parseJson(JSON.stringify(data)).value as Sample["data"] };
}

/** Keys that meet each other: spellings of one name, the envelope's names, what is no name, what a prototype has. */
const KEYS = [
  "repo_id",
  "repoId",
  "aws-arn",
  "awsArn",
  "source",
  "extra",
  "Extra",
  "_FILE_a",
  "a.b",
  "1",
  "",
  "__proto__",
  "toString",
  "Name",
  "name",
  "tag",
];
/** What cannot be kept at all (NUL, numbers of too many digits) has a test of its own. */
const anyText = fc.string({ unit: "binary", maxLength: 5 }).map((text) => text.replaceAll("\0", ""));
const key = fc.oneof(fc.constantFrom(...KEYS), anyText);
const scalar = fc.oneof(
  fc.constant(null),
  fc.boolean(),
  fc.integer(),
  fc.double({ noNaN: true, min: -1e9, max: 1e9 }),
  fc.constantFrom("2026-08-20T10:00:00Z", "2026-08-20", "2026-08-20T10:00:00", "0", "7", "", "text"),
  anyText,
);
const { object } = fc.letrec<{ value: unknown; object: object }>((tie) => ({
  object: fc.array(fc.tuple(key, tie("value")), { maxLength: 5 }).map(
    // Not Object.fromEntries alone: a key __proto__ has to be a key.
    (entries) => Object.assign(Object.create(null), Object.fromEntries(entries)) as object,
  ),
  value: fc.oneof({ maxDepth: 4 }, scalar, fc.array(tie("value"), { maxLength: 3 }), tie("object")),
}));

function tableOf(own: readonly Column[]): EventTable {
  const { columns } = registry.unregistered;
  return { ...registry.unregistered, type: TYPE, own, columns: [...columns, ...own], misfits: "reject" };
}

test("every sample fits its draft, and a name of the envelope is never taken", () => {
  fc.assert(
    fc.property(fc.array(object, { minLength: 1, maxLength: 6 }), (objects) => {
      // One field is sure to have a type: samples without any are refused.
      const samples = objects.map((each) => Object.assign(each, { sure: 1 }));
      const { columns } = draftSchema(samples.map(read), registry);
      expect(columnProblems(columns)).toEqual([]);
      expect(columns.filter(({ name }) => registry.unregistered.otherNames.has(name.toLowerCase()))).toEqual(
        [],
      );
      const table = tableOf(columns);
      for (const data of samples) {
        const event = { id: "1", specversion: "1.0", source: "a", type: TYPE, extensions: {} };
        const judged = judge(
          { ...registry, find: () => table },
          { ...event, data: Buffer.from(JSON.stringify(data)) },
        );
        expect(judged).toMatchObject({ fit: "fits", reasons: [] });
      }
    }),
    { numRuns: 2_000 },
  );
});

test("what is of one kind everywhere has a column of its own and not JSON", () => {
  const flat = fc.record({
    a_b: fc.integer(),
    on: fc.boolean(),
    items: fc.array(fc.record({ day: fc.constant("2026-01-31") }), { minLength: 1 }),
  });
  fc.assert(
    fc.property(fc.array(flat, { minLength: 1, maxLength: 5 }), (samples) => {
      const { columns } = draftSchema(samples.map(read), registry);
      expect([...everyColumn(columns)].map(({ path, column: { type, mode } }) => [path, type, mode])).toEqual(
        [
          ["a_b", "INTEGER", undefined],
          ["on", "BOOLEAN", undefined],
          ["items", "RECORD", "REPEATED"],
          ["items.day", "DATE", undefined],
        ],
      );
    }),
  );
});

test.each([
  ["a number that no double holds", '{"a":1e999}'],
  ["a NUL character", '{"a":"\\u0000"}'],
  ["half of a pair of surrogates", '{"a":{"b":["\\ud800"]}}'],
  ["a NUL in a key", '{"a":1,"\\u0000":1}'],
  ["65 levels of JSON", `{"a":${"[".repeat(65)}1${"]".repeat(65)}}`],
])("%s makes the sample an error, as it makes the event a rejected one", (_what, text) => {
  const sample = { place: "line 7", data: parseJson(text).value as Sample["data"] };
  expect(() => draftSchema([sample], registry)).toThrow(
    /^line 7: no column takes \/.*such an event is rejected$/,
  );
});

test("where a sample has both spellings, only the column's own says what its type is", () => {
  const { columns } = draftSchema([read({ repoId: 1, repo_id: "a" }), read({ repoId: "b" })], registry);
  expect(columns).toEqual([{ name: "repo_id", type: "STRING", description: "DRAFT: repo id" }]);
});

test("objects deeper than 15 levels are JSON from there on", () => {
  const deep = Array.from({ length: 20 }).reduce<object>((inside) => ({ f: inside }), { f: 1 });
  const { columns } = draftSchema([read(deep)], registry);
  const placed = [...everyColumn(columns)];
  expect(placed.map(({ depth }) => depth).at(-1)).toBe(15);
  expect(placed.at(-1)?.column.type).toBe("JSON");
});

test("the samples of every type of Chainguard's, in both spellings, make drafts whose columns their tables have", () => {
  const folder = "test/fixtures/chainguard";
  const files = readdirSync(folder).filter((file) => file.endsWith(".json"));
  expect(files.length).toBeGreaterThan(50);
  for (const file of files) {
    const list = JSON.parse(readFileSync(join(folder, file), "utf8")) as readonly SampleFile[];
    const plain = list.filter(({ extra }) => extra === undefined);
    const own = registry.find(file.slice(0, -".json".length))?.own ?? [];
    const known = [...everyColumn(own)];
    const isKnown = (path: string) =>
      known.some(
        ({ path: other, column }) =>
          path === other || (column.type === "JSON" && path.startsWith(`${other}.`)),
      );
    const { columns } = draftSchema(
      plain.map(({ data }) => read(data)),
      registry,
    );
    const paths = [...everyColumn(columns)].map(({ path }) => path);
    expect(paths.filter((path) => !isKnown(path))).toEqual([]);
  }
});
