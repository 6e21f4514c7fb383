/** Structs that meet: GoogleSQL matches their fields by position, DuckDB by name. */
import { refuse } from "../job.ts";
import { child, children, kindOf, type Node, text } from "../node.ts";
import { implicitName } from "./implicit-name.ts";
import type { Scope } from "./scope.ts";

/**
 * Gives the struct constructors among the nodes the field names of the first one, which is the type that
 * GoogleSQL gives the whole.
 */
export function alignStructs(nodes: readonly Node[], scope: Scope): readonly Node[] {
  const first = nodes.find(isConstructor);
  if (first === undefined) return nodes;
  const names = argumentsOf(first).map((value, at) => implicitName(value) ?? `_field_${at + 1}`);
  return nodes.map((node) => {
    if (!isConstructor(node) && kindOf(node)[0] !== "tuple") return node;
    const values = argumentsOf(node);
    if (values.length !== names.length) refuse(scope.job, "STRUCTs of different lengths", "STRUCT");
    const args = values.map((value, at) => renamed(value, names[at]));
    return { function: { name: "STRUCT", args } };
  });
}

function isConstructor(node: Node): boolean {
  const [kind, fields] = kindOf(node);
  return kind === "function" && text(fields, "name")?.toUpperCase() === "STRUCT";
}

function argumentsOf(node: Node): readonly Node[] {
  const [kind, fields] = kindOf(node);
  return children(fields, kind === "tuple" ? "expressions" : "args");
}

/** The same value under another name. */
function renamed(value: Node, name: string | undefined): Node {
  const [kind, fields] = kindOf(value);
  const plain = kind === "alias" ? (child(fields, "this") ?? value) : value;
  return { alias: { this: plain, alias: { name } } };
}
