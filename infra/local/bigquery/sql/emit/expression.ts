/** Expressions: each kind of node that is covered has an entry here; any other is refused. */
import { refuse } from "../job.ts";
import { child, children, type Fields, kindOf, type Node } from "../node.ts";
import { AGGREGATES, isCompound, WINDOW_ONLY } from "./aggregates.ts";
import { emitCall, ruleOf } from "./calls.ts";
import { emitCast, emitStruct } from "./cast.ts";
import { emitExtract } from "./extract.ts";
import { implicitName } from "./implicit-name.ts";
import { emitInterval } from "./interval.ts";
import { emitLiteral, emitNumber } from "./literal.ts";
import { emitPath, isJson, jsonMember, pathOf, quote } from "./names.ts";
import { emitBinary, isBinary } from "./operators.ts";
import { only, refuseNode, type Scope } from "./scope.ts";
import { alignStructs } from "./struct-names.ts";
import { emitSubscript } from "./subscript.ts";
import { emitOver } from "./window.ts";

const NO_VALUE: Node = { null: null };

type Emitter = (fields: Fields, scope: Scope, node: Node) => string;

export function emitExpression(node: Node, scope: Scope): string {
  const [kind, fields] = kindOf(node);
  if (isBinary(kind)) return emitBinary(kind, fields, scope);
  if (AGGREGATES[kind] !== undefined) {
    if (WINDOW_ONLY.has(kind)) refuse(scope.job, `${kind.toUpperCase()} without OVER`, kind);
    return AGGREGATES[kind](fields, scope);
  }
  const emitter = EXPRESSIONS[kind];
  return emitter === undefined ? refuseNode(scope, node) : emitter(fields, scope, node);
}

const EXPRESSIONS: Readonly<Record<string, Emitter>> = {
  literal: emitLiteral,
  null: () => "NULL",
  boolean: (fields) => (fields["value"] === true ? "TRUE" : "FALSE"),
  column: (_, scope, node) => emitPath(pathOf(node) ?? refuseNode(scope, node), scope),
  dot: emitDot,
  subscript: emitSubscript,
  paren: (fields, scope) => `(${part(fields, "this", scope)})`,
  subquery: (fields, scope, node) => {
    only(scope, "a subquery", fields, ["this"]);
    return scope.emit.query(node, scope);
  },
  exists: (fields, scope) => {
    only(scope, "EXISTS", fields, ["this"]);
    return `EXISTS (${scope.emit.query(child(fields, "this") ?? {}, scope)})`;
  },
  not: (fields, scope) => `(NOT ${part(fields, "this", scope)})`,
  neg: emitNegative,
  bitwise_not: (fields, scope) => `(~${part(fields, "this", scope)})`,
  is_null: (fields, scope) => test(fields, scope, "NULL"),
  is_true: (fields, scope) => test(fields, scope, "TRUE"),
  is_false: (fields, scope) => test(fields, scope, "FALSE"),
  between: (fields, scope) => {
    only(scope, "BETWEEN", fields, ["this", "low", "high", "not"]);
    const not = fields["not"] === true ? "NOT " : "";
    return `(${part(fields, "this", scope)} ${not}BETWEEN ${part(fields, "low", scope)} AND ${part(fields, "high", scope)})`;
  },
  // How LIKE is spelled for the parser.
  regexp_like: (fields, scope) => {
    only(scope, "LIKE", fields, ["this", "pattern"]);
    // A backslash escapes in GoogleSQL's patterns; DuckDB has no escape unless told.
    return `(${part(fields, "this", scope)} LIKE ${part(fields, "pattern", scope)} ESCAPE '\\')`;
  },
  in: emitIn,
  case: emitCase,
  cast: (fields, scope) => emitCast("cast", fields, scope),
  safe_cast: (fields, scope) => emitCast("safe_cast", fields, scope),
  parse_json: (fields, scope) => `json(${part(fields, "this", scope)})`,
  extract: emitExtract,
  interval: emitInterval,
  array_func: emitList,
  array: emitList,
  tuple: (fields, scope) => `row(${list(fields, scope)})`,
  struct: (fields, scope) => {
    const values = (fields["fields"] as readonly (readonly [unknown, Node])[]).map(([, value]) => value);
    return `row(${values.map((value) => scope.emit.expression(value, scope)).join(", ")})`;
  },
  function: emitFunction,
  window_function: emitWindow,
};

