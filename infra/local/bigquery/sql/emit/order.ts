/** ORDER BY, wherever it stands. GoogleSQL's NULLs are the smallest values; DuckDB puts them last. */
import { child, children, type Fields, kindOf, type Node } from "../node.ts";
import { type Aliases, aliased, withAliases } from "./aliases.ts";
import { bareInteger } from "./literal.ts";
import { pathOf, quote } from "./names.ts";
import { only, type Scope } from "./scope.ts";

/**
 * The list after ORDER BY. With the aliases of a query's columns it is the query's own: an integer is the
 * ordinal of a column, and a name is a column of the result before it is one of a table.
 */
export function emitOrder(items: readonly Fields[], scope: Scope, aliases?: Aliases): string {
  return items
    .map((item) => {
      only(scope, "ORDER BY", item, ["this", "desc", "nulls_first", "explicit_asc"]);
      const descending = item["desc"] === true;
      const nullsFirst = typeof item["nulls_first"] === "boolean" ? item["nulls_first"] : !descending;
      const key = child(item, "this") ?? {};
      const value = aliases === undefined ? scope.emit.expression(key, scope) : ownKey(key, aliases, scope);
      return `${value} ${descending ? "DESC" : "ASC"} NULLS ${nullsFirst ? "FIRST" : "LAST"}`;
    })
    .join(", ");
}

/** DuckDB finds a bare alias itself, but not one inside an expression. */
function ownKey(key: Node, aliases: Aliases, scope: Scope): string {
  const path = aliased(key, aliases) === undefined ? undefined : pathOf(key);
  return path === undefined ? ordinalOr(withAliases(key, aliases), scope) : path.map(quote).join(".");
}

/** The ordinal of a column, when the node is an integer literal. */
export function ordinalOr(node: Node, scope: Scope): string {
  const [kind, fields] = kindOf(node);
  return (kind === "literal" ? bareInteger(fields) : undefined) ?? scope.emit.expression(node, scope);
}

/** `ORDER BY ...` with a leading blank, or nothing. */
export function orderClause(fields: Fields, key: string, scope: Scope): string {
  const items = children(fields, key);
  return items.length === 0 ? "" : ` ORDER BY ${emitOrder(items, scope)}`;
}
