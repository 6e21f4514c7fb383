/** GROUP BY: names of result columns come before columns of the tables, unlike in DuckDB. */
import { children, type Fields, kindOf, type Node, text } from "../node.ts";
import { type Aliases, aliased } from "./aliases.ts";
import { ordinalOr } from "./order.ts";
import { only, type Scope } from "./scope.ts";

const GROUPINGS = new Set(["ROLLUP", "CUBE", "GROUPING SETS"]);

export function emitGroupBy(groupBy: Fields, aliases: Aliases, scope: Scope): string {
  only(scope, "GROUP BY", groupBy, ["expressions", "all"]);
  if (groupBy["all"] === true) return "ALL";
  const one = (node: Node): string => {
    const [kind, fields] = kindOf(node);
    const name = kind === "function" ? (text(fields, "name") ?? "").toUpperCase() : "";
    if (GROUPINGS.has(name)) return `${name} (${children(fields, "args").map(one).join(", ")})`;
    if (kind === "tuple") return `(${children(fields, "expressions").map(one).join(", ")})`;
    const expression = aliased(node, aliases);
    return expression === undefined ? ordinalOr(node, scope) : scope.emit.expression(expression, scope);
  };
  return children(groupBy, "expressions").map(one).join(", ");
}
