/** CREATE TABLE, CREATE VIEW and ALTER TABLE ADD COLUMN. Descriptions and labels change no result. */
import { refuse } from "../job.ts";
import { child, children, type Fields, isSet, nameAt } from "../node.ts";
import { layoutOf } from "./layout.ts";
import { duckTable, quote, targetName } from "./names.ts";
import { emitQuery } from "./query.ts";
import { only, type Scope } from "./scope.ts";
import type { Statement } from "./statement.ts";
import { duckType } from "./types.ts";

export function createTable(fields: Fields, scope: Scope): Statement {
  const read = [
    "name",
    "columns",
    "or_replace",
    "if_not_exists",
    "properties",
    "as_select",
    "as_select_parenthesized",
  ];
  only(scope, "CREATE TABLE", fields, read);
  const layout = layoutOf(fields, scope);
  const query = child(fields, "as_select");
  const body = query === undefined ? undefined : emitQuery(query, scope);
  const target = targetName(child(fields, "name") ?? {}, scope);
  const create = `CREATE ${replaceOr(fields)}TABLE ${ifNotExists(fields)}${duckTable(target)}`;
  const columns = children(fields, "columns").map((column) => emitColumn(column, scope));
  if (body === undefined) {
    return { sql: `${create} (${columns.join(", ")})`, statementType: "CREATE_TABLE", target, layout };
  }
  if (columns.length > 0)
    refuse(scope.job, "CREATE TABLE with columns and AS", "AS", "CAST them in the query");
  return { sql: `${create} AS ${body}`, statementType: "CREATE_TABLE_AS_SELECT", target, layout };
}

export function createView(fields: Fields, scope: Scope): Statement {
  only(scope, "CREATE VIEW", fields, ["name", "query", "columns", "or_replace", "if_not_exists", "options"]);
  const body = emitQuery(child(fields, "query") ?? {}, scope);
  const target = targetName(child(fields, "name") ?? {}, scope);
  const columns = children(fields, "columns").map((column) => quote(nameAt(column, "name") ?? ""));
  const list = columns.length === 0 ? "" : ` (${columns.join(", ")})`;
  const create = `CREATE ${replaceOr(fields)}VIEW ${ifNotExists(fields)}${duckTable(target)}`;
  return { sql: `${create}${list} AS ${body}`, statementType: "CREATE_VIEW", target };
}

/** Several columns become several statements in one text; DuckDB alters one thing at a time. */
export function alterTable(fields: Fields, scope: Scope): Statement {
  only(scope, "ALTER TABLE", fields, ["name", "actions", "if_exists"]);
  const target = targetName(child(fields, "name") ?? {}, scope);
  const exists = fields["if_exists"] === true ? "IF EXISTS " : "";
  const actions = children(fields, "actions").map((action) => {
    const add = child(action, "AddColumn");
    if (add === undefined) {
      return refuse(scope.job, "ALTER TABLE with anything but ADD COLUMN", "ALTER", "create the table anew");
    }
    only(scope, "ADD COLUMN", add, ["column", "if_not_exists"]);
    return `ALTER TABLE ${exists}${duckTable(target)} ADD COLUMN ${ifNotExists(add)}${emitColumn(child(add, "column") ?? {}, scope)}`;
  });
  return { sql: actions.join(";\n"), statementType: "ALTER_TABLE", target };
}

/** `name type [NOT NULL]`; a description changes no result. */
function emitColumn(column: Fields, scope: Scope): string {
  only(scope, "a column", column, ["name", "data_type", "nullable", "constraint_order", "options"]);
  const order = column["constraint_order"];
  const constraints = Array.isArray(order) ? (order as readonly unknown[]) : [];
  const other = constraints.find((constraint) => constraint !== "NotNull");
  if (other !== undefined)
    refuse(scope.job, `The constraint ${JSON.stringify(other)}`, nameAt(column, "name"));
  const required = constraints.includes("NotNull") || column["nullable"] === false;
  if (!isSet(column["data_type"])) refuse(scope.job, "A column without a type", nameAt(column, "name"));
  const type = duckType(child(column, "data_type") ?? {}, scope);
  return `${quote(nameAt(column, "name") ?? "")} ${type}${required ? " NOT NULL" : ""}`;
}

function replaceOr(fields: Fields): string {
  return fields["or_replace"] === true ? "OR REPLACE " : "";
}

function ifNotExists(fields: Fields): string {
  return fields["if_not_exists"] === true ? "IF NOT EXISTS " : "";
}
