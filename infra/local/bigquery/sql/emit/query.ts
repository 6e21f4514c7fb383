/** A query: a SELECT, a set operation over two queries, or a query in parentheses. */

import { refuse } from "../job.ts";
import { child, children, type Fields, kindOf, type Node } from "../node.ts";
import { emitOrder } from "./order.ts";
import { only, refuseNode, type Scope } from "./scope.ts";
import { emitSelect, limits } from "./select.ts";
import { alignStructs } from "./struct-names.ts";
import { withClause } from "./with.ts";

const SET_OPERATIONS: Readonly<Record<string, string>> = {
  union: "UNION",
  intersect: "INTERSECT",
  except: "EXCEPT",
};

export function emitQuery(node: Node, scope: Scope): string {
  const [kind, fields] = kindOf(node);
  if (kind === "select") return emitSelect(fields, scope);
  const operation = SET_OPERATIONS[kind];
  if (operation !== undefined) return emitSetOperation(operation, fields, scope);
  if (kind !== "subquery" && kind !== "paren") return refuseNode(scope, node);
  only(scope, "a query in parentheses", fields, ["this"]);
  return `(${emitQuery(child(fields, "this") ?? {}, scope)})`;
}

/** True for the kinds of node that are queries. */
export function isQuery(kind: string): boolean {
  return kind === "select" || kind === "subquery" || kind in SET_OPERATIONS;
}

/** Struct constructors in the same column of both sides get the names of the left one. */
function alignColumns(left: Node, right: Node, scope: Scope): readonly Node[] {
  const [leftKind, leftFields] = kindOf(left);
  const [rightKind, rightFields] = kindOf(right);
  if (leftKind !== "select" || rightKind !== "select") return [left, right];
  const columns = children(leftFields, "expressions");
  const expressions = children(rightFields, "expressions").map((node, at) => {
    const [kind, alias] = kindOf(columns[at] ?? {});
    const named = kind === "alias" ? (child(alias, "this") ?? {}) : (columns[at] ?? {});
    return alignStructs([named, node], scope)[1] ?? node;
  });
  return [left, { select: { ...rightFields, expressions } }];
}

function emitSetOperation(word: string, fields: Fields, outer: Scope): string {
  only(outer, word, fields, ["left", "right", "all", "distinct", "with", "order_by", "limit", "offset"]);
  const { sql, scope } = withClause(child(fields, "with"), outer);
  const all = fields["all"] === true;
  if (!all && fields["distinct"] !== true)
    refuse(scope.job, `${word} without ALL or DISTINCT`, word, "add one");
  if (all && word !== "UNION") refuse(scope.job, `${word} ALL`, word, `use ${word} DISTINCT`);
  const [left = {}, right = {}] = alignColumns(
    child(fields, "left") ?? {},
    child(fields, "right") ?? {},
    scope,
  );
  const side = (node: Node) => {
    const query = emitQuery(node, scope);
    return query.startsWith("(") ? query : `(${query})`;
  };
  const order = children(child(fields, "order_by") ?? {}, "expressions");
  const orderBy = order.length === 0 ? "" : ` ORDER BY ${emitOrder(order, scope, new Map())}`;
  return `${sql}${side(left)} ${word}${all ? " ALL" : ""} ${side(right)}${orderBy}${limits(fields, scope)}`;
}
