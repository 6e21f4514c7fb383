/** `pullhouse schema check` against a git repository of its own: what a table cannot follow is refused. */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { isInstalled } from "#test/support/commands.ts";
import { type SchemaFolder, schemaFolder } from "./schema-folder.ts";

const text = (name: string, more: object = {}) => ({ name, type: "STRING", description: "Text.", ...more });
const record = (...fields: readonly object[]) => text("r", { type: "RECORD", fields });

const FILE = "a.b.v1.json";
const BEFORE = [text("one"), record(text("two"), text("three")), text("four", { mode: "REPEATED" })];

let folder: SchemaFolder;
beforeEach(() => {
  folder = schemaFolder();
});
afterEach(() => folder.delete());

describe.skipIf(!isInstalled("git"))("with git (skipped where git is not installed)", () => {
  beforeEach(() => {
    folder.git("init", "-q");
    folder.write(FILE, BEFORE);
    folder.commit();
  });

  test("new nullable and repeated columns at the end, at every level, and new files are fine", async () => {
    const [one, , four] = BEFORE;
    const r = record(text("two"), text("three"), text("five", { mode: "NULLABLE" }));
    folder.write(FILE, [one, r, four, text("six", { mode: "REPEATED" }), text("seven", { type: "JSON" })]);
    folder.write("c.json", [text("one")]);
    const { status, out, error } = await folder.check();
    expect({ status, out, error }).toEqual({
      status: 0,
      out: "6 schema files are right, compared with HEAD\n",
      error: "",
    });
  });

  test.each<[string, readonly object[], readonly string[]]>([
    [
      "a changed type, whatever the two types are",
      [
        text("one", { type: "JSON" }),
        record(text("two", { type: "INTEGER" }), text("three")),
        text("four", { mode: "REPEATED" }),
      ],
      [
        "one was STRING and is JSON: add a column of another name",
        "r.two was STRING and is INTEGER: add a column of another name",
      ],
    ],
    [
      "a changed mode",
      [text("one", { mode: "REPEATED" }), record(text("two"), text("three")), text("four")],
      [
        "one was STRING and is REPEATED STRING: add a column of another name",
        "four was REPEATED STRING and is STRING: add a column of another name",
      ],
    ],
    [
      "a NULLABLE column that became REQUIRED",
      [
        text("one", { mode: "REQUIRED" }),
        record(text("two"), text("three")),
        text("four", { mode: "REPEATED" }),
      ],
      [
        "one is REQUIRED: an event without it would be rejected, so leave the mode out",
        "one was STRING and is REQUIRED STRING: add a column of another name",
      ],
    ],
    [
      "removed columns",
      [record(text("two"))],
      ["one was there and is gone", "r.three was there and is gone", "four was there and is gone"],
    ],
    [
      "a renamed column, with the names it may have now",
      [text("uno"), record(text("two"), text("Three")), text("four", { mode: "REPEATED" })],
      [
        "one was there and is gone; if it is now uno: a column cannot be renamed, keep both",
        "r.three is now called Three: tables keep the spelling they have",
      ],
    ],
  ])("refused: %s", async (_what, after, lines) => {
    folder.write(FILE, after);
    const { status, out } = await folder.check();
    expect(out.trim().split("\n")).toEqual(lines.map((line) => `${FILE}: ${line}`));
    expect(status).toBe(1);
  });

  test("a removed file is refused", async () => {
    folder.remove(FILE);
    const { status, out } = await folder.check();
    expect(out).toBe(`${FILE}: was there and is gone: its table and its objects would have no schema\n`);
    expect(status).toBe(1);
  });

  test("a new column in the middle and another order are said, and are no problem", async () => {
    const [one, , four] = BEFORE;
    folder.write(FILE, [four, text("new"), record(text("two"), text("newer"), text("three")), one]);
    const { status, error } = await folder.check();
    expect(error.trim().split("\n")).toEqual(
      [
        "r.newer is new and not at the end: in tables that exist it comes last",
        "new is new and not at the end: in tables that exist it comes last",
        "has its columns in another order: tables keep theirs",
      ].map((line) => `note: ${FILE}: ${line}`),
    );
    expect(status).toBe(0);
  });

  test("a new column of the envelope cannot be REQUIRED", async () => {
    const envelope = JSON.parse(folder.git("show", "HEAD:some/schemas/envelope.json")) as object[];
    folder.write("envelope.json", [...envelope, text("ce_new", { mode: "REQUIRED" })]);
    const { status, out } = await folder.check();
    expect(out).toBe(
      "envelope.json: ce_new is new and REQUIRED, but the rows that are there have no value for it\n",
    );
    expect(status).toBe(1);
  });

  test("what was committed meanwhile is found against an earlier commit", async () => {
    folder.write(FILE, [text("one", { type: "BYTES" }), ...BEFORE.slice(1)]);
    folder.commit();
    expect((await folder.check()).status).toBe(0);
    const { status, out } = await folder.check(["--against", "HEAD^"]);
    expect(out).toBe(`${FILE}: one was STRING and is BYTES: add a column of another name\n`);
    expect(status).toBe(1);
  });

  test("a file that was no schema file then is not compared, which is said", async () => {
    folder.write(FILE, "[");
    folder.commit();
    folder.write(FILE, BEFORE);
    const { status, error } = await folder.check();
    expect(error).toBe(`note: ${FILE}: was no valid schema file before, so the two are not compared\n`);
    expect(status).toBe(0);
  });

  test("a commit that is not there is a mistake, and one before the first is not", async () => {
    const mistaken = await folder.check(["--against", "orign/main"]);
    expect(mistaken.error).toBe(
      "pullhouse: --against orign/main: git has no such commit; fetch it, or name another\n",
    );
    expect(mistaken.status).toBe(2);
    const first = await folder.check(["--against", "HEAD^"]);
    expect(first.error).toBe("not compared with the history: there is no HEAD^ yet\n");
    expect(first.status).toBe(0);
  });

  test("an option of git's is no commit", async () => {
    const { status, error } = await folder.check(["--against=--all"]);
    expect(error).toContain("--against --all: git has no such commit");
    expect(status).toBe(2);
  });

  test("in a shallow clone what is not there is not compared, which is said", async () => {
    folder.commit();
    const clone = join(folder.root, "clone");
    execFileSync("git", ["clone", "-q", "--depth", "1", `file://${folder.root}`, clone], { stdio: "ignore" });
    const env = { SCHEMAS_FOLDER: join(clone, "some", "schemas") };
    const { status, out, error } = await folder.check(["--against", "HEAD^"], env);
    expect(error).toBe("not compared with the history: this shallow clone has no HEAD^\n");
    expect(out).toBe("5 schema files are right\n");
    expect(status).toBe(0);
    expect((await folder.check([], env)).out).toBe("5 schema files are right, compared with HEAD\n");
  });
});
