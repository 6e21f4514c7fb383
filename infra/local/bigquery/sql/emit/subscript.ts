/** The subscript operator: arrays by offset or ordinal, JSON by member or index. */
import { refuse } from "../job.ts";
import { child, children, type Fields, kindOf, text } from "../node.ts";
import { isJson, isStringIndex } from "./names.ts";
import { only, type Scope } from "./scope.ts";

/** How each keyword counts, and whether it answers NULL or fails out of bounds. */
const WAYS: Readonly<Record<string, { readonly macro: string; readonly from: 0 | 1 }>> = {
  OFFSET: { macro: "bq_offset", from: 0 },
  SAFE_OFFSET: { macro: "bq_safe_offset", from: 0 },
  ORDINAL: { macro: "bq_offset", from: 1 },
  SAFE_ORDINAL: { macro: "bq_safe_offset", from: 1 },
};

export function emitSubscript(fields: Fields, scope: Scope): string {
  only(scope, "a subscript", fields, ["this", "index"]);
  const base = child(fields, "this") ?? {};
  const index = child(fields, "index") ?? {};
  const value = scope.emit.expression(base, scope);
  const [kind, call] = kindOf(index);
  const position = kind === "function" ? text(call, "name")?.toUpperCase() : undefined;
  const way = WAYS[position ?? ""];
  if (way !== undefined) {
    const number = scope.emit.expression(children(call, "args")[0] ?? {}, scope);
    return `${way.macro}(${value}, ${number}${way.from === 1 ? " - 1" : ""})`;
  }
  if (isStringIndex(index) || isJson(base, scope)) return jsonSubscript(value, index, scope);
  if (kind === "function") refuse(scope.job, `The subscript ${position}`, position);
  return `bq_offset(${value}, ${scope.emit.expression(index, scope)})`;
}

function jsonSubscript(value: string, index: Fields, scope: Scope): string {
  const [kind] = kindOf(index);
  if (kind !== "literal") refuse(scope.job, "A computed subscript of JSON", "[", "write it as a literal");
  const member = scope.emit.expression(index, scope);
  return isStringIndex(index) ? `bq_json_member(${value}, ${member})` : `(${value} -> ${member})`;
}
