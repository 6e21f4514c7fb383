/** A table as it is against its schema file: what loads can work with, and what they cannot. */
import type { Column } from "#services/shared/schema/column.ts";

export interface ColumnDifference {
  /**
   * - `missing`: the next load adds it;
   * - `extra`: the file does not have it, and its rows leave it NULL;
   * - `other`: type or mode differ, which no load changes; or it is REQUIRED and nothing fills it. Loads fail.
   */
  readonly kind: "missing" | "extra" | "other";
  /** `body.severity` */
  readonly path: string;
  /** `is STRING, should be INTEGER` */
  readonly detail: string;
}

export function compareColumns(
  present: readonly Column[],
  wanted: readonly Column[],
  above = "",
): readonly ColumnDifference[] {
  const differences: ColumnDifference[] = [];
  for (const want of wanted) {
    const path = `${above}${want.name}`;
    const is = find(present, want);
    if (is === undefined) differences.push({ kind: "missing", path, detail: "is missing" });
    else if (is.type !== want.type || !fitsMode(is, want)) {
      const detail = `is ${typeOf(is)}, should be ${typeOf(want)}`;
      differences.push({ kind: "other", path, detail });
    } else differences.push(...compareColumns(is.fields ?? [], want.fields ?? [], `${path}.`));
  }
  for (const column of present.filter((candidate) => find(wanted, candidate) === undefined)) {
    const path = `${above}${column.name}`;
    differences.push(
      column.mode === "REQUIRED"
        ? { kind: "other", path, detail: "is REQUIRED, and no schema file has it" }
        : { kind: "extra", path, detail: "is in no schema file" },
    );
  }
  return differences;
}

/** A column that was relaxed takes what a required one does; the other way round, and with lists, it does not. */
function fitsMode({ mode: is = "NULLABLE" }: Column, { mode: want = "NULLABLE" }: Column): boolean {
  return is === want || (is === "NULLABLE" && want === "REQUIRED");
}

function find(columns: readonly Column[], { name }: Column): Column | undefined {
  return columns.find((candidate) => candidate.name.toLowerCase() === name.toLowerCase());
}

function typeOf({ type, mode = "NULLABLE" }: Column): string {
  return mode === "NULLABLE" ? type : `${mode} ${type}`;
}
