/** Copied data beside parsed, filled and written data: the same columns, or nothing said. */
import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compileCopy } from "#services/shared/row/copy.ts";
import { compileFill } from "#services/shared/row/fill.ts";
import { membersOf } from "#services/shared/row/json.ts";
import { readObject } from "#services/shared/row/judge.ts";
import type { Reason } from "#services/shared/row/reason.ts";
import type { Column } from "#services/shared/schema/column.ts";
import { loadRegistry, type Misfits } from "#services/shared/schema/registry.ts";
import { decodeUtf8 } from "#services/shared/utf8.ts";
import { mutations } from "#test/support/mutate.ts";

const RUNS = { seed: Number(process.env["SEED"] ?? Date.now() % 2 ** 31), numRuns: 5_000 };
const registry = loadRegistry();

/** The columns of data that fits without a rest, as the two ways have them. */
function bothWays(columns: readonly Column[], misfits: Misfits, otherNames: ReadonlyMap<string, string>) {
  const copy = compileCopy(columns, misfits, otherNames);
  const fill = compileFill(columns, misfits, otherNames);
  return (data: Uint8Array) => {
    const text = decodeUtf8(data);
    const read = readObject(data);
    const reasons: Reason[] = [];
    const filled = read.outcome === "object" ? fill(read.object, undefined, reasons) : undefined;
    const isWhole = filled !== undefined && filled.rest === undefined && reasons.length === 0;
    return {
      copied: text === undefined ? undefined : copy(text),
      filled: isWhole ? membersOf(filled.values) : undefined,
    };
  };
}

const tables = [...registry.tables.values()];
const waysOf = new Map(
  tables.map((table) => [table.type, bothWays(table.own, table.misfits, table.otherNames)]),
);

const samples = readdirSync("test/fixtures/chainguard")
  .filter((file) => file.endsWith(".json"))
  .flatMap((file) =>
    (JSON.parse(readFileSync(`test/fixtures/chainguard/${file}`, "utf8")) as { readonly data: object }[]).map(
      ({ data }) => ({ type: file.slice(0, -".json".length), text: JSON.stringify(data) }),
    ),
  );

test(`of mutated events what is copied is what is filled (SEED=${RUNS.seed})`, () => {
  const counts = { copied: 0, filled: 0, neither: 0 };
  fc.assert(
    fc.property(mutations(samples.map(({ text }) => text)), ({ sample, data }) => {
      const { copied, filled } = waysOf.get(samples[sample]?.type ?? "")?.(data) ?? {};
      counts[copied !== undefined ? "copied" : filled !== undefined ? "filled" : "neither"] += 1;
      expect(copied ?? filled).toBe(filled);
    }),
    RUNS,
  );
  for (const count of Object.values(counts)) expect(count).toBeGreaterThan(0);
});

const TEXTS = [
  "",
  "é😀\u2028\u007f",
  `a"b\\c/d\b\f\n\r\t`,
  "\0",
  "\ud800",
  "\u001f",
  ..."x __proto__ aGk= NaN".split(" "),
  ..."0 -1 007 9223372036854775807 9223372036854775808 1.50 12:00:00 2024-02-29 2025-02-29".split(" "),
  ..."2025-04-23T00:37:47.1Z 2025-04-23t00:37:47+02:00 2025-04-23T00:37:60".split(" "),
];
const scalar = fc.oneof(
  fc.constantFrom(...TEXTS.map((text) => JSON.stringify(text))),
  fc.constantFrom("0", "-0", "1.10", "1e3", "1e999", "9223372036854775808", "true", "false", "null", "{}"),
  fc.constantFrom(
    String.raw`"\u0041\/"`,
    String.raw`"\ud83d\ude00"`,
    String.raw`"\x"`,
    `"\n"`,
    "01",
    "+1",
    "",
  ),
);

/** Data for these columns, as text: fields in any order and spelling, now and then twice, unknown or misfitting. */
function dataFor(columns: readonly Column[], depth = 0): fc.Arbitrary<string> {
  const members = columns.map((column) => {
    const fields = depth < 5 ? dataFor(column.fields ?? [], depth + 1) : fc.constant("{}");
    const value = column.type === "RECORD" ? fc.oneof({ weight: 9, arbitrary: fields }, scalar) : scalar;
    const list = fc.array(value, { maxLength: 2 }).map((items) => `[${items.join(",")}]`);
    const camel = column.name.replaceAll(/[_-]+(\w)/g, (_, next: string) => next.toUpperCase());
    const key = fc.constantFrom(column.name, column.name, camel, column.name.replace(/^data_/, ""));
    return fc.tuple(
      key,
      column.mode === "REPEATED" ? fc.oneof({ weight: 9, arbitrary: list }, scalar) : value,
    );
  });
  if (members.length === 0) return fc.constant("{}");
  const some = fc.array(fc.oneof(...members), { maxLength: 4 });
  const space = fc.oneof({ weight: 19, arbitrary: fc.constant("") }, fc.constant(" "));
  return fc
    .tuple(some, space)
    .map(([list, gap]) => `{${list.map(([key, value]) => `"${key}":${value}`).join(`${gap},`)}}`);
}

