/** MERGE, which DuckDB has with nearly the same grammar. */
import { refuse } from "../job.ts";
import { child, children, type Fields, kindOf, type Node, nameAt, text } from "../node.ts";
import { Assigning } from "./assign.ts";
import { assigned } from "./dml.ts";
import { emitFrom } from "./from.ts";
import { duckTable, quote, targetName } from "./names.ts";
import { only, type Scope } from "./scope.ts";
import type { Statement } from "./statement.ts";

export function emitMerge(fields: Fields, outer: Scope): Statement {
  only(outer, "MERGE", fields, ["this", "using", "on", "whens"]);
  const { table, alias } = targetOf(child(fields, "this") ?? {}, outer);
  const source = emitFrom([sourceOf(child(fields, "using") ?? {})], [], outer);
  const target = targetName(table, outer);
  const name = alias ?? target.table;
  const scope = { ...source.scope, tables: new Set([...source.scope.tables, name.toLowerCase()]) };
  const on = scope.emit.expression(child(fields, "on") ?? {}, scope);
  const whens = children(child(child(fields, "whens") ?? {}, "whens") ?? {}, "expressions");
  const into = `${duckTable(target)} AS ${quote(name)}`;
  const clauses = whens.map((when) => emitWhen(kindOf(when)[1], { target: into, source: source.sql }, scope));
  const sql = `MERGE INTO ${into} USING ${source.sql} ON (${on}) ${clauses.join(" ")}`;
  return { sql, statementType: "MERGE", target };
}

function targetOf(node: Node, scope: Scope): { table: Fields; alias: string | undefined } {
  const [kind, fields] = kindOf(node);
  if (kind === "alias")
    return { ...targetOf(child(fields, "this") ?? {}, scope), alias: nameAt(fields, "alias") };
  if (kind !== "table") return refuse(scope.job, "MERGE into anything but a table", "MERGE");
  return { table: fields, alias: nameAt(fields, "alias") };
}

/** The parser puts the alias of a MERGE's source around its table; elsewhere it is inside. */
function sourceOf(node: Node): Node {
  const [kind, fields] = kindOf(node);
  if (kind !== "alias") return node;
  const [innerKind, inner] = kindOf(child(fields, "this") ?? {});
  return { [innerKind]: { ...inner, alias: fields["alias"] } };
}

/** The two sides of a MERGE, as a FROM clause names them. */
interface Sides {
  readonly target: string;
  readonly source: string;
}

function emitWhen(when: Fields, { target, source }: Sides, scope: Scope): string {
  only(scope, "WHEN", when, ["matched", "source", "condition", "then"]);
  const matched = isTrue(child(when, "matched"));
  const bySource = isTrue(child(when, "source"));
  const which = matched ? "MATCHED" : `NOT MATCHED${bySource ? " BY SOURCE" : ""}`;
  const condition = child(when, "condition");
  const and = condition === undefined ? "" : ` AND ${scope.emit.expression(condition, scope)}`;
  // A clause sees the sides that have a row.
  const visible = matched ? `${target}, ${source}` : bySource ? target : source;
  return `WHEN ${which}${and} THEN ${emitAction(child(when, "then") ?? {}, visible, scope)}`;
}

function emitAction(then: Node, visible: string, scope: Scope): string {
  const [kind, fields] = kindOf(then);
  if (kind === "var" && text(fields, "this") === "DELETE") return "DELETE";
  const [wordNode, ...parts] = children(fields, "expressions");
  const word = text(kindOf(wordNode ?? {})[1], "this");
  const [first, second] = parts;
  if (kind !== "tuple" || first === undefined) return refuse(scope.job, "This action of MERGE", "WHEN");
  const assigning = new Assigning(scope);
  if (word === "UPDATE") {
    const assignments = tupleOf(first).map((each) => assignment(each, assigning, scope));
    assigning.check("assign", visible);
    return `UPDATE SET ${assignments.join(", ")}`;
  }
  if (word !== "INSERT") return refuse(scope.job, `The action ${word} of MERGE`, word);
  // INSERT ROW takes the columns of the source in their order.
  if (kindOf(first)[0] === "var") {
    const records = scope.job.context.targetColumns?.some(({ fields }) => fields !== undefined) ?? false;
    if (records) refuse(scope.job, "INSERT ROW into a table with a STRUCT", "ROW", "name the columns");
    return "INSERT BY POSITION";
  }
  const columns = second === undefined ? [] : tupleOf(first).map(nameOf);
  const values = tupleOf(second ?? first).map((each, at) =>
    assigning.nth(columns, at, scope.emit.expression(each, scope)),
  );
  assigning.check("insert", visible);
  const list = columns.length === 0 ? "" : `(${columns.map(quote).join(", ")}) `;
  return `INSERT ${list}VALUES (${values.join(", ")})`;
}

function assignment(node: Node, assigning: Assigning, scope: Scope): string {
  const [kind, fields] = kindOf(node);
  if (kind !== "eq") return refuse(scope.job, "This assignment of MERGE", "SET");
  const column = nameOf(child(fields, "left") ?? {});
  if (column === "") refuse(scope.job, "Setting a STRUCT field in MERGE", "SET", "set the whole STRUCT");
  const value = scope.emit.expression(child(fields, "right") ?? {}, scope);
  return `${assigned(column, scope)} = ${assigning.value([column], value)}`;
}

function tupleOf(node: Node): readonly Node[] {
  return children(kindOf(node)[1], "expressions");
}

function nameOf(node: Node): string {
  const [kind, fields] = kindOf(node);
  if (kind === "identifier") return text(fields, "name") ?? "";
  return kind === "column" && child(fields, "table") === undefined ? (nameAt(fields, "name") ?? "") : "";
}

function isTrue(node: Node | undefined): boolean {
  return node !== undefined && kindOf(node)[1]["value"] === true;
}
