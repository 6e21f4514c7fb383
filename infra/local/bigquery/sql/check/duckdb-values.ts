/** Plain values as DuckDB constants, and DuckDB's values as plain ones. */
import {
  DuckDBBlobValue,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBListValue,
  DuckDBStructValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  type DuckDBType,
  DuckDBTypeId,
  type DuckDBValue,
} from "@duckdb/node-api";
import {
  type ColumnType,
  dateText,
  floatText,
  isoText,
  jsonText,
  numericText,
  type ScalarKind,
  type Value,
} from "./values.ts";

const TYPES: Readonly<Record<ScalarKind, string>> = {
  BOOL: "BOOLEAN",
  INT64: "BIGINT",
  FLOAT64: "DOUBLE",
  NUMERIC: "DECIMAL(38, 9)",
  STRING: "VARCHAR",
  BYTES: "BLOB",
  DATE: "DATE",
  TIME: "TIME",
  DATETIME: "TIMESTAMP",
  TIMESTAMP: "TIMESTAMPTZ",
  JSON: "JSON",
};

export function duckTypeText(type: ColumnType): string {
  if (type.kind === "ARRAY") return `${duckTypeText(type.element)}[]`;
  if (type.kind !== "STRUCT") return TYPES[type.kind];
  return `STRUCT(${type.fields.map((field) => `"${field.name}" ${duckTypeText(field.type)}`).join(", ")})`;
}

/** A constant of the given type. */
export function duckLiteral(value: Value, type: ColumnType | undefined): string {
  if (type === undefined) throw new Error("a row has more values than its table has columns");
  if (value === null) return "NULL";
  if (type.kind === "ARRAY") {
    const elements = (value as readonly Value[]).map((each) => duckLiteral(each, type.element));
    return `CAST([${elements.join(", ")}] AS ${duckTypeText(type)})`;
  }
  if (type.kind === "STRUCT") {
    const fields = type.fields.map(
      (field, at) => `"${field.name}" := ${duckLiteral((value as readonly Value[])[at] ?? null, field.type)}`,
    );
    return `CAST(struct_pack(${fields.join(", ")}) AS ${duckTypeText(type)})`;
  }
  if (type.kind === "BYTES") return `unhex('${String(value)}')`;
  return `CAST('${String(value).replaceAll("'", "''")}' AS ${TYPES[type.kind]})`;
}

/** A value of a result. */
export function fromDuck(value: DuckDBValue, type: DuckDBType): Value {
  if (value === null) return null;
  if (type.alias === "JSON") return jsonText(String(value));
  if (value instanceof DuckDBListValue) {
    if (type.typeId !== DuckDBTypeId.LIST) throw new Error("a list of another type");
    return value.items.map((item) => fromDuck(item, type.valueType));
  }
  if (value instanceof DuckDBStructValue) {
    if (type.typeId !== DuckDBTypeId.STRUCT) throw new Error("a struct of another type");
    return type.entryNames.map((name, at) =>
      fromDuck(value.entries[name] as DuckDBValue, type.entryTypes[at] as DuckDBType),
    );
  }
  if (value instanceof DuckDBTimestampTZValue) return `${isoText(value.micros)}Z`;
  if (value instanceof DuckDBTimestampValue) return isoText(value.micros);
  if (value instanceof DuckDBDateValue) return dateText(value.days);
  if (value instanceof DuckDBBlobValue) return Buffer.from(value.bytes).toString("hex");
  if (value instanceof DuckDBDecimalValue) return numericText(value.value * 10n ** BigInt(9 - value.scale));
  if (typeof value === "boolean" || typeof value === "string") return value;
  if (typeof value === "bigint") return String(value);
  if (typeof value === "number")
    return type.typeId === DuckDBTypeId.DOUBLE ? floatText(value) : String(value);
  throw new Error(`no plain form of DuckDB's ${type.toString()}`);
}
