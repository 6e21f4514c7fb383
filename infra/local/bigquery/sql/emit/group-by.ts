/** GROUP BY: names of result columns come before columns of the tables, unlike in DuckDB. */
import { child, children, type Fields, kindOf, type Node, nameAt, text } from "../node.ts";
import { ordinalOr } from "./order.ts";
import { only, type Scope } from "./scope.ts";

const GROUPINGS = new Set(["ROLLUP", "CUBE", "GROUPING SETS"]);

export function emitGroupBy(groupBy: Fields, columns: readonly Node[], scope: Scope): string {
  only(scope, "GROUP BY", groupBy, ["expressions", "all"]);
  if (groupBy["all"] === true) return "ALL";
  const one = (node: Node): string => {
    const [kind, fields] = kindOf(node);
    const name = kind === "function" ? (text(fields, "name") ?? "").toUpperCase() : "";
    if (GROUPINGS.has(name)) return `${name} (${children(fields, "args").map(one).join(", ")})`;
    if (kind === "tuple") return `(${children(fields, "expressions").map(one).join(", ")})`;
    const aliased = aliasedColumn(node, columns);
    return aliased === undefined ? ordinalOr(node, scope) : scope.emit.expression(aliased, scope);
  };
  return children(groupBy, "expressions").map(one).join(", ");
}

/** The expression that a bare name stands for when a column of the result has that alias. */
function aliasedColumn(node: Node, columns: readonly Node[]): Node | undefined {
  const [kind, fields] = kindOf(node);
  if (kind !== "column" || child(fields, "table") !== undefined) return undefined;
  const name = nameAt(fields, "name")?.toLowerCase();
  for (const column of columns) {
    const [columnKind, alias] = kindOf(column);
    if (columnKind === "alias" && nameAt(alias, "alias")?.toLowerCase() === name) return child(alias, "this");
  }
  return undefined;
}
