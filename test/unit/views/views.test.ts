/** View files: what they say, what they read, and what is wrong with a wrong one. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { loadQuestions } from "#services/cli/ask/questions.ts";
import { readFrontComment } from "#services/shared/schema/front-comment.ts";
import { loadRegistry } from "#services/shared/schema/registry.ts";
import { loadViews } from "#services/shared/schema/views.ts";
import { ownerOf } from "#services/shared/type-owners.ts";

const registry = loadRegistry();
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pullhouse-views-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const COMMENT = "-- What it is.\n--\n-- a: The only column.\n";

function views(files: Readonly<Record<string, string>>) {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(folder, name, ".."), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return loadViews(registry, folder);
}

test("the project's views come behind what they read, each column described", () => {
  const all = loadViews(registry);
  const names = all.map(({ name }) => name);
  expect(names.length).toBeGreaterThan(7);
  for (const [index, view] of all.entries()) {
    expect(view.description.length, view.name).toBeGreaterThan(20);
    const viewsThatItReads = view.reads.filter((name) => names.includes(name));
    expect(names.slice(0, index), view.name).toEqual(expect.arrayContaining(viewsThatItReads));
    expect(view.query("my-project.my_dataset")).not.toMatch(/\{[a-z_]+\}/);
  }
});

test("each registry that reports pulls or pushes is in the views", () => {
  const read = (name: string) => loadViews(registry).find((view) => view.name === name)?.reads ?? [];
  const tables = [...registry.tables.values()].map(({ table }) => table);
  const pulls = tables.filter((table) => /(?<!chart|apk)_pull(ed)?(_v\d)?$/.test(table));
  const pushes = tables.filter((table) => /(?<!chart|apk)_push(ed)?(_v\d)?$|_image_updated$/.test(table));
  expect(pulls.length).toBeGreaterThan(4);
  expect(read("pulls").toSorted()).toEqual(pulls.toSorted());
  expect(read("pushes").toSorted()).toEqual(pushes.toSorted());
});

/** Each table that a text reads, with the condition on `source` that stands before the next table. */
function conditionsIn(sql: string, table: RegExp): readonly (readonly [string, string | undefined])[] {
  const [, ...parts] = sql.split(table);
  return parts.flatMap((name, index) =>
    index % 2 === 0
      ? [[name, /WHERE\b[^]*?\bsource (= '\w+'|IN \([^)]*\))/.exec(parts[index + 1] ?? "")?.[1]]]
      : [],
  );
}

test("a view or question that reads a type's table reads only rows of the sender that owns the type", () => {
  const tables = new Map([...registry.tables.values()].map(({ table, type }) => [table, ownerOf(type)]));
  const read = [
    ...loadViews(registry).flatMap((view) => conditionsIn(view.query("p.d"), /FROM `p\.d\.(\w+)`/)),
    ...loadQuestions().flatMap(({ sql }) => conditionsIn(sql, /FROM (\w+)/)),
  ].filter(([name]) => tables.has(name));
  expect(read.length).toBeGreaterThan(45);
  const wrong = read.filter(([name, condition]) => {
    const owner = tables.get(name);
    const own = owner === "chainguard" ? "IN ('chainguard', 'import')" : `= '${owner}'`;
    return condition !== own;
  });
  expect(wrong).toEqual([]);
});

test("tables are named in full, parts are put in", () => {
  const [view] = views({
    "v.sql": `${COMMENT}SELECT {one} FROM \`{dataset}.rejected_events\`\n`,
    "parts/one.sql": "1 AS a\n",
  });
  expect(view?.reads).toEqual(["rejected_events"]);
  expect(view?.query("p.d")).toBe("SELECT 1 AS a FROM `p.d.rejected_events`");
});

test.each([
  ["no comment", { "v.sql": "SELECT 1" }, /views\/v\.sql: it does not begin with a comment/],
  ["no columns", { "v.sql": "-- What it is.\nSELECT 1" }, /its comment describes no column/],
  ["a line that is no entry", { "v.sql": "-- What.\n--\n-- nothing\nSELECT 1" }, /"nothing" is no entry/],
  ["an unknown table", { "v.sql": `${COMMENT}SELECT 1 FROM \`{dataset}.nope\`` }, /no table or view nope/],
  ["an unknown part", { "v.sql": `${COMMENT}SELECT {nope}` }, /v\.sql: ENOENT.*parts\/nope\.sql/],
  ["a table's name", { "rejected_events.sql": `${COMMENT}SELECT 1 AS a` }, /a table has this name/],
  [
    "a circle",
    {
      "v.sql": `${COMMENT}SELECT a FROM \`{dataset}.w\``,
      "w.sql": `${COMMENT}SELECT a FROM \`{dataset}.v\``,
    },
    /it reads itself: v, w/,
  ],
])("a view with %s is refused", (_, files, why) => {
  expect(() => views(files)).toThrow(why);
});

test("an entry goes on where a line is indented", () => {
  expect(readFrontComment("-- One\n-- two.\n--\n-- a b: first\n--   second\n\nSELECT 1\n")).toEqual({
    words: "One two.",
    entries: [{ name: "a b", text: "first second" }],
    sql: "SELECT 1",
  });
});

test.each([
  ["-- T\n--\n-- chart: none\nSELECT 1", /what it "answers:"/],
  ["-- T\n--\n-- answers: x\n-- @since DATE: x\nSELECT 1", /"@since DATE" is no entry/],
  ["-- T\n--\n-- answers: x\n-- chart: pie of a by b\nSELECT 1", /"pie of a by b" is no chart/],
])("the question %j is refused", (text, why) => {
  writeFileSync(join(folder, "q.sql"), text);
  expect(() => loadQuestions(folder)).toThrow(why);
});

/** What a question reads is bounded by them, whether it names them or not. */
const BOUNDS = ["since", "until", "history"];

test("every parameter of a question is used by it, and none that it does not have", () => {
  for (const { name, parameters, sql } of loadQuestions()) {
    const used = [...sql.matchAll(/@([a-z_]+)/g)].map(([, parameter = ""]) => parameter);
    const names = parameters.map((parameter) => parameter.name);
    expect(
      used.filter((parameter) => !names.includes(parameter)),
      name,
    ).toEqual([]);
    expect(
      names.filter((parameter) => !used.includes(parameter) && !BOUNDS.includes(parameter)),
      name,
    ).toEqual([]);
    expect(names, name).toEqual(expect.arrayContaining(["since", "until"]));
  }
});
