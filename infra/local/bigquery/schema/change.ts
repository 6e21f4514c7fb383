/** How a table's schema may change, and the statements that change it in DuckDB. */
import { quoted } from "../database.ts";
import { invalid } from "../errors.ts";
import { columnDefinition, duckdbType } from "./duckdb-types.ts";
import { type Field, modeOf } from "./fields.ts";

export interface SchemaChange {
  readonly fields: readonly Field[];
  /** ALTER TABLE clauses, to be run in this order. */
  readonly clauses: readonly string[];
  /** Paths of the added fields. */
  readonly added: readonly string[];
  /** Paths of the fields that were REQUIRED and are no more. */
  readonly relaxed: readonly string[];
}

/**
 * New columns must be NULLABLE or REPEATED, REQUIRED may become NULLABLE, nothing else changes and nothing goes
 * (https://cloud.google.com/bigquery/docs/managing-table-schemas). New columns stand behind those that are there.
 *
 * @param table as errors name it, `project:dataset.table`
 * @throws BigQueryError `invalid` as Google words it
 */
export function changeSchema(
  table: string,
  present: readonly Field[],
  wanted: readonly Field[],
): SchemaChange {
  const change = { clauses: [] as string[], added: [] as string[], relaxed: [] as string[] };
  const refuse = (what: string): never => {
    throw invalid(`Provided Schema does not match Table ${table}. ${what}`);
  };

  function merge(
    old: readonly Field[],
    given: readonly Field[],
    label: string,
    sql: string,
  ): readonly Field[] {
    const byName = new Map(given.map((field) => [field.name.toLowerCase(), field]));
    const kept = old.map((field) => {
      const path = `${label}${field.name}`;
      const next = byName.get(field.name.toLowerCase());
      if (next === undefined) return refuse(`Field ${path} is missing in new schema`);
      if (next.type !== field.type) {
        refuse(`Field ${path} has changed type from ${field.type} to ${next.type}`);
      }
      const [from, to] = [modeOf(field), modeOf(next)];
      if (from !== to) {
        if (from !== "REQUIRED" || to !== "NULLABLE") {
          refuse(`Field ${path} has changed mode from ${from} to ${to}`);
        }
        // DuckDB knows NOT NULL at the top level only; inside of records the load checks it.
        if (label === "") change.clauses.push(`ALTER COLUMN ${quoted(field.name)} DROP NOT NULL`);
        change.relaxed.push(path);
      }
      if (field.fields === undefined) return { ...next, name: field.name };
      const element = modeOf(field) === "REPEATED" ? ".element" : "";
      const fields = merge(
        field.fields,
        next.fields ?? [],
        `${path}.`,
        `${sql}${quoted(field.name)}${element}.`,
      );
      return { ...next, name: field.name, fields };
    });
    const names = new Set(old.map((field) => field.name.toLowerCase()));
    const added = given.filter((field) => !names.has(field.name.toLowerCase()));
    for (const field of added) {
      if (modeOf(field) === "REQUIRED") {
        refuse(`Cannot add required fields to an existing schema. (field: ${label}${field.name})`);
      }
      change.added.push(`${label}${field.name}`);
      change.clauses.push(
        `ADD COLUMN ${sql === "" ? columnDefinition(field) : `${sql}${quoted(field.name)} ${duckdbType(field)}`}`,
      );
    }
    return [...kept, ...added];
  }

  const fields = merge(present, wanted, "", "");
  return { fields, ...change };
}
