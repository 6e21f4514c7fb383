/** Operators with two sides, and what differs about them between the two dialects. */
import { child, type Fields, kindOf, type Node } from "../node.ts";
import { only, type Scope } from "./scope.ts";
import { alignStructs } from "./struct-names.ts";

/** Same meaning in DuckDB. */
const SAME: Readonly<Record<string, string>> = {
  add: "+",
  eq: "=",
  neq: "<>",
  lt: "<",
  lte: "<=",
  gt: ">",
  gte: ">=",
  and: "AND",
  or: "OR",
  concat: "||",
  bitwise_and: "&",
  bitwise_or: "|",
  null_safe_eq: "IS NOT DISTINCT FROM",
  null_safe_neq: "IS DISTINCT FROM",
};
const ARITHMETIC = new Set(["add", "sub", "mul", "div", "neg", "paren"]);

export function isBinary(kind: string): boolean {
  return kind in SAME || kind === "sub" || kind === "mul" || kind === "div";
}

export function emitBinary(kind: string, fields: Fields, scope: Scope): string {
  only(scope, kind, fields, ["left", "right"]);
  const sides = [child(fields, "left") ?? {}, child(fields, "right") ?? {}];
  const [leftNode = {}, rightNode = {}] = alignStructs(sides, scope);
  const left = scope.emit.expression(leftNode, scope);
  const right = scope.emit.expression(rightNode, scope);
  // A literal with a point beside NUMERIC is NUMERIC in GoogleSQL.
  const float = isFloat(leftNode) !== isFloat(rightNode) && ARITHMETIC.has(kind);
  if (float && kind !== "div") {
    const sign = kind === "add" ? "+" : kind === "sub" ? "-" : "*";
    return isFloat(leftNode)
      ? `(${left} ${sign} bq_not_numeric(${right}))`
      : `(bq_not_numeric(${left}) ${sign} ${right})`;
  }
  const operator = SAME[kind];
  if (operator !== undefined) return `(${left} ${operator} ${right})`;
  if (kind === "div") {
    const divisor = isNonZero(rightNode) ? right : `bq_divisor(${right})`;
    return `(${isNumber(leftNode) ? left : `bq_not_numeric(${left})`} / ${divisor})`;
  }
  const guarded = !isNumber(leftNode) && !isNumber(rightNode);
  if (kind === "mul") return guarded ? `bq_multiply(${left}, ${right})` : `(${left} * ${right})`;
  // Two dates or moments: GoogleSQL's difference is an INTERVAL. A sum on one side is no date.
  const moments = guarded && !isArithmetic(leftNode) && !isArithmetic(rightNode);
  return moments && !isInterval(rightNode) ? `bq_minus(${left}, ${right})` : `(${left} - ${right})`;
}

function isNumber(node: Node): boolean {
  const [kind, fields] = kindOf(node);
  return kind === "literal" && fields["literal_type"] === "number";
}

function isFloat(node: Node): boolean {
  return isNumber(node) && !/^\d+$/.test(String(kindOf(node)[1]["value"]));
}

function isNonZero(node: Node): boolean {
  return isNumber(node) && Number(kindOf(node)[1]["value"]) !== 0;
}

function isArithmetic(node: Node): boolean {
  return ARITHMETIC.has(kindOf(node)[0]);
}

function isInterval(node: Node): boolean {
  return kindOf(node)[0] === "interval";
}
