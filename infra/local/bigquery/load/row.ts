/** One row: a JSON object checked against the schema and written in its columns' order. */
import { type Field, modeOf } from "../schema/fields.ts";
import { cannotConvert, Misfit } from "./misfit.ts";
import { isRawJson } from "./raw-json.ts";
import { ENCODERS, type Encode } from "./values.ts";

export interface RowOptions {
  readonly ignoreUnknownValues: boolean;
}

/** @returns the row as one line of JSON without its line end. @throws Misfit */
export type EncodeRow = (row: object) => string;

export function compileRow(fields: readonly Field[], options: RowOptions): EncodeRow {
  const encode = compileRecord(fields, options);
  return (row) => encode(row as Record<string, unknown>, "");
}

type EncodeRecord = (record: Record<string, unknown>, prefix: string) => string;

/** Names are matched without regard to case (https://cloud.google.com/bigquery/docs/schemas#column_names). */
function compileRecord(fields: readonly Field[], options: RowOptions): EncodeRecord {
  const encoders = fields.map((field) => compileField(field, options));
  const keys = fields.map((field, index) => `${index === 0 ? "" : ","}${JSON.stringify(field.name)}:`);
  const exact = new Map(fields.map((field, index) => [field.name, index]));
  const folded = new Map(fields.map((field, index) => [field.name.toLowerCase(), index]));
  return (record, prefix) => {
    const values: unknown[] = Array.from({ length: encoders.length });
    for (const key of Object.keys(record)) {
      const index = exact.get(key) ?? folded.get(key.toLowerCase());
      if (index === undefined) {
        if (options.ignoreUnknownValues) continue;
        throw new Misfit(`No such field: ${prefix}${key}.`);
      }
      if (values[index] !== undefined) {
        throw new Misfit(`Duplicate field: ${prefix}${key}. Field names are case-insensitive.`);
      }
      values[index] = record[key];
    }
    let text = "{";
    for (let index = 0; index < encoders.length; index++) {
      text += (keys[index] as string) + (encoders[index] as EncodeField)(values[index], prefix);
    }
    return `${text}}`;
  };
}

type EncodeField = (value: unknown, prefix: string) => string;

function compileField(field: Field, options: RowOptions): EncodeField {
  const mode = modeOf(field);
  const encode = compileValue(field, options);
  const { name } = field;
  if (mode === "REPEATED") {
    return (value, prefix) => {
      if (value == null) return "[]";
      const path = `${prefix}${name}`;
      if (!Array.isArray(value)) {
        throw new Misfit(
          `Repeated field must be imported as a JSON array. Field: ${path}; Value: ${JSON.stringify(value)}`,
        );
      }
      const elements = value.map((element: unknown) => {
        if (element === null) throw nullMisfit(path);
        return encode(element, path);
      });
      return `[${elements.join(",")}]`;
    };
  }
  const required = mode === "REQUIRED";
  return (value, prefix) => {
    if (value == null) {
      if (!required) return "null";
      const path = `${prefix}${name}`;
      throw value === null ? nullMisfit(path) : new Misfit(`Missing required field: ${path}.`);
    }
    return encode(value, `${prefix}${name}`);
  };
}

function nullMisfit(path: string): Misfit {
  return new Misfit(`Only optional fields can be set to NULL. Field: ${path}; Value: NULL`);
}

function compileValue(field: Field, options: RowOptions): Encode {
  if (field.type === "JSON") return ENCODERS.JSON;
  if (field.type !== "RECORD") {
    const encode = ENCODERS[field.type];
    return (value, path) => {
      if (typeof value === "object") refuseNested(value, path);
      return encode(value, path);
    };
  }
  const encode = compileRecord(field.fields ?? [], options);
  return (value, path) => {
    if (Array.isArray(value)) throw new Misfit(`Array specified for non-repeated field: ${path}.`);
    if (typeof value !== "object" || isRawJson(value)) throw cannotConvert("record", path, value);
    return encode(value as Record<string, unknown>, `${path}.`);
  };
}

function refuseNested(value: object | null, path: string): void {
  if (Array.isArray(value)) throw new Misfit(`Array specified for non-repeated field: ${path}.`);
  if (!isRawJson(value)) throw new Misfit(`JSON object specified for non-record field: ${path}.`);
}