function part(fields: Fields, key: string, scope: Scope): string {
  return scope.emit.expression(child(fields, key) ?? {}, scope);
}

function list(fields: Fields, scope: Scope): string {
  return alignStructs(children(fields, "expressions"), scope)
    .map((node) => scope.emit.expression(node, scope))
    .join(", ");
}

function test(fields: Fields, scope: Scope, what: string): string {
  only(scope, `IS ${what}`, fields, ["this", "not"]);
  return `(${part(fields, "this", scope)} IS ${fields["not"] === true ? "NOT " : ""}${what})`;
}

function emitDot(fields: Fields, scope: Scope, node: Node): string {
  const path = pathOf(node);
  if (path !== undefined) return emitPath(path, scope);
  const base = child(fields, "this") ?? {};
  const field = implicitName(node) ?? refuseNode(scope, node);
  const value = scope.emit.expression(base, scope);
  return isJson(base, scope) ? jsonMember(value, [field]) : `(${value}).${quote(field)}`;
}

function emitNegative(fields: Fields, scope: Scope): string {
  const [kind, literal] = kindOf(child(fields, "this") ?? {});
  // The smallest INT64 has no positive counterpart.
  if (kind === "literal" && literal["literal_type"] === "number")
    return emitNumber(`-${String(literal["value"])}`);
  return `(-${part(fields, "this", scope)})`;
}

function emitIn(fields: Fields, scope: Scope): string {
  only(scope, "IN", fields, ["this", "expressions", "query", "not", "unnest"]);
  const value = part(fields, "this", scope);
  const not = fields["not"] === true ? "NOT " : "";
  const query = child(fields, "query");
  if (query !== undefined) return `(${value} ${not}IN (${scope.emit.query(query, scope)}))`;
  if (child(fields, "unnest") !== undefined)
    return `(${not}bq_in_unnest(${value}, ${part(fields, "unnest", scope)}))`;
  return `(${value} ${not}IN (${list(fields, scope)}))`;
}

function emitCase(fields: Fields, scope: Scope): string {
  only(scope, "CASE", fields, ["operand", "whens", "else_"]);
  const operand = child(fields, "operand") ? ` ${part(fields, "operand", scope)}` : "";
  const pairs = fields["whens"] as readonly (readonly [Node, Node])[];
  const values = alignStructs(
    [...pairs.map(([, then]) => then), child(fields, "else_") ?? NO_VALUE],
    scope,
  ).map((node) => scope.emit.expression(node, scope));
  const whens = pairs.map(([when], at) => `WHEN ${scope.emit.expression(when, scope)} THEN ${values[at]}`);
  const otherwise = child(fields, "else_") ? ` ELSE ${values.at(-1)}` : "";
  return `CASE${operand} ${whens.join(" ")}${otherwise} END`;
}

function emitList(fields: Fields, scope: Scope): string {
  only(scope, "an array", fields, ["expressions"]);
  return `[${list(fields, scope)}]`;
}

/** Constructors and GROUPING are parsed as calls but are no functions of the catalogue. */
function emitFunction(fields: Fields, scope: Scope): string {
  const args = children(fields, "args");
  const [first] = args;
  switch (String(fields["name"]).toUpperCase()) {
    case "STRUCT":
      return emitStruct(args, scope, implicitName);
    case "ARRAY":
      return first === undefined ? "[]" : `ARRAY(${scope.emit.query(first, scope)})`;
    case "GROUPING":
      return `grouping(${args.map((node) => scope.emit.expression(node, scope)).join(", ")})`;
    default:
      return emitCall(fields, scope, false);
  }
}

function emitWindow(fields: Fields, scope: Scope): string {
  only(scope, "OVER", fields, ["this", "over"]);
  const call = child(fields, "this") ?? {};
  const over = emitOver(child(fields, "over") ?? {}, scope);
  const [kind, callFields] = kindOf(call);
  if (kind === "function") {
    ruleOf(callFields, scope);
    return `${emitCall(callFields, scope, true)} OVER ${over}`;
  }
  const aggregate = AGGREGATES[kind];
  if (aggregate === undefined) return refuseNode(scope, call);
  if (isCompound(kind, callFields))
    refuse(scope.job, `${kind.toUpperCase()} with ORDER BY or LIMIT and OVER`, kind);
  return `${aggregate(callFields, scope)} OVER ${over}`;
}
