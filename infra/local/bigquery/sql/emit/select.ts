/** One SELECT: its columns get the names that BigQuery shows, then clause after clause. */
import { refuse } from "../job.ts";
import { child, children, type Fields, kindOf, type Node, nameAt, text } from "../node.ts";
import { aliasesOf, withAliases } from "./aliases.ts";
import { emitStruct } from "./cast.ts";
import { emitFrom } from "./from.ts";
import { emitGroupBy } from "./group-by.ts";
import { implicitName, namesOf } from "./implicit-name.ts";
import { quote } from "./names.ts";
import { emitOrder, ordinalOr } from "./order.ts";
import { only, type Scope } from "./scope.ts";
import { emitOver } from "./window.ts";
import { withClause } from "./with.ts";

const READ = [
  "expressions",
  "from",
  "joins",
  "where_clause",
  "group_by",
  "having",
  "qualify",
  "order_by",
  "limit",
  "offset",
  "distinct",
  "with",
  "windows",
  "kind",
];

export function emitSelect(fields: Fields, outer: Scope): string {
  only(outer, "SELECT", fields, READ);
  const { sql: withSql, scope: inner } = withClause(child(fields, "with"), outer);
  const from = emitFrom(
    children(child(fields, "from") ?? {}, "expressions"),
    children(fields, "joins"),
    inner,
  );
  const { scope } = from;
  const columns = children(fields, "expressions");
  const value = (key: string) => scope.emit.expression(child(child(fields, key) ?? {}, "this") ?? {}, scope);
  const clause = (word: string, key: string) => (child(fields, key) ? ` ${word} ${value(key)}` : "");
  const isStruct = fields["kind"] === "STRUCT";
  const hasStar = columns.some((node) => kindOf(node)[0] === "star");
  const list =
    isStruct && !hasStar
      ? emitStruct(columns, scope, implicitName)
      : emitColumns(columns, scope, from.hidesStar);
  const groupBy = child(fields, "group_by");
  const qualify = child(fields, "qualify");
  const aliases = aliasesOf(columns);
  const order = children(child(fields, "order_by") ?? {}, "expressions");
  const select = [
    `${withSql}SELECT ${fields["distinct"] === true ? "DISTINCT " : ""}${list}`,
    from.sql === "" ? "" : ` FROM ${from.sql}`,
    clause("WHERE", "where_clause"),
    groupBy === undefined ? "" : ` GROUP BY ${emitGroupBy(groupBy, aliases, scope)}`,
    clause("HAVING", "having"),
    windows(children(fields, "windows"), scope),
    qualify === undefined
      ? ""
      : ` QUALIFY ${scope.emit.expression(withAliases(child(qualify, "this") ?? {}, aliases), scope)}`,
    order.length === 0 ? "" : ` ORDER BY ${emitOrder(order, scope, aliases)}`,
    limits(fields, scope),
  ].join("");
  // The row of a derived table is a struct of its columns, whatever they are.
  return isStruct && hasStar ? `SELECT "__row" FROM (${select}) AS "__row"` : select;
}

/** LIMIT and OFFSET of a SELECT or a set operation; the parser wraps the number in one of the two. */
export function limits(fields: Fields, scope: Scope): string {
  return ["limit", "offset"]
    .map((key) => {
      const node = child(fields, key);
      if (node === undefined) return "";
      return ` ${key.toUpperCase()} ${ordinalOr(child(node, "this") ?? node, scope)}`;
    })
    .join("");
}

/** The list of columns, under the names that BigQuery shows. */
function emitColumns(columns: readonly Node[], scope: Scope, hidesStar: boolean): string {
  const names = namesOf(columns);
  return columns
    .map((node, index) => {
      const [kind, fields] = kindOf(node);
      const name = names[index];
      if (name === undefined) return emitStar(fields, scope, hidesStar);
      const expression = scope.emit.expression(
        kind === "alias" ? (child(fields, "this") ?? {}) : node,
        scope,
      );
      return `${expression} AS ${quote(name)}`;
    })
    .join(", ");
}

function emitStar(fields: Fields, scope: Scope, hidesStar: boolean): string {
  only(scope, "SELECT *", fields, ["table", "except", "replace"]);
  const table = nameAt(fields, "table");
  if (table === undefined && hidesStar) {
    refuse(scope.job, "SELECT * over UNNEST with an alias", "*", "name the columns");
  }
  const path = table?.split(".") ?? [];
  const [first = ""] = path;
  const isTable =
    path.length === 1 && scope.tables.has(first.toLowerCase()) && !scope.elements.has(first.toLowerCase());
  const star =
    table === undefined ? "*" : isTable ? `${quote(first)}.*` : `unnest(${path.map(quote).join(".")})`;
  if (star.startsWith("unnest(")) only(scope, "* of a STRUCT", fields, ["table"]);
  const except = children(fields, "except").map((name) => quote(text(name, "name") ?? ""));
  const replace = children(fields, "replace").map((each) => {
    const value = scope.emit.expression(child(each, "this") ?? {}, scope);
    return `${value} AS ${quote(nameAt(each, "alias") ?? "")}`;
  });
  return [
    star,
    except.length === 0 ? "" : ` EXCLUDE (${except.join(", ")})`,
    replace.length === 0 ? "" : ` REPLACE (${replace.join(", ")})`,
  ].join("");
}

function windows(definitions: readonly Fields[], scope: Scope): string {
  const list = definitions.map((definition) => {
    only(scope, "WINDOW", definition, ["name", "spec"]);
    const over = emitOver(child(definition, "spec") ?? {}, scope);
    return `${quote(nameAt(definition, "name") ?? "")} AS ${over.startsWith("(") ? over : `(${over})`}`;
  });
  return list.length === 0 ? "" : ` WINDOW ${list.join(", ")}`;
}
