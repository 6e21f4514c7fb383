/** CAST and SAFE_CAST (Google: "Conversion rules"), and typed array and struct constructors. */
import { refuse } from "../job.ts";
import { child, type Fields, kindOf, type Node } from "../node.ts";
import { only, type Scope } from "./scope.ts";
import { duckType } from "./types.ts";

/** Targets whose rules differ from DuckDB's, as macros: for CAST, and for SAFE_CAST. */
const MACROS: Readonly<Record<string, readonly [cast: string, safe: string]>> = {
  VARCHAR: ["bq_to_string", "bq_to_string"],
  BIGINT: ["bq_to_int64", "bq_try_int64"],
  BOOLEAN: ["bq_to_bool", "bq_try_bool"],
  BLOB: ["bq_to_bytes", "bq_to_bytes"],
  DOUBLE: ["bq_to_float64", "bq_try_float64"],
  DATE: ["bq_to_date", "bq_try_date"],
  TIMESTAMPTZ: ["bq_to_timestamp", "bq_try_timestamp"],
  TIMESTAMP: ["bq_to_datetime", "bq_try_datetime"],
};

export function emitCast(kind: string, fields: Fields, scope: Scope): string {
  only(scope, kind, fields, ["this", "to"]);
  const safe = kind === "safe_cast";
  const value = child(fields, "this") ?? {};
  const type = duckType(child(fields, "to") ?? {}, scope);
  const [valueKind] = kindOf(value);
  const expression = scope.emit.expression(value, scope);
  const constructed = valueKind === "array" || valueKind === "struct" || valueKind === "null";
  const macro = constructed ? undefined : MACROS[type];
  if (macro !== undefined) return `${macro[safe ? 1 : 0]}(${expression})`;
  if (type === "JSON" && !constructed) refuse(scope.job, "CAST to JSON", "JSON", "use PARSE_JSON");
  return `${safe ? "TRY_CAST" : "CAST"}(${expression} AS ${type})`;
}

/** `STRUCT(a, 1 AS b)`: a field without a name has the one that BigQuery's API shows. */
export function emitStruct(
  args: readonly Node[],
  scope: Scope,
  nameOf: (node: Node) => string | undefined,
): string {
  const fields = args.map((node, index) => {
    const [kind, alias] = kindOf(node);
    const value = kind === "alias" ? (child(alias, "this") ?? {}) : node;
    const name = nameOf(node) ?? `_field_${index + 1}`;
    return `"${name.replaceAll('"', '""')}" := ${scope.emit.expression(value, scope)}`;
  });
  if (fields.length === 0) refuse(scope.job, "An empty STRUCT", "STRUCT");
  return `struct_pack(${fields.join(", ")})`;
}
