/** ORDER BY, wherever it stands. GoogleSQL's NULLs are the smallest values; DuckDB puts them last. */
import { child, children, type Fields, kindOf, type Node } from "../node.ts";
import { bareInteger } from "./literal.ts";
import { only, type Scope } from "./scope.ts";

/** The list after ORDER BY; an integer stays bare where it is the ordinal of a column. */
export function emitOrder(items: readonly Fields[], scope: Scope, ordinals: boolean): string {
  return items
    .map((item) => {
      only(scope, "ORDER BY", item, ["this", "desc", "nulls_first", "explicit_asc"]);
      const descending = item["desc"] === true;
      const nullsFirst = typeof item["nulls_first"] === "boolean" ? item["nulls_first"] : !descending;
      const key = ordinals ? ordinalOr(child(item, "this") ?? {}, scope) : undefined;
      const value = key ?? scope.emit.expression(child(item, "this") ?? {}, scope);
      return `${value} ${descending ? "DESC" : "ASC"} NULLS ${nullsFirst ? "FIRST" : "LAST"}`;
    })
    .join(", ");
}

/** The ordinal of a column, when the node is an integer literal. */
export function ordinalOr(node: Node, scope: Scope): string {
  const [kind, fields] = kindOf(node);
  return (kind === "literal" ? bareInteger(fields) : undefined) ?? scope.emit.expression(node, scope);
}

/** `ORDER BY ...` with a leading blank, or nothing. */
export function orderClause(fields: Fields, key: string, scope: Scope): string {
  const items = children(fields, key);
  return items.length === 0 ? "" : ` ORDER BY ${emitOrder(items, scope, false)}`;
}
