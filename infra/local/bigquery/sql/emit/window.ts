/** Window specifications: OVER (...) and the WINDOW clause. */
import { refuse } from "../job.ts";
import { child, children, type Fields, isFields, nameAt } from "../node.ts";
import { quote } from "./names.ts";
import { orderClause } from "./order.ts";
import { only, type Scope } from "./scope.ts";

const BOUNDS: Readonly<Record<string, string>> = {
  UnboundedPreceding: "UNBOUNDED PRECEDING",
  UnboundedFollowing: "UNBOUNDED FOLLOWING",
  CurrentRow: "CURRENT ROW",
};

/** What follows OVER: the name of a window, or its specification in parentheses. */
export function emitOver(spec: Fields, scope: Scope): string {
  only(scope, "OVER", spec, ["window_name", "partition_by", "order_by", "frame"]);
  const name = nameAt(spec, "window_name");
  const partition = children(spec, "partition_by").map((node) => scope.emit.expression(node, scope));
  const frame = child(spec, "frame");
  const parts = [
    name === undefined ? "" : quote(name),
    partition.length === 0 ? "" : `PARTITION BY ${partition.join(", ")}`,
    orderClause(spec, "order_by", scope).trim(),
    frame === undefined ? "" : emitFrame(frame, scope),
  ].filter((part) => part !== "");
  return name !== undefined && parts.length === 1 ? quote(name) : `(${parts.join(" ")})`;
}

function emitFrame(frame: Fields, scope: Scope): string {
  only(scope, "a window frame", frame, ["kind", "start", "end"]);
  const kind = String(frame["kind"]).toUpperCase();
  if (kind !== "ROWS" && kind !== "RANGE") refuse(scope.job, `A window frame of ${kind}`, kind);
  const end = frame["end"] === null ? "CurrentRow" : frame["end"];
  return `${kind} BETWEEN ${emitBound(frame["start"], scope)} AND ${emitBound(end, scope)}`;
}

function emitBound(bound: unknown, scope: Scope): string {
  if (typeof bound === "string") return BOUNDS[bound] ?? refuse(scope.job, `The frame bound ${bound}`);
  for (const side of ["Preceding", "Following"] as const) {
    const offset = isFields(bound) ? child(bound, side) : undefined;
    if (offset !== undefined) return `${scope.emit.expression(offset, scope)} ${side.toUpperCase()}`;
  }
  return refuse(scope.job, "This frame bound", "ROWS");
}
