/** BigQuery's column types as DuckDB's, and back. */
import {
  DuckDBDecimalType,
  DuckDBListType,
  DuckDBStructType,
  type DuckDBType,
  DuckDBTypeId,
} from "@duckdb/node-api";
import { quoted } from "../database.ts";
import { unsupported } from "../errors.ts";
import { type Field, type FieldType, modeOf } from "./fields.ts";

/**
 * TIMESTAMP is a point in time, DATETIME a wall clock without one. DuckDB's widest decimal has 38 digits, half of
 * BIGNUMERIC: what does not fit is refused when it is loaded, never rounded in its integer part.
 */
const DUCKDB_NAMES: Readonly<Record<Exclude<FieldType, "RECORD">, string>> = {
  STRING: "VARCHAR",
  BYTES: "BLOB",
  INTEGER: "BIGINT",
  FLOAT: "DOUBLE",
  BOOLEAN: "BOOLEAN",
  TIMESTAMP: "TIMESTAMP WITH TIME ZONE",
  DATE: "DATE",
  TIME: "TIME",
  DATETIME: "TIMESTAMP",
  NUMERIC: "DECIMAL(38,9)",
  BIGNUMERIC: "DECIMAL(38,18)",
  JSON: "JSON",
  INTERVAL: "INTERVAL",
};

const BIGNUMERIC_SCALE = 18;

export function duckdbType(field: Field): string {
  return typeText(field, DUCKDB_NAMES);
}

/**
 * The type in which DuckDB reads the column from JSON, to be cast to `duckdbType`. They differ for BYTES: only the
 * cast from VARCHAR knows the escapes `\xNN`, JSON's own reader takes them for text.
 */
export function jsonType(field: Field): string {
  return typeText(field, { ...DUCKDB_NAMES, BYTES: "VARCHAR" });
}

function typeText(field: Field, names: typeof DUCKDB_NAMES): string {
  const members = (field.fields ?? []).map((member) => `${quoted(member.name)} ${typeText(member, names)}`);
  const base = field.type === "RECORD" ? `STRUCT(${members.join(", ")})` : names[field.type];
  return modeOf(field) === "REPEATED" ? `${base}[]` : base;
}

/** A column as CREATE TABLE and ALTER TABLE take it; BigQuery stores an array that is not given as an empty one. */
export function columnDefinition(field: Field): string {
  const mode = modeOf(field);
  const suffix = mode === "REQUIRED" ? " NOT NULL" : mode === "REPEATED" ? " DEFAULT []" : "";
  return `${quoted(field.name)} ${duckdbType(field)}${suffix}`;
}

/** A result column as a field. @throws BigQueryError for types that no GoogleSQL query has */
export function fieldOf(name: string, type: DuckDBType): Field {
  if (type instanceof DuckDBListType) {
    const element = fieldOf(name, type.valueType);
    if (modeOf(element) === "REPEATED") throw unsupported(`An array of arrays (column ${name})`);
    return { ...element, mode: "REPEATED" };
  }
  if (type instanceof DuckDBStructType) {
    const fields = type.entryNames.map((entry, index) =>
      fieldOf(entry, type.entryTypes[index] as DuckDBType),
    );
    return { name, type: "RECORD", mode: "NULLABLE", fields };
  }
  return { name, type: scalarType(name, type), mode: "NULLABLE" };
}

function scalarType(name: string, type: DuckDBType): FieldType {
  if (type instanceof DuckDBDecimalType) {
    return type.scale === BIGNUMERIC_SCALE ? "BIGNUMERIC" : "NUMERIC";
  }
  if (type.typeId === DuckDBTypeId.VARCHAR && type.alias === "JSON") return "JSON";
  const known = SCALARS.get(type.typeId);
  if (known === undefined) throw unsupported(`A column of DuckDB's type ${type.toString()} (${name})`);
  return known;
}

const SCALARS: ReadonlyMap<DuckDBTypeId, FieldType> = new Map([
  [DuckDBTypeId.VARCHAR, "STRING"],
  [DuckDBTypeId.UUID, "STRING"],
  [DuckDBTypeId.ENUM, "STRING"],
  [DuckDBTypeId.TINYINT, "INTEGER"],
  [DuckDBTypeId.SMALLINT, "INTEGER"],
  [DuckDBTypeId.INTEGER, "INTEGER"],
  [DuckDBTypeId.BIGINT, "INTEGER"],
  [DuckDBTypeId.UTINYINT, "INTEGER"],
  [DuckDBTypeId.USMALLINT, "INTEGER"],
  [DuckDBTypeId.UINTEGER, "INTEGER"],
  [DuckDBTypeId.UBIGINT, "INTEGER"],
  [DuckDBTypeId.HUGEINT, "INTEGER"],
  // NULL without a type is an INT64 in GoogleSQL.
  [DuckDBTypeId.SQLNULL, "INTEGER"],
  [DuckDBTypeId.FLOAT, "FLOAT"],
  [DuckDBTypeId.DOUBLE, "FLOAT"],
  [DuckDBTypeId.BOOLEAN, "BOOLEAN"],
  [DuckDBTypeId.TIMESTAMP_TZ, "TIMESTAMP"],
  [DuckDBTypeId.TIMESTAMP, "DATETIME"],
  [DuckDBTypeId.DATE, "DATE"],
  [DuckDBTypeId.TIME, "TIME"],
  [DuckDBTypeId.BLOB, "BYTES"],
  [DuckDBTypeId.INTERVAL, "INTERVAL"],
]);
