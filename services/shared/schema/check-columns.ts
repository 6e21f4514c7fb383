/** What is wrong with the columns of a schema file: the one definition of what BigQuery, and this pipeline, take. */
import { COLUMN_TYPES, type Column, lowerCamelCase } from "./column.ts";

export interface Problem {
  /** As it stands in the folder: `envelope.json`, `views/pulls.sql`. */
  readonly file: string;
  /** `actor.act.iss`; empty when it is the file's. */
  readonly path: string;
  /** What is wrong and what to do. */
  readonly text: string;
}

export type ColumnProblem = Omit<Problem, "file">;

export interface PlacedColumn {
  readonly path: string;
  /** 1 at the top. */
  readonly depth: number;
  readonly column: Column;
}

/** Columns of all levels, each before those inside it. */
export function* everyColumn(columns: readonly Column[], above = "", depth = 1): Generator<PlacedColumn> {
  for (const column of columns) {
    const path = `${above}${column.name}`;
    yield { path, depth, column };
    yield* everyColumn(column.fields ?? [], `${path}.`, depth + 1);
  }
}

/**
 * https://cloud.google.com/bigquery/docs/schemas#column_names, and of the flexible names only the hyphen: each other
 * sign has to be quoted or is refused somewhere.
 */
const NAME = /^[A-Za-z_][A-Za-z0-9_-]{0,299}$/;
const RESERVED =
  /^(_TABLE_|_FILE_|_PARTITION|_ROW_TIMESTAMP|__ROOT__|_COLIDENTIFIER|_CHANGE_(SEQUENCE_NUMBER|TYPE|TIMESTAMP))/i;

/** Columns of all levels count (https://cloud.google.com/bigquery/quotas#all_tables). */
const COLUMNS_MAX = 10_000;
export const LEVELS_MAX = 15;
const DESCRIPTION_MAX = 1_024;

const MODES = ["NULLABLE", "REQUIRED", "REPEATED"];
/** BigQuery's format has more keys; none that is not listed here would be heeded when rows are made. */
const KEYS = ["name", "type", "mode", "description", "fields"];

/** GoogleSQL's names of the types that the API calls otherwise. */
const LEGACY_NAMES: Readonly<Record<string, string>> = {
  INT64: "INTEGER",
  FLOAT64: "FLOAT",
  BOOL: "BOOLEAN",
  STRUCT: "RECORD",
  DECIMAL: "NUMERIC",
};

export function isColumnName(name: string): boolean {
  return NAME.test(name) && !RESERVED.test(name);
}

/** @param columns anything that JSON can be; without problems it is `readonly Column[]` */
export function columnProblems(columns: unknown): readonly ColumnProblem[] {
  const problems = problemsOf(columns, "", 1);
  if (problems.length > 0) return problems;
  const count = [...everyColumn(columns as readonly Column[])].length;
  if (count <= COLUMNS_MAX) return [];
  return [{ path: "", text: `has ${count} columns of all levels, BigQuery takes ${COLUMNS_MAX}` }];
}

function problemsOf(columns: unknown, above: string, depth: number): readonly ColumnProblem[] {
  const inside = above.slice(0, -1);
  if (!Array.isArray(columns) || columns.length === 0)
    return [{ path: inside, text: depth === 1 ? "is no list of columns" : "is a RECORD without fields" }];
  if (depth > LEVELS_MAX)
    return [{ path: inside, text: `has fields on level ${depth}, BigQuery takes ${LEVELS_MAX} levels` }];
  const problems: ColumnProblem[] = [];
  const names = new Map<string, string>();
  const camelNames = new Map<string, string>();
  for (const [index, column] of (columns as readonly unknown[]).entries()) {
    if (typeof column !== "object" || column === null || Array.isArray(column)) {
      problems.push({
        path: `${above}${index}`,
        text: "is no column: a column is an object with name and type",
      });
      continue;
    }
    problems.push(...problemsOfColumn(column as UncheckedColumn, above, index, depth));
    const { name } = column as UncheckedColumn;
    if (typeof name !== "string") continue;
    const path = `${above}${name}`;
    const twin = names.get(name.toLowerCase());
    const camelTwin = camelNames.get(lowerCamelCase(name));
    if (twin !== undefined)
      problems.push({ path, text: `is there twice, as ${twin} (BigQuery ignores case)` });
    else if (camelTwin !== undefined) {
      const text = `and ${camelTwin} are both ${lowerCamelCase(name)} in camelCase: which would that field fill?`;
      problems.push({ path, text });
    }
    names.set(name.toLowerCase(), name);
    camelNames.set(lowerCamelCase(name), name);
  }
  return problems;
}

type UncheckedColumn = Readonly<Record<string, unknown>>;

function problemsOfColumn(
  column: UncheckedColumn,
  above: string,
  index: number,
  depth: number,
): readonly ColumnProblem[] {
  const { name, type, mode, description, fields } = column;
  const path = `${above}${typeof name === "string" ? name : index}`;
  const problems: ColumnProblem[] = [];
  const problem = (text: string) => problems.push({ path, text });
  if (typeof name !== "string" || !NAME.test(name))
    problem("has no name that is taken: letters, digits, _ and -, not a digit first, at most 300");
  else if (RESERVED.test(name)) problem("has a name that begins as only BigQuery's own do");
  if (!COLUMN_TYPES.includes(type as Column["type"])) {
    const legacy = typeof type === "string" ? LEGACY_NAMES[type.toUpperCase()] : undefined;
    const hint = legacy === undefined ? `it takes ${COLUMN_TYPES.join(", ")}` : `write ${legacy}`;
    problem(`has ${type === undefined ? "no type" : `the type ${JSON.stringify(type)}`}: ${hint}`);
  }
  if (mode !== undefined && !MODES.includes(mode as string))
    problem(`has the mode ${JSON.stringify(mode)}: it takes ${MODES.join(", ")}`);
  if (description !== undefined && (typeof description !== "string" || description.length > DESCRIPTION_MAX))
    problem(`has a description that is no text of at most ${DESCRIPTION_MAX} characters`);
  for (const key of Object.keys(column).filter((key) => !KEYS.includes(key)))
    problem(`has the key ${JSON.stringify(key)}: it takes ${KEYS.join(", ")}`);
  if (type === "RECORD") problems.push(...problemsOf(fields, `${path}.`, depth + 1));
  else if (fields !== undefined) problem("has fields but is no RECORD");
  return problems;
}
