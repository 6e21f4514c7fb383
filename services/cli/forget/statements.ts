/** What is asked of a table, made from its schema. */
import type { Column } from "#services/shared/schema/column.ts";

/** Types that hold text, by their names in the API and in GoogleSQL. */
const TEXT = new Set<string>(["STRING", "JSON", "BYTES"]);

/** Whether a column, or a field in it, can hold text. */
export function holdsText({ type, fields }: Column): boolean {
  return TEXT.has(type) || (fields?.some(holdsText) ?? false);
}

/** Rows that may have the term: `@candidate` is its pattern. Bytes are left to whoever reads the rows. */
export function candidateRows(
  table: string,
  columns: readonly Column[],
  selected: readonly string[],
): string {
  const names = selected.map((name) => `T.\`${name}\``).join(", ");
  return `SELECT ${names} FROM ${table} AS T WHERE ${anyOf(columns, "T", 0)}`;
}

function anyOf(columns: readonly Column[], at: string, depth: number): string {
  const conditions = columns
    .filter(holdsText)
    .map((column) => conditionOn(column, `${at}.\`${column.name}\``, depth));
  return `(${conditions.join(" OR ")})`;
}

function conditionOn(column: Column, at: string, depth: number): string {
  if (column.mode === "REPEATED") {
    const element = `e${depth}`;
    const condition = conditionOn({ ...column, mode: "NULLABLE" }, element, depth + 1);
    return `EXISTS(SELECT 1 FROM UNNEST(${at}) AS ${element} WHERE ${condition})`;
  }
  if (column.fields !== undefined) return anyOf(column.fields, at, depth);
  if (column.type === "BYTES") return `${at} IS NOT NULL`;
  return `REGEXP_CONTAINS(${column.type === "JSON" ? `TO_JSON_STRING(${at})` : at}, @candidate)`;
}

/** Its rows are read with `T`, those of the staging table with `S`. */
export interface Match {
  readonly target: string;
  readonly staging: string;
  /** The target's key columns; the staging table has them as they were, under `keyColumn`. */
  readonly key: readonly string[];
  /** A condition on `T` that says in which partitions the rows are. */
  readonly range: string;
}

export const keyColumn = (name: string) => `forget_key_${name}`;

const isMatch = ({ key, range }: Match) =>
  [...key.map((name) => `${valueOf(name)} = S.\`${keyColumn(name)}\``), range].join(" AND ");

/** A row of a table that somebody made may have no sender, which is staged as an empty text. */
const valueOf = (name: string) => (name === "source" ? "IFNULL(T.`source`, '')" : `T.\`${name}\``);

/** As many as there are rows in the staging table, if each of them is one of the target. */
export function countMatches(match: Match): string {
  return `SELECT COUNT(*) AS matched FROM ${match.target} AS T JOIN ${match.staging} AS S ON ${isMatch(match)}`;
}

export function updateRows(match: Match, columns: readonly Column[]): string {
  return `MERGE ${match.target} T
USING ${match.staging} S
ON ${isMatch(match)}
WHEN MATCHED THEN
  UPDATE SET ${columns.map(({ name }) => `\`${name}\` = S.\`${name}\``).join(", ")}`;
}
