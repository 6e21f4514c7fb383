/** `pullhouse schema check` on files that are right and on files that are wrong, without a history. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { pullhouseHere as pullhouse } from "../cli/run-command.ts";
import { type SchemaFolder, schemaFolder } from "./schema-folder.ts";

let folder: SchemaFolder;
beforeEach(() => {
  folder = schemaFolder();
});
afterEach(() => folder.delete());

const text = (name: string, more: object = {}) => ({ name, type: "STRING", description: "Text.", ...more });

/** A RECORD in a RECORD, down to a STRING on the level. */
function nested(level: number): object {
  const last: object = text("f");
  return Array.from({ length: level - 1 }).reduce<object>(
    (inside) => text("f", { type: "RECORD", fields: [inside] }),
    last,
  );
}

test("the project's own files are right", async () => {
  const { status, out } = await pullhouse(["schema", "check"]);
  expect(out).toMatch(/^1\d\d schema files are right/);
  expect(status).toBe(0);
});

test("a folder with what is needed and a type is right, and that there is no history is one line", async () => {
  folder.write("a.b.v1.json", [text("name"), text("aws-arn"), nested(15)]);
  const { status, out, error } = await folder.check();
  expect(out).toBe("5 schema files are right\n");
  expect(error).toMatch(/^not compared with the history: git says fatal: not a git repository.*\n$/);
  expect(status).toBe(0);
});

test("without git the files are checked all the same", async () => {
  const { status, out, error } = await folder.check([], { PATH: "" });
  expect(out).toBe("4 schema files are right\n");
  expect(error).toBe("not compared with the history: git is not installed\n");
  expect(status).toBe(0);
});

test("every problem of every file is a line with its file and column, and the status is 1", async () => {
  folder.write("draft.json", [text("a", { description: "DRAFT: a" })]);
  folder.write("fields.json", [
    text("r", { type: "RECORD", fields: [] }),
    text("s", { fields: [text("x")] }),
  ]);
  folder.write("json.json", "[{]");
  folder.write("keys.json", [text("a", { Mode: "REPEATED" }), 7, { description: "Nothing else." }]);
  folder.write("levels.json", [nested(16)]);
  folder.write(
    "many.json",
    Array.from({ length: 10_001 }, (_, index) => text(`c${index}`)),
  );
  folder.write("modes.json", [text("a", { mode: "OPTIONAL" })]);
  folder.write("required.json", [text("b", { type: "RECORD", fields: [text("c", { mode: "REQUIRED" })] })]);
  folder.write("long.json", [text("d", { description: "x".repeat(1025) })]);
  folder.write("names.json", [text("1a"), text("a.b"), text("_FILE_x"), text("x".repeat(301))]);
  folder.write("none.json", []);
  folder.write("object.json", {});
  folder.write("source.json", [text("Source")]);
  folder.write("types.json", [text("a", { type: "INT64" }), text("b", { type: "GEOGRAPHY" })]);
  folder.write("twins.json", [text("Name"), text("name"), text("repo_id"), text("repoId")]);
  folder.write("two.v1.json", [text("a")]);
  folder.write("two_v1.json", [text("a")]);
  folder.write("words.json", [
    text("a", { description: " " }),
    text("b", { type: "RECORD", fields: [{ name: "c", type: "STRING" }] }),
  ]);
  folder.write("unregistered.events.json", [text("a")]);
  folder.write("staging.a.json", [text("a")]);
  folder.remove("rejected_events.json");
  const { status, out, error } = await folder.check();
  expect(out.replaceAll(/x{300,}/g, "x…").split("\n")).toEqual([
    "draft.json: a still has the description that `pullhouse schema infer` drafted",
    "fields.json: r is a RECORD without fields",
    "fields.json: s has fields but is no RECORD",
    "json.json: is no JSON: Expected property name or '}' in JSON at position 2 (line 1 column 3)",
    'keys.json: a has the key "Mode": it takes name, type, mode, description, fields',
    "keys.json: 1 is no column: a column is an object with name and type",
    "keys.json: 2 has no name that is taken: letters, digits, _ and -, not a digit first, at most 300",
    "keys.json: 2 has no type: it takes STRING, BYTES, INTEGER, FLOAT, BOOLEAN, TIMESTAMP, DATE, TIME, DATETIME, NUMERIC, JSON, RECORD",
    "levels.json: f.f.f.f.f.f.f.f.f.f.f.f.f.f.f has fields on level 16, BigQuery takes 15 levels",
    "long.json: d has a description that is no text of at most 1024 characters",
    "many.json: has 10001 columns of all levels, BigQuery takes 10000",
    'modes.json: a has the mode "OPTIONAL": it takes NULLABLE, REQUIRED, REPEATED',
    "names.json: 1a has no name that is taken: letters, digits, _ and -, not a digit first, at most 300",
    "names.json: a.b has no name that is taken: letters, digits, _ and -, not a digit first, at most 300",
    "names.json: _FILE_x has a name that begins as only BigQuery's own do",
    "names.json: x… has no name that is taken: letters, digits, _ and -, not a digit first, at most 300",
    "none.json: is no list of columns",
    "object.json: is no list of columns",
    "rejected_events.json: is missing",
    "required.json: b.c is REQUIRED: an event without it would be rejected, so leave the mode out",
    "source.json: Source is a column of the envelope: call it data_source",
    "staging.a.json: begins with staging_, as only the loader's own tables do",
    "twins.json: name is there twice, as Name (BigQuery ignores case)",
    "twins.json: repoId and repo_id are both repoId in camelCase: which would that field fill?",
    "two_v1.json: would share the table two_v1 with two.v1.json",
    'types.json: a has the type "INT64": write INTEGER',
    'types.json: b has the type "GEOGRAPHY": it takes STRING, BYTES, INTEGER, FLOAT, BOOLEAN, TIMESTAMP, DATE, TIME, DATETIME, NUMERIC, JSON, RECORD',
    "unregistered_events.json: would share the table unregistered_events with unregistered.events.json",
    "words.json: a has no description: say what it means, its unit, its source",
    "words.json: b.c has no description: say what it means, its unit, its source",
    "",
  ]);
  expect(error).toContain("problems in ");
  expect(status).toBe(1);
});

test("a view that reads a table that is not there is named", async () => {
  folder.write("views/v.sql", "-- What it is.\n--\n-- a: Text.\nSELECT a FROM `{dataset}.gone`\n");
  const { status, out } = await folder.check();
  expect(out).toBe("views/v.sql: there is no table or view gone\n");
  expect(status).toBe(1);
});

test("a folder that is not there is named", async () => {
  const { status, error } = await folder.check([], { SCHEMAS_FOLDER: "/nowhere/schemas" });
  expect(error).toContain("ENOENT: no such file or directory, scandir '/nowhere/schemas'");
  expect(status).toBe(1);
});
