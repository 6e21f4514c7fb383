/** Values on their way into a table's columns: DuckDB matches the fields of a STRUCT by name, GoogleSQL by position. */
import { duckdbType } from "../../schema/duckdb-types.ts";
import { type Field, modeOf } from "../../schema/fields.ts";
import type { Assignment } from "../job.ts";
import { quote } from "./names.ts";
import type { Scope } from "./scope.ts";

/** The values of one clause, for columns that hold a STRUCT; all others DuckDB assigns as BigQuery does. */
export class Assigning {
  readonly #scope: Scope;
  readonly #assignments: Assignment[] = [];

  constructor(scope: Scope) {
    this.#scope = scope;
  }

  /**
   * The value with the column's names in the column's order; they say nothing in GoogleSQL
   * (https://cloud.google.com/bigquery/docs/reference/standard-sql/conversion_functions#cast_as_struct).
   * @param path of the column, or of a field in it
   */
  value(path: readonly string[], value: string): string {
    const field = fieldAt(this.#scope.job.context.targetColumns ?? [], path);
    if (field?.fields === undefined || value === "NULL") return value;
    this.#assignments.push({ path: path.join("."), field, value });
    return `CAST(${inOrder(field, value, 0)} AS ${duckdbType(field)})`;
  }

  /** The value for the nth of the columns, or of all of them if none are named. */
  nth(columns: readonly string[], index: number, value: string): string {
    const all = this.#scope.job.context.targetColumns ?? [];
    const name = columns.length === 0 ? all[index]?.name : columns[index];
    return name === undefined ? value : this.value([name], value);
  }

  /**
   * Keeps the values so that their types can be compared with the columns' before the statement runs.
   * @param from where the values are read, in DuckDB's SQL
   */
  check(verb: Assigned["verb"], from: string, before = ""): void {
    if (this.#assignments.length === 0) return;
    const values = this.#assignments.map(({ value }) => value);
    const sql = `${before}SELECT ${values.join(", ")}${from === "" ? "" : ` FROM ${from}`}`;
    this.#scope.job.assigned.push({ verb, sql, assignments: this.#assignments });
  }
}

type Assigned = Scope["job"]["assigned"][number];

function fieldAt(fields: readonly Field[], [name = "", ...path]: readonly string[]): Field | undefined {
  const field = fields.find((each) => each.name.toLowerCase() === name.toLowerCase());
  return path.length === 0 ? field : fieldAt(field?.fields ?? [], path);
}

/** The value is read once, whatever it is: it becomes the only element of a list, or is one already. */
function inOrder(field: Field, value: string, depth: number): string {
  const { fields } = field;
  if (fields === undefined) return value;
  const each = `bq_each_${depth}`;
  const list = (of: string) => `list_transform(${of}, lambda ${each}: ${struct(fields, each, depth + 1)})`;
  if (modeOf(field) === "REPEATED") return list(value);
  return depth === 0 ? `${list(`[${value}]`)}[1]` : struct(fields, value, depth);
}

function struct(fields: readonly Field[], value: string, depth: number): string {
  const members = fields.map(
    (field, index) =>
      `${quote(field.name)} := ${inOrder(field, `struct_extract_at(${value}, ${index + 1})`, depth)}`,
  );
  return `CASE WHEN ${value} IS NULL THEN NULL ELSE struct_pack(${members.join(", ")}) END`;
}
