/** INSERT, UPDATE and DELETE. */
import { refuse } from "../job.ts";
import { child, children, type Fields, type Node, nameAt, text } from "../node.ts";
import { Assigning } from "./assign.ts";
import { emitFrom } from "./from.ts";
import { duckTable, quote, targetName } from "./names.ts";
import { emitQuery } from "./query.ts";
import { only, type Scope } from "./scope.ts";
import type { Statement } from "./statement.ts";
import { withClause } from "./with.ts";

export function emitInsert(fields: Fields, outer: Scope): Statement {
  only(outer, "INSERT", fields, ["table", "columns", "values", "query", "with"]);
  const { sql: withSql, scope } = withClause(child(fields, "with"), outer);
  const query = child(fields, "query");
  const columns = children(fields, "columns").map((column) => text(column, "name") ?? "");
  const body =
    query === undefined
      ? `VALUES ${rows(fields["values"], columns, scope)}`
      : inserted(emitQuery(query, scope), withSql, columns, scope);
  const target = targetName(child(fields, "table") ?? {}, scope);
  const list = columns.length === 0 ? "" : ` (${columns.map(quote).join(", ")})`;
  return {
    sql: `${withSql}INSERT INTO ${duckTable(target)}${list} ${body}`,
    statementType: "INSERT",
    target,
  };
}

function rows(values: unknown, columns: readonly string[], scope: Scope): string {
  const list = Array.isArray(values) ? (values as readonly (readonly Node[])[]) : [];
  const assigning = new Assigning(scope);
  const sql = list.map((row) => {
    const each = row.map((value, at) => assigning.nth(columns, at, scope.emit.expression(value, scope)));
    return `(${each.join(", ")})`;
  });
  assigning.check("insert", "");
  return sql.join(", ");
}

/** The query itself where no column holds a STRUCT; or else one over it that assigns its columns by position. */
function inserted(query: string, withSql: string, columns: readonly string[], scope: Scope): string {
  const all = scope.job.context.targetColumns ?? [];
  if (all.every(({ fields }) => fields === undefined)) return query;
  const names = (columns.length === 0 ? all : columns).map((_, at) => quote(`bq_value_${at}`));
  const from = `(${query}) AS bq_values(${names.join(", ")})`;
  const assigning = new Assigning(scope);
  const values = names.map((name, at) => assigning.nth(columns, at, name));
  assigning.check("insert", from, withSql);
  return `SELECT ${values.join(", ")} FROM ${from}`;
}

export function emitUpdate(fields: Fields, outer: Scope): Statement {
  only(outer, "UPDATE", fields, ["table", "set", "from_clause", "where_clause"]);
  const { target, sql, scope: inner } = changed(fields, outer);
  const from = emitFrom(children(child(fields, "from_clause") ?? {}, "expressions"), [], inner);
  const columns = new Set<string>();
  const assigning = new Assigning(from.scope);
  const assignments = (fields["set"] as readonly (readonly [Fields, Node])[]).map(([target, value]) => {
    const [column = "", ...path] = (text(target, "name") ?? "").split(".");
    if (columns.has(column.toLowerCase()))
      refuse(inner.job, `Setting ${column} twice`, column, "one statement for each field");
    columns.add(column.toLowerCase());
    const given = assigning.value([column, ...path], inner.emit.expression(value, from.scope));
    return `${quote(column)} = ${withField(quote(column), path, given)}`;
  });
  assigning.check("assign", from.sql === "" ? sql : `${sql}, ${from.sql}`);
  const tables = from.sql === "" ? "" : ` FROM ${from.sql}`;
  const where = condition("UPDATE", fields, from.scope);
  return {
    sql: `UPDATE ${sql} SET ${assignments.join(", ")}${tables}${where}`,
    statementType: "UPDATE",
    target,
  };
}

export function emitDelete(fields: Fields, outer: Scope): Statement {
  only(outer, "DELETE", fields, ["table", "alias", "where_clause", "no_from"]);
  const { target, sql, scope } = changed(fields, outer);
  return { sql: `DELETE FROM ${sql}${condition("DELETE", fields, scope)}`, statementType: "DELETE", target };
}

/** The value of a column whose field at the path is another: DuckDB assigns to whole columns only. */
function withField(struct: string, [field, ...path]: readonly string[], value: string): string {
  if (field === undefined) return value;
  return `struct_update(${struct}, ${quote(field)} := ${withField(`${struct}.${quote(field)}`, path, value)})`;
}

/** The column of an assignment of MERGE; DuckDB cannot assign to a field of a struct. */
export function assigned(name: string, scope: Scope): string {
  if (name.includes(".")) {
    refuse(scope.job, `Setting the STRUCT field ${name}`, name.split(".")[0], "set the whole STRUCT");
  }
  return quote(name);
}

function changed(fields: Fields, outer: Scope) {
  const table = child(fields, "table") ?? {};
  const target = targetName(table, outer);
  const alias = nameAt(fields, "alias") ?? nameAt(table, "alias") ?? target.table;
  const scope = { ...outer, tables: new Set([...outer.tables, alias.toLowerCase()]) };
  return { target, sql: `${duckTable(target)} AS ${quote(alias)}`, scope };
}

/** BigQuery takes neither statement without WHERE. */
function condition(word: string, fields: Fields, scope: Scope): string {
  const where = child(child(fields, "where_clause") ?? {}, "this");
  if (where === undefined) return refuse(scope.job, `${word} without WHERE`, word, "write WHERE TRUE");
  return ` WHERE ${scope.emit.expression(where, scope)}`;
}