test(`of any data for any table what is copied is what is filled (SEED=${RUNS.seed})`, () => {
  const counts = { copied: 0, filled: 0, neither: 0 };
  const cases = tables.map((table) => dataFor(table.own).map((text) => ({ type: table.type, text })));
  fc.assert(
    fc.property(fc.oneof(...cases), ({ type, text }) => {
      const { copied, filled } = waysOf.get(type)?.(Buffer.from(text)) ?? {};
      counts[copied !== undefined ? "copied" : filled !== undefined ? "filled" : "neither"] += 1;
      expect(copied ?? filled).toBe(filled);
    }),
    { ...RUNS, numRuns: 20_000 },
  );
  for (const count of Object.values(counts)) expect(count).toBeGreaterThan(0);
});

const COLUMNS: readonly Column[] = [
  { name: "tag", type: "STRING" },
  { name: "size_bytes", type: "INTEGER" },
  { name: "seen_at", type: "TIMESTAMP" },
  { name: "ok", type: "BOOLEAN" },
  { name: "act", type: "RECORD", fields: [{ name: "sub", type: "STRING", mode: "REQUIRED" }] },
  { name: "layers", type: "RECORD", mode: "REPEATED", fields: [{ name: "n", type: "INTEGER" }] },
  { name: "data_source", type: "STRING" },
];
const ways = bothWays(COLUMNS, "reject", new Map([["source", "data_source"]]));

describe("data that stands as its row will have it is copied", () => {
  test.each([
    ["nothing", "{}", "{}"],
    ["text, with plain escapes", String.raw`{"tag":"é \"\\\n"}`, String.raw`{"tag":"é \"\\\n"}`],
    ["a number, by its digits", `{"size_bytes":7,"ok":true}`, `{"size_bytes":"7","ok":true}`],
    ["a time", `{"seen_at":"2025-04-23T02:00:00+02:00"}`, `{"seen_at":"2025-04-23T00:00:00.000000Z"}`],
    ["protojson's spelling", `{"sizeBytes":"-1","tag":"x"}`, `{"size_bytes":"-1","tag":"x"}`],
    ["a field called otherwise", `{"source":"x"}`, `{"data_source":"x"}`],
    [
      "records and lists",
      `{"act":{"sub":""},"layers":[{"n":1},{}]}`,
      `{"act":{"sub":""},"layers":[{"n":"1"},{}]}`,
    ],
    ["fields in another order", `{"ok":false,"tag":"x"}`, `{"ok":false,"tag":"x"}`],
  ])("%s", (_name, text, columns) => {
    const members = columns.slice(1, -1);
    expect(ways(Buffer.from(text))).toEqual({ copied: members, filled: members });
  });
});

describe("nothing is said of other data", () => {
  test.each([
    ["a space", `{"tag": "x"}`],
    ["more behind it", `{"tag":"x"} `],
    ["a field twice", `{"tag":"x","tag":"y"}`],
    ["a field in both spellings", `{"size_bytes":1,"sizeBytes":2}`],
    ["an unknown field", `{"tag":"x","new":1}`],
    ["a null", `{"tag":null}`],
    ["an escape that would be written otherwise", String.raw`{"tag":"\u0041"}`],
    ["an escape that need not be one", String.raw`{"tag":"\/"}`],
    ["NUL", String.raw`{"tag":"\u0000"}`],
    ["a control character", `{"tag":"\n"}`],
    ["an escape of nothing", String.raw`{"tag":"\x"}`],
    ["a value that does not fit", `{"size_bytes":1.5}`],
    ["a required field that is missing", `{"act":{}}`],
    ["a null in a list", `{"layers":[null]}`],
    ["an end too early", `{"tag":"x`],
    ["an end in an escape", `{"tag":"\\`],
    ["an end in a key", `{"tag`],
    ["a comma too many", `{"tag":"x",}`],
    ["no text", ""],
    ["a list", "[]"],
  ])("%s", (_name, text) => {
    expect(ways(Buffer.from(text)).copied).toBeUndefined();
  });
});
