/** Names of result columns inside ORDER BY and QUALIFY: they come before columns of the tables there. */
import { child, kindOf, type Node, nameAt } from "../node.ts";

const AGGREGATES =
  /^bq_(?:sum|avg|min|max|countif|logical_|bit_|stddev|var|max_by|min_by|approx_|array_concat_agg)/;

/** By lower-case alias, the expression that it stands for. */
export type Aliases = ReadonlyMap<string, Node>;

export function aliasesOf(columns: readonly Node[]): Aliases {
  const aliases = new Map<string, Node>();
  for (const column of columns) {
    const [kind, fields] = kindOf(column);
    const name = nameAt(fields, "alias");
    const expression = child(fields, "this");
    if (kind === "alias" && name !== undefined && expression) aliases.set(name.toLowerCase(), expression);
  }
  return aliases;
}

/** The expression that a bare name stands for when it is an alias. */
export function aliased(node: Node, aliases: Aliases): Node | undefined {
  const [kind, fields] = kindOf(node);
  if (kind !== "column" || child(fields, "table") !== undefined) return undefined;
  return aliases.get(nameAt(fields, "name")?.toLowerCase() ?? "");
}

/** Puts the expressions in the place of the aliases, but not inside aggregates and subqueries. */
export function withAliases(node: Node, aliases: Aliases): Node {
  const [kind, fields] = kindOf(node);
  const expression = aliased(node, aliases);
  if (expression !== undefined) return { paren: { this: expression } };
  const isAggregate = kind === "function" && AGGREGATES.test(String(fields["name"]));
  if (isAggregate || /^(?:select|subquery|exists|count|array_agg|string_agg|any_value)$/.test(kind))
    return node;
  return { [kind]: node[kind] === null ? null : replaced(node[kind], aliases) };
}

function replaced(value: unknown, aliases: Aliases): unknown {
  if (Array.isArray(value)) return value.map((each) => replaced(each, aliases));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value);
  const [only] = entries;
  // A node is an object of one key whose value is an object; everything else only holds nodes.
  if (entries.length === 1 && only !== undefined && typeof only[1] === "object") {
    return withAliases(value as Node, aliases);
  }
  return Object.fromEntries(entries.map(([key, each]) => [key, replaced(each, aliases)]));
}
