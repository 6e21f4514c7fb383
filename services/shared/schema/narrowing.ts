/** What a schema file's change does to tables that exist: they can gain columns, and change in no other way. */
import type { ColumnProblem } from "./check-columns.ts";
import type { Column } from "./column.ts";

export interface Changes {
  /** What no table can follow (https://cloud.google.com/bigquery/docs/managing-table-schemas). */
  readonly refused: readonly ColumnProblem[];
  /** What it can, though not as the file may suggest. */
  readonly notes: readonly ColumnProblem[];
}

/** The loader (evolve.ts) adds columns behind those that are there and leaves the rest as it is. */
export function changesOf(before: readonly Column[], after: readonly Column[], above = ""): Changes {
  const refused: ColumnProblem[] = [];
  const notes: ColumnProblem[] = [];
  const added = after.filter((column) => find(before, column) === undefined);
  for (const old of before) {
    const path = `${above}${old.name}`;
    const now = find(after, old);
    if (now === undefined) {
      const heirs = added.filter((column) => typeOf(column) === typeOf(old)).map(({ name }) => name);
      const rename =
        heirs.length === 0
          ? ""
          : `; if it is now ${heirs.join(" or ")}: a column cannot be renamed, keep both`;
      refused.push({ path, text: `was there and is gone${rename}` });
      continue;
    }
    if (now.name !== old.name)
      refused.push({ path, text: `is now called ${now.name}: tables keep the spelling they have` });
    if (typeOf(now) !== typeOf(old))
      refused.push({ path, text: `was ${typeOf(old)} and is ${typeOf(now)}: add a column of another name` });
    else if (now.fields !== undefined && old.fields !== undefined) {
      const inside = changesOf(old.fields, now.fields, `${path}.`);
      refused.push(...inside.refused);
      notes.push(...inside.notes);
    }
  }
  for (const { name, mode } of added) {
    const path = `${above}${name}`;
    if (mode === "REQUIRED")
      refused.push({ path, text: "is new and REQUIRED, but the rows that are there have no value for it" });
  }
  const last = after.findLastIndex((column) => find(before, column) !== undefined);
  for (const column of after.slice(0, last).filter((column) => added.includes(column)))
    notes.push({
      path: `${above}${column.name}`,
      text: "is new and not at the end: in tables that exist it comes last",
    });
  const order = (columns: readonly Column[], others: readonly Column[]) =>
    columns
      .filter((column) => find(others, column) !== undefined)
      .map(({ name }) => name.toLowerCase())
      .join();
  if (order(before, after) !== order(after, before))
    notes.push({ path: above.slice(0, -1), text: "has its columns in another order: tables keep theirs" });
  return { refused, notes };
}

function find(columns: readonly Column[], { name }: Column): Column | undefined {
  return columns.find((candidate) => candidate.name.toLowerCase() === name.toLowerCase());
}

/** Type and mode as one: neither of them can change. */
function typeOf({ type, mode = "NULLABLE" }: Column): string {
  return mode === "NULLABLE" ? type : `${mode} ${type}`;
}
