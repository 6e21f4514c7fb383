/** Function calls: looked up in the catalogue, refused when they are not there. */
import { type Call, type FunctionRule } from "../functions/call.ts";
import { FUNCTIONS, INSTEAD } from "../functions/catalogue.ts";
import { literalOf, refuse } from "../job.ts";
import { child, children, type Fields, integerLiteral, kindOf, type Node, nameAt, text } from "../node.ts";
import { emitInterval } from "./interval.ts";
import { only, type Scope } from "./scope.ts";
import { alignStructs } from "./struct-names.ts";

/** The catalogue entry of a `function` node. */
export function ruleOf(fields: Fields, scope: Scope): { name: string; rule: FunctionRule } {
  const written = text(fields, "name") ?? "";
  const name = written.replace(/^bq_/, "").toUpperCase();
  if (Object.hasOwn(FUNCTIONS, name)) {
    const rule = FUNCTIONS[name];
    if (rule !== undefined) return { name, rule };
  }
  return refuse(scope.job, `The function ${name}`, name.split(".").at(-1), INSTEAD[name]);
}

export function emitCall(fields: Fields, scope: Scope, over: boolean): string {
  const { name, rule } = ruleOf(fields, scope);
  only(scope, name, fields, ["name", "args", "distinct", "quoted"]);
  const call = toCall(name, fields, scope);
  if (call.nodes.length < rule.min || call.nodes.length > rule.max) {
    call.refuse(`with ${call.nodes.length} arguments`);
  }
  if (call.distinct && rule.distinct !== true) call.refuse("with DISTINCT");
  if (over && rule.over === undefined) call.refuse("with OVER");
  if (!over && rule.over === "required") call.refuse("without OVER");
  return rule.sql(call);
}

function toCall(name: string, fields: Fields, scope: Scope): Call {
  // IF, COALESCE and their kind give one type to several values.
  const nodes = alignStructs(children(fields, "args"), scope);
  const node = (index: number): Node =>
    nodes[index] ?? refuse(scope.job, `The function ${name} without argument ${index + 1}`, name);
  const call: Call = {
    name,
    nodes,
    distinct: fields["distinct"] === true,
    arg: (index) => scope.emit.expression(node(index), scope),
    args: () => nodes.map((each) => scope.emit.expression(each, scope)).join(", "),
    literal: (index) => {
      const [kind, literal] = kindOf(node(index));
      if (kind !== "literal" || literal["literal_type"] !== "string") {
        return call.refuse(`with a computed argument ${index + 1}`, "write it as a string literal");
      }
      return literalOf(scope.job, text(literal, "value") ?? "");
    },
    integer: (index) =>
      integerLiteral(node(index)) ??
      call.refuse(`with a computed argument ${index + 1}`, "write it as a number"),
    part: (index) => partOf(node(index)) ?? call.refuse(`without a date part as argument ${index + 1}`),
    interval: (index) => {
      const [kind, interval] = kindOf(node(index));
      if (kind !== "interval") return call.refuse(`without an INTERVAL as argument ${index + 1}`);
      return emitInterval(interval, scope);
    },
    refuse: (what, instead) => refuse(scope.job, `The function ${name} ${what}`, name, instead),
  };
  return call;
}

/** `DAY` is parsed as a column, `WEEK(MONDAY)` as a call. */
export function partOf(node: Node): string | undefined {
  const [kind, fields] = kindOf(node);
  if (kind === "column" && child(fields, "table") === undefined) return nameAt(fields, "name")?.toUpperCase();
  if (kind === "var") return text(fields, "this")?.toUpperCase();
  if (kind !== "function" || text(fields, "name")?.toUpperCase() !== "WEEK") return undefined;
  const day = children(fields, "args")[0];
  return day === undefined ? undefined : `WEEK(${partOf(day)})`;
}
