/** The names of columns, also of those to which the query gives none (Google: "Implicit aliases"). */
import { child, children, kindOf, type Node, nameAt } from "../node.ts";

/** The alias, else the last identifier of a path; undefined for every other expression. */
export function implicitName(node: Node): string | undefined {
  const [kind, fields] = kindOf(node);
  if (kind === "alias") return nameAt(fields, "alias");
  if (kind === "dot") return nameAt(fields, "field");
  if (kind === "paren") return implicitName(child(fields, "this") ?? {});
  if (kind !== "column") return undefined;
  const name = nameAt(fields, "name");
  return name?.startsWith("@") ? undefined : name;
}

/** By position; those without a name are `f0_`, `f1_`, counted among themselves. A star, which may be several columns, has none. */
export function namesOf(columns: readonly Node[]): readonly (string | undefined)[] {
  let anonymous = 0;
  return columns.map((node) =>
    kindOf(node)[0] === "star" ? undefined : (implicitName(node) ?? `f${anonymous++}_`),
  );
}

/** The columns of a query; undefined where only the tables tell. Those of a set operation are its first query's. */
export function columnsOf(query: Node): readonly string[] | undefined {
  const [kind, fields] = kindOf(query);
  if (kind !== "select") {
    const first = child(fields, "left") ?? child(fields, "this");
    return first === undefined ? undefined : columnsOf(first);
  }
  if (fields["kind"] === "STRUCT") return undefined;
  const names = namesOf(children(fields, "expressions"));
  return names.every((name) => name !== undefined) ? names : undefined;
}
