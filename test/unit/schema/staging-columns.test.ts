/** The columns of a staging table: those of the file, with the fields of records where the table has them. */
import { expect, test } from "vitest";
import type { Column } from "#services/shared/schema/column.ts";
import { addedColumns, stagingColumns } from "#services/shared/schema/evolve.ts";

const text = (name: string, mode?: Column["mode"]): Column => ({
  name,
  type: "STRING",
  ...(mode === undefined ? {} : { mode }),
});
const record = (name: string, fields: readonly Column[], mode?: Column["mode"]): Column => ({
  ...text(name, mode),
  type: "RECORD",
  fields,
});

test("a table that was just made changes nothing", () => {
  const wanted = [text("b", "REQUIRED"), record("r", [text("d"), text("c", "REPEATED")]), text("a")];
  expect(stagingColumns(wanted, wanted)).toEqual(wanted);
});

test("columns keep the file's order, since a statement names them; fields get the table's, at every depth", () => {
  const present = [text("a"), record("r", [text("x"), record("l", [text("y"), text("z")], "REPEATED")])];
  const wanted = [record("r", [record("l", [text("z"), text("y")], "REPEATED"), text("x")]), text("a")];
  expect(stagingColumns(present, wanted)).toEqual([present[1], present[0]]);
});

test("a grown table: the new fields are behind the old ones, wherever the file has them", () => {
  const wanted = [record("r", [text("new"), text("b"), text("a", "REQUIRED"), record("n", [text("x")])])];
  const present = addedColumns([record("r", [text("a", "REQUIRED"), text("b")])], wanted) ?? [];
  const [r] = stagingColumns(present, wanted);
  expect(r?.fields?.map(({ name }) => name)).toEqual(["a", "b", "new", "n"]);
});

test("a field that only the table knows is taken along and may be empty; a column is not", () => {
  const unknown = record("u", [text("v", "REQUIRED")], "REQUIRED");
  const present = [record("r", [unknown, text("a")]), text("other")];
  expect(stagingColumns(present, [record("r", [text("a")])])).toEqual([
    record("r", [{ ...unknown, mode: "NULLABLE" }, text("a")]),
  ]);
});

test("spelling, mode and type of what the file knows are the file's: the MERGE refuses what does not fit", () => {
  const present = [record("R", [text("A"), text("b"), text("c")])];
  const wanted = [record("r", [record("c", [text("x")]), text("b", "REPEATED"), text("a")])];
  expect(stagingColumns(present, wanted)).toEqual([
    record("r", [text("a"), text("b", "REPEATED"), record("c", [text("x")])]),
  ]);
  expect(stagingColumns([text("r")], wanted)).toEqual(wanted);
});
