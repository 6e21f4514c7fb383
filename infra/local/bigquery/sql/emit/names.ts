/** Names: quoting, paths through structs and JSON, tables. */
import { refuse, type TableName } from "../job.ts";
import { duckString } from "../literals.ts";
import { child, type Fields, kindOf, type Node, nameAt } from "../node.ts";
import { emitParameter } from "./parameters.ts";
import { only, type Scope } from "./scope.ts";

/** A DuckDB identifier; like GoogleSQL's column names it ignores case. */
export function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** The names of `a.b.c`, or undefined when the node is not a plain path. */
export function pathOf(node: Node): string[] | undefined {
  const [kind, fields] = kindOf(node);
  if (kind === "column") {
    const table = nameAt(fields, "table");
    const name = nameAt(fields, "name");
    if (name === undefined) return undefined;
    return table === undefined ? [name] : [table, name];
  }
  if (kind !== "dot") return undefined;
  const base = child(fields, "this");
  const path = base && pathOf(base);
  const field = nameAt(fields, "field");
  return path && field !== undefined ? [...path, field] : undefined;
}

/** A path of names; from a JSON column on, the names are members of the JSON value. */
export function emitPath(path: readonly string[], scope: Scope): string {
  const [first = "", ...rest] = path;
  if (first.startsWith("@")) return [emitParameter(first.slice(1), scope), ...rest.map(quote)].join(".");
  const json = jsonAt(path, scope);
  const source = scope.elements.get(first.toLowerCase());
  const before = source === undefined ? "" : `${quote(source)}.`;
  // GoogleSQL takes such a name for the row, DuckDB for a column, when there is one.
  if (rest.length === 0 && source === undefined && scope.rows.has(first.toLowerCase())) {
    refuse(scope.job, `The row ${first}`, first, "name its columns, or give the table another alias");
  }
  if (json === undefined || json === path.length - 1) return before + path.map(quote).join(".");
  const column =
    before +
    path
      .slice(0, json + 1)
      .map(quote)
      .join(".");
  return jsonMember(column, path.slice(json + 1));
}

/** A member of a JSON value is JSON too; a missing one is NULL. */
export function jsonMember(base: string, members: readonly string[]): string {
  const path = members.map((member) => `."${member.replaceAll('"', '\\"')}"`).join("");
  return `(${base} -> ${duckString(`$${path}`)})`;
}

/** True when the value of an expression is known to be JSON from the text alone. */
export function isJson(node: Node, scope: Scope): boolean {
  const path = pathOf(node);
  if (path !== undefined) return jsonAt(path, scope) !== undefined;
  const [kind, fields] = kindOf(node);
  if (kind === "parse_json") return true;
  if (kind === "function") return /^bq_(?:parse_json|json_query|json_extract)$/.test(String(fields["name"]));
  const base = child(fields, "this");
  if (base === undefined) return false;
  if (kind === "dot" || kind === "paren") return isJson(base, scope);
  return kind === "subscript" && (isStringIndex(child(fields, "index")) || isJson(base, scope));
}

/** Only JSON is subscripted with a string. */
export function isStringIndex(index: Node | undefined): boolean {
  if (index === undefined) return false;
  const [kind, fields] = kindOf(index);
  return kind === "literal" && fields["literal_type"] === "string";
}

function jsonAt(path: readonly string[], scope: Scope): number | undefined {
  const columns = scope.job.context.jsonColumns ?? [];
  const at = path.findIndex((name) => columns.some((column) => column.toLowerCase() === name.toLowerCase()));
  return at === -1 ? undefined : at;
}

/** The table that a `table` node (or a bare name of DDL) stands for, with defaults filled in. */
export function tableName(fields: Fields, scope: Scope): TableName {
  const { context } = scope.job;
  const parts = [nameAt(fields, "catalog"), nameAt(fields, "schema"), nameAt(fields, "name")]
    .filter((part) => part !== undefined)
    .flatMap((part) => part.split("."));
  if (parts.length > 3) refuse(scope.job, `The table name ${parts.join(".")}`, parts[0]);
  const table = parts.pop() ?? "";
  const dataset = parts.pop() ?? context.defaultDataset;
  if (dataset === undefined) {
    return refuse(scope.job, `The table name ${table} without a dataset`, table, "set a default dataset");
  }
  return { project: parts.pop() ?? context.defaultProject, dataset, table };
}

/** DuckDB's name of a table: the dataset is the schema, the project is dropped. */
export function duckTable(name: TableName): string {
  return `${quote(name.dataset)}.${quote(name.table)}`;
}

/** Notes a table as read or written by this statement. */
export function reference(name: TableName, scope: Scope): TableName {
  const key = `${name.project}.${name.dataset}.${name.table}`;
  if (!scope.job.referenced.has(key)) scope.job.referenced.set(key, name);
  return name;
}

/** Reads the name of a statement's own table. */
export function targetName(fields: Fields, scope: Scope): TableName {
  only(scope, "table", fields, ["name", "schema", "catalog", "alias"]);
  return reference(tableName(fields, scope), scope);
}
