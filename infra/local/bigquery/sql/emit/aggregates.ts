/** Aggregate and navigation functions whose parentheses have a grammar of their own. */
import { refuse } from "../job.ts";
import { child, children, type Fields, isSet, type Node } from "../node.ts";
import { orderClause } from "./order.ts";
import { only, type Scope } from "./scope.ts";

type Emitter = (fields: Fields, scope: Scope) => string;

/** By node kind. Those with a LIMIT are no plain calls any more and cannot have an OVER. */
export const AGGREGATES: Readonly<Record<string, Emitter>> = {
  count: (fields, scope) => {
    only(scope, "COUNT", fields, ["star", "this", "distinct"]);
    if (fields["star"] === true) return "count(*)";
    return `count(${distinct(fields)}${argument(fields, "this", scope)})`;
  },
  any_value: (fields, scope) => {
    only(scope, "ANY_VALUE", fields, ["this", "name", "having_max"]);
    const having = fields["having_max"];
    const value = argument(fields, "this", scope);
    if (!Array.isArray(having)) return `any_value(${value})`;
    const [by, greatest] = having as [Node, boolean];
    return `${greatest ? "arg_max_null" : "arg_min_null"}(${value}, ${scope.emit.expression(by, scope)})`;
  },
  array_agg: (fields, scope) => {
    only(scope, "ARRAY_AGG", fields, ["this", "distinct", "order_by", "name", "ignore_nulls", "limit"]);
    const value = argument(fields, "this", scope);
    const filter = fields["ignore_nulls"] === true ? ` FILTER (WHERE ${value} IS NOT NULL)` : "";
    const list = `list(${distinct(fields)}${value}${orderClause(fields, "order_by", scope)})${filter}`;
    return isSet(fields["limit"]) ? `list_slice(${list}, 1, ${argument(fields, "limit", scope)})` : list;
  },
  string_agg: (fields, scope) => {
    only(scope, "STRING_AGG", fields, ["this", "separator", "order_by", "distinct", "limit"]);
    const value = argument(fields, "this", scope);
    const separator = child(fields, "separator") ? argument(fields, "separator", scope) : "','";
    const order = orderClause(fields, "order_by", scope);
    if (!isSet(fields["limit"])) return `string_agg(${distinct(fields)}${value}, ${separator}${order})`;
    const list = `list(${distinct(fields)}${value}${order}) FILTER (WHERE ${value} IS NOT NULL)`;
    return `array_to_string(list_slice(${list}, 1, ${argument(fields, "limit", scope)}), ${separator})`;
  },
  first_value: navigation("first_value"),
  last_value: navigation("last_value"),
  nth_value: navigation("nth_value"),
  lag: navigation("lag"),
  lead: navigation("lead"),
};

/** Kinds of which a call makes sense only with OVER. */
export const WINDOW_ONLY = new Set(["first_value", "last_value", "nth_value", "lag", "lead"]);

function navigation(name: string): Emitter {
  return (fields, scope) => {
    only(scope, name.toUpperCase(), fields, ["this", "offset", "default", "ignore_nulls", "name"]);
    const given = ["this", "offset", "default"].filter((key) => child(fields, key) !== undefined);
    const args = given.map((key) => argument(fields, key, scope)).join(", ");
    return `${name}(${args}${fields["ignore_nulls"] === true ? " IGNORE NULLS" : ""})`;
  };
}

function argument(fields: Fields, key: string, scope: Scope): string {
  const node = child(fields, key);
  if (node === undefined) return refuse(scope.job, "A call without its arguments");
  return scope.emit.expression(node, scope);
}

function distinct(fields: Fields): string {
  return fields["distinct"] === true ? "DISTINCT " : "";
}

/** True when the aggregate became more than one call, so that OVER cannot follow it. */
export function isCompound(kind: string, fields: Fields): boolean {
  return (
    (kind === "array_agg" || kind === "string_agg") &&
    (isSet(fields["limit"]) || children(fields, "order_by").length > 0)
  );
}
