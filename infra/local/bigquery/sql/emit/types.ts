/** BigQuery's types as DuckDB's (Google: "Data types"). */
import { refuse } from "../job.ts";
import { child, children, type Fields, text } from "../node.ts";
import { only, type Scope } from "./scope.ts";

const PLAIN: Readonly<Record<string, string>> = {
  string: "VARCHAR",
  text: "VARCHAR",
  boolean: "BOOLEAN",
  int: "BIGINT",
  big_int: "BIGINT",
  small_int: "BIGINT",
  tiny_int: "BIGINT",
  double: "DOUBLE",
  date: "DATE",
  time: "TIME",
  timestamp: "TIMESTAMPTZ",
  json: "JSON",
};
const BY_NAME: Readonly<Record<string, string>> = {
  INT64: "BIGINT",
  INTEGER: "BIGINT",
  BYTEINT: "BIGINT",
  FLOAT64: "DOUBLE",
  BOOL: "BOOLEAN",
  BYTES: "BLOB",
  DATETIME: "TIMESTAMP",
};

/** DuckDB's spelling of a parsed type. */
export function duckType(type: Fields, scope: Scope): string {
  const kind = text(type, "data_type") ?? "nothing";
  const plain = kind === "custom" ? BY_NAME[text(type, "name")?.toUpperCase() ?? ""] : PLAIN[kind];
  if (plain !== undefined) {
    only(scope, kind, type, ["data_type", "name"]);
    return plain;
  }
  if (kind === "decimal") return decimal(type, scope);
  if (kind === "array") {
    only(scope, kind, type, ["data_type", "element_type"]);
    return `${duckType(child(type, "element_type") ?? {}, scope)}[]`;
  }
  if (kind === "struct") return struct(type, scope);
  const name = text(type, "name") ?? kind.toUpperCase();
  const instead = /^BIG(?:NUMERIC|DECIMAL)$/i.test(name) ? "use NUMERIC" : undefined;
  return refuse(scope.job, `The type ${name}`, name, instead);
}

function decimal(type: Fields, scope: Scope): string {
  only(scope, "NUMERIC", type, ["data_type", "precision", "scale"]);
  const precision = type["precision"];
  if (typeof precision !== "number") return "DECIMAL(38, 9)";
  const scale = typeof type["scale"] === "number" ? type["scale"] : 0;
  return `DECIMAL(${precision}, ${scale})`;
}

function struct(type: Fields, scope: Scope): string {
  only(scope, "STRUCT", type, ["data_type", "fields", "nested"]);
  const fields = children(type, "fields").map((field) => {
    only(scope, "a STRUCT field", field, ["name", "data_type", "options"]);
    const name = (text(field, "name") ?? "").replaceAll(/^"|"$/g, "").replaceAll('""', '"');
    if (name === "") refuse(scope.job, "A STRUCT type with a field without a name", "STRUCT");
    return `"${name.replaceAll('"', '""')}" ${duckType(child(field, "data_type") ?? {}, scope)}`;
  });
  return `STRUCT(${fields.join(", ")})`;
}
