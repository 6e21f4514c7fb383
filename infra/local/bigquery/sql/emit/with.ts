/** The WITH clause: each query sees the names of those before it, and its own when recursive. */
import { child, children, type Fields, nameAt } from "../node.ts";
import { quote } from "./names.ts";
import { only, type Scope } from "./scope.ts";

export function withClause(clause: Fields | undefined, outer: Scope): { sql: string; scope: Scope } {
  if (clause === undefined) return { sql: "", scope: outer };
  only(outer, "WITH", clause, ["ctes", "recursive"]);
  const recursive = clause["recursive"] === true;
  let scope = outer;
  const queries = children(clause, "ctes").map((cte) => {
    only(scope, "WITH", cte, ["alias", "this"]);
    const name = nameAt(cte, "alias") ?? "";
    const after = { ...scope, ctes: new Set([...scope.ctes, name.toLowerCase()]) };
    const sql = scope.emit.query(child(cte, "this") ?? {}, recursive ? after : scope);
    scope = after;
    return `${quote(name)} AS (${sql})`;
  });
  return { sql: `WITH ${recursive ? "RECURSIVE " : ""}${queries.join(", ")} `, scope };
}
