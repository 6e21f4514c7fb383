/** FROM and JOIN: tables, subqueries, arrays. An array is unnested in a lateral join, which is 600 times faster. */
import { refuse } from "../job.ts";
import { child, children, type Fields, kindOf, type Node, nameAt, text } from "../node.ts";
import { informationSchema } from "./information-schema.ts";
import { duckTable, emitPath, quote, reference, tableName } from "./names.ts";
import { only, refuseNode, type Scope } from "./scope.ts";
import { emitUnnest, type Unnest } from "./unnest.ts";

/** The text of a FROM clause, and the scope in which the rest of the query stands. */
export interface From {
  readonly sql: string;
  readonly scope: Scope;
  /** True when an item is an unnested array under an alias: `*` over it would show other columns. */
  readonly hidesStar: boolean;
}

const JOINS: Readonly<Record<string, string>> = {
  Inner: "JOIN",
  Left: "LEFT JOIN",
  Right: "RIGHT JOIN",
  Full: "FULL JOIN",
  Cross: "CROSS JOIN",
};

/** Emits the items from left to right: a later one sees the names of those before it. */
export function emitFrom(items: readonly Node[], joins: readonly Fields[], outer: Scope): From {
  // An element of the query around this one may be hidden by a column of a table here.
  const onlyArrays = joins.length === 0 && items.every((node) => isUnnest(node, outer));
  let scope: Scope = { ...outer, elements: onlyArrays ? outer.elements : new Map() };
  let hidesStar = false;
  const add = (node: Node): string => {
    const item = emitItem(node, scope);
    const names = item.names.map((name) => name.toLowerCase());
    scope = {
      ...scope,
      tables: new Set([...scope.tables, ...names]),
      rows: new Set([...scope.rows, ...(item.source === undefined ? names : [])]),
      elements: new Map([
        ...scope.elements,
        ...names.flatMap((name) => (item.source ? [[name, item.source] as const] : [])),
      ]),
    };
    hidesStar ||= item.hidesStar;
    return item.sql;
  };
  let sql = items.map((node) => add(node)).join(" CROSS JOIN ");
  for (const join of joins) {
    only(outer, "JOIN", join, ["this", "on", "using", "kind"]);
    const word = JOINS[String(join["kind"])] ?? refuse(outer.job, `A ${String(join["kind"])} join`, "JOIN");
    const node = child(join, "this") ?? {};
    const right = add(node);
    sql += ` ${word} ${right}${condition(join, node, word, scope)}`;
  }
  return { sql, scope, hidesStar };
}

/** An array joined without a condition is joined to its own row. */
function condition(join: Fields, node: Node, word: string, scope: Scope): string {
  const on = child(join, "on");
  if (on !== undefined) return ` ON ${scope.emit.expression(on, scope)}`;
  const using = children(join, "using").map((name) => quote(text(name, "name") ?? ""));
  if (using.length > 0) return ` USING (${using.join(", ")})`;
  if (word === "CROSS JOIN") return "";
  if (isUnnest(node, scope)) return " ON TRUE";
  return refuse(scope.job, `${word} without ON or USING`, "JOIN");
}

interface Item {
  readonly sql: string;
  readonly names: readonly string[];
  readonly hidesStar: boolean;
  /** The subquery that an unnested array became. */
  readonly source?: string;
}

function emitItem(node: Node, scope: Scope): Item {
  const unnest = unnestOf(node, scope);
  if (unnest !== undefined) return emitUnnest(unnest, scope);
  const [kind, fields] = kindOf(node);
  switch (kind) {
    case "table":
      return emitTable(fields, scope);
    case "subquery": {
      only(scope, "a subquery", fields, ["this", "alias"]);
      const alias = nameAt(fields, "alias");
      const name = alias ?? `__query_${scope.job.counter.next++}`;
      const query = scope.emit.query(child(fields, "this") ?? {}, scope);
      return { sql: `(${query}) AS ${quote(name)}`, names: alias ? [alias] : [], hidesStar: false };
    }
    case "joined_table": {
      only(scope, kind, fields, ["left", "joins"]);
      const inner = emitFrom([child(fields, "left") ?? {}], children(fields, "joins"), scope);
      return { sql: `(${inner.sql})`, names: [...inner.scope.tables], hidesStar: inner.hidesStar };
    }
    case "paren":
      return emitItem(child(fields, "this") ?? {}, scope);
    default:
      return refuseNode(scope, node);
  }
}

function emitTable(fields: Fields, scope: Scope): Item {
  only(scope, "FROM", fields, ["name", "schema", "catalog", "alias"]);
  const alias = nameAt(fields, "alias");
  const named = (sql: string, name: string): Item => ({
    sql: `${sql} AS ${quote(alias ?? name)}`,
    names: [alias ?? name],
    hidesStar: false,
  });
  const bare = nameAt(fields, "name") ?? "";
  const view = informationSchema(fields, scope);
  if (view !== undefined) return named(view.sql, view.name);
  if (nameAt(fields, "schema") === undefined && scope.ctes.has(bare.toLowerCase()))
    return named(quote(bare), bare);
  const table = reference(tableName(fields, scope), scope);
  return named(duckTable(table), table.table);
}

function isUnnest(node: Node, scope: Scope): boolean {
  return unnestOf(node, scope) !== undefined;
}

/** `UNNEST(...)`, or a path that starts with the name of a table before it: `FROM t, t.tags`. */
function unnestOf(node: Node, scope: Scope): Unnest | undefined {
  const [kind, fields] = kindOf(node);
  if (kind === "alias") {
    const inner = unnestOf(child(fields, "this") ?? {}, scope);
    return inner && { ...inner, alias: nameAt(fields, "alias") };
  }
  if (kind === "unnest") {
    only(scope, "UNNEST", fields, ["this", "with_ordinality", "alias", "offset_alias"]);
    const array = child(fields, "this") ?? {};
    const offset =
      fields["with_ordinality"] === true ? (nameAt(fields, "offset_alias") ?? "offset") : undefined;
    return {
      array: scope.emit.expression(array, scope),
      node: array,
      alias: nameAt(fields, "alias"),
      offset,
    };
  }
  if (kind !== "table") return undefined;
  const path = [nameAt(fields, "catalog"), nameAt(fields, "schema"), nameAt(fields, "name")]
    .filter((part) => part !== undefined)
    .flatMap((part) => part.split("."));
  if (path.length < 2 || !scope.tables.has(path[0]?.toLowerCase() ?? "")) return undefined;
  only(scope, "FROM", fields, ["name", "schema", "catalog", "alias"]);
  const alias = nameAt(fields, "alias") ?? path.at(-1);
  return { array: emitPath(path, scope), node, alias, offset: undefined };
}
