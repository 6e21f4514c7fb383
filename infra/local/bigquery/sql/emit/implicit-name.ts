/** The name that GoogleSQL gives a column when the query does not (Google: "Implicit aliases"). */
import { child, kindOf, type Node, nameAt } from "../node.ts";

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
