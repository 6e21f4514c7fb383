/** Query parameters: from their JSON to values that DuckDB binds. */
import type { DuckDBType, DuckDBValue } from "@duckdb/node-api";
import { type Session, type Types, type Values } from "../database.ts";
import { BigQueryError } from "../errors.ts";
import { Misfit } from "../load/misfit.ts";
import { parseExact } from "../load/parse-line.ts";
import { compileRow } from "../load/row.ts";
import { duckdbType, jsonType } from "../schema/duckdb-types.ts";
import { checkFields, type Field, sqlTypeOf } from "../schema/fields.ts";

/** https://cloud.google.com/bigquery/docs/reference/rest/v2/QueryParameter */
export interface QueryParameter {
  readonly name?: string;
  readonly parameterType: ParameterType;
  readonly parameterValue?: ParameterValue;
}

interface ParameterType {
  readonly type: string;
  readonly arrayType?: ParameterType;
  readonly structTypes?: readonly { readonly name?: string; readonly type: ParameterType }[];
}

interface ParameterValue {
  readonly value?: string | null;
  readonly arrayValues?: readonly ParameterValue[];
  readonly structValues?: Readonly<Record<string, ParameterValue>>;
}

export interface Declared {
  readonly name?: string;
  /** GoogleSQL's type, for example `ARRAY<INT64>`. */
  readonly type: string;
}

/** @throws BigQueryError `invalid` for types that there are not */
export function declare(parameters: readonly QueryParameter[]): readonly Declared[] {
  return parameters.map((parameter, index) => {
    const type = sqlTypeOf(fieldOf(parameter, index));
    return parameter.name ? { name: parameter.name, type } : { type };
  });
}

/**
 * Parameters are checked as the values of a row are, and cast by DuckDB from that row's JSON.
 * @param used the names that the statement binds: `name`, or `p1`, `p2` … for positional ones
 */
export async function bind(
  session: Session,
  parameters: readonly QueryParameter[],
  used: readonly string[],
): Promise<{ values: Values; types: Types }> {
  const values: Record<string, DuckDBValue> = {};
  const types: Record<string, DuckDBType> = {};
  for (const name of used) {
    const index = parameters.findIndex((each, at) => (each.name || `p${at + 1}`) === name);
    const parameter = parameters[index];
    if (parameter === undefined) throw invalidQuery(`Query parameter '${name}' not found`);
    const field = { ...fieldOf(parameter, index), name: "value" };
    const row = encode(field, plainValue(parameter.parameterType, parameter.parameterValue), name);
    const result = await session.connection.runAndReadAll(
      `SELECT CAST((CAST(CAST($row AS JSON) AS STRUCT(value ${jsonType(field)}))).value AS ${duckdbType(field)})`,
      { row },
    );
    values[name] = result.getRows()[0]?.[0] ?? null;
    types[name] = result.columnType(0);
  }
  return { values, types };
}

function encode(field: Field, value: unknown, name: string): string {
  try {
    return compileRow([field], { ignoreUnknownValues: false })({ value });
  } catch (error) {
    if (!(error instanceof Misfit)) throw error;
    throw invalidQuery(`Query parameter '${name}': ${error.message}`);
  }
}

function fieldOf(parameter: QueryParameter, index: number): Field {
  const name = parameter.name || `p${index + 1}`;
  const [field] = checkFields([fieldJson(name, parameter.parameterType)]);
  return field as Field;
}

function fieldJson(name: string, type: ParameterType): object {
  if (type.type === "ARRAY" && type.arrayType)
    return { ...fieldJson(name, type.arrayType), mode: "REPEATED" };
  const fields = (type.structTypes ?? []).map((member, index) =>
    fieldJson(member.name || `_field_${index + 1}`, member.type),
  );
  return { name, type: type.type, ...(fields.length === 0 ? {} : { fields }) };
}

function plainValue(type: ParameterType, given: ParameterValue | undefined): unknown {
  if (given === undefined) return null;
  if (type.type === "ARRAY" && type.arrayType) {
    const element = type.arrayType;
    return given.arrayValues?.map((value) => plainValue(element, value)) ?? null;
  }
  if (type.type === "STRUCT" || type.type === "RECORD") {
    const members = (type.structTypes ?? []).map((member, index) => {
      const name = member.name || `_field_${index + 1}`;
      return [name, plainValue(member.type, given.structValues?.[name])];
    });
    return Object.fromEntries(members) as unknown;
  }
  const value = given.value ?? null;
  if (value === null) return null;
  if (type.type === "JSON") return jsonValue(value);
  return TIMES.has(type.type) ? value.replace(NANOSECONDS, "$1") : value;
}

/** The Node client writes nine digits of a fraction, of which the last three are zero. */
const TIMES: ReadonlySet<string> = new Set(["TIMESTAMP", "DATETIME", "TIME"]);
const NANOSECONDS = /(\.\d{6})000(?!\d)/;

function jsonValue(text: string): unknown {
  try {
    return parseExact(text);
  } catch {
    throw invalidQuery(`A query parameter of type JSON has the value ${text.slice(0, 100)}`);
  }
}

function invalidQuery(message: string): BigQueryError {
  return new BigQueryError("invalidQuery", message, "query");
}
