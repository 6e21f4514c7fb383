/** TableFieldSchema: what a column may be, checked and in the spelling that the API answers with. */
import { invalid, unsupported } from "../errors.ts";

export type FieldMode = "NULLABLE" | "REQUIRED" | "REPEATED";

/** https://cloud.google.com/bigquery/docs/reference/rest/v2/tables#TableFieldSchema */
export interface Field {
  readonly name: string;
  readonly type: FieldType;
  readonly mode?: FieldMode;
  readonly description?: string;
  readonly fields?: readonly Field[];
}

/** GoogleSQL's names stand for the API's older ones, which are those that it answers with. */
const TYPE_NAMES = {
  STRING: "STRING",
  BYTES: "BYTES",
  INTEGER: "INTEGER",
  INT64: "INTEGER",
  FLOAT: "FLOAT",
  FLOAT64: "FLOAT",
  BOOLEAN: "BOOLEAN",
  BOOL: "BOOLEAN",
  TIMESTAMP: "TIMESTAMP",
  DATE: "DATE",
  TIME: "TIME",
  DATETIME: "DATETIME",
  NUMERIC: "NUMERIC",
  DECIMAL: "NUMERIC",
  BIGNUMERIC: "BIGNUMERIC",
  BIGDECIMAL: "BIGNUMERIC",
  JSON: "JSON",
  INTERVAL: "INTERVAL",
  RECORD: "RECORD",
  STRUCT: "RECORD",
} as const;

export type FieldType = (typeof TYPE_NAMES)[keyof typeof TYPE_NAMES];

const MODES: readonly string[] = ["NULLABLE", "REQUIRED", "REPEATED"];

/** Levels of RECORD in a column (https://cloud.google.com/bigquery/quotas#standard_tables). */
const NESTING_MAX = 15;
const NAME_MAX = 300;

/** Characters that flexible column names exclude (https://cloud.google.com/bigquery/docs/schemas#flexible-column-names). */
const FORBIDDEN = /[!"$()*,./;?@[\\\]^`{}~\p{Cc}]/u;
const RESERVED =
  /^(_TABLE_|_FILE_|_PARTITION|_ROW_TIMESTAMP|__ROOT__|_COLIDENTIFIER|_CHANGE_SEQUENCE_NUMBER|_CHANGE_TYPE|_CHANGE_TIMESTAMP)/i;

/** Properties that would change what a column takes and that nothing here enforces. */
const UNENFORCED = ["maxLength", "precision", "scale", "defaultValueExpression", "timestampPrecision"];

/** @throws BigQueryError `invalid` with the path of the field at fault */
export function checkFields(given: unknown, path = "", depth = 0): readonly Field[] {
  if (!Array.isArray(given)) throw invalid(`The fields of ${path || "the schema"} must be a list`);
  if (depth > NESTING_MAX) throw invalid(`Too many nested levels: ${path} is deeper than ${NESTING_MAX}`);
  const seen = new Set<string>();
  return given.map((each: unknown) => {
    const field = checkField(each as Record<string, unknown>, path, depth);
    const key = field.name.toLowerCase();
    if (seen.has(key))
      throw invalid(`Duplicate field name: ${path}${field.name}. Names are case-insensitive`);
    seen.add(key);
    return field;
  });
}

function checkField(given: Record<string, unknown>, prefix: string, depth: number): Field {
  const name = given["name"];
  if (typeof name !== "string" || name === "")
    throw invalid(`A field in ${prefix || "the schema"} has no name`);
  const path = `${prefix}${name}`;
  if (name.length > NAME_MAX || FORBIDDEN.test(name) || RESERVED.test(name)) {
    throw invalid(
      `Invalid field name "${name}". Fields must contain the allowed characters, and be at most ${NAME_MAX} characters long`,
    );
  }
  const type = TYPE_NAMES[String(given["type"]).toUpperCase() as keyof typeof TYPE_NAMES];
  if (type === undefined) {
    const known = ["GEOGRAPHY", "RANGE", "FOREIGN"].includes(String(given["type"]).toUpperCase());
    throw known
      ? unsupported(`The type ${String(given["type"])} of field ${path}`)
      : invalid(`Invalid value for type: ${String(given["type"])} is not a valid value (field ${path})`);
  }
  const givenMode = given["mode"] ?? undefined;
  const mode = typeof givenMode === "string" ? givenMode.toUpperCase() : givenMode;
  if (mode !== undefined && !(MODES as readonly unknown[]).includes(mode)) {
    throw invalid(`Invalid value for mode: ${JSON.stringify(mode)} is not a valid value (field ${path})`);
  }
  for (const property of UNENFORCED) {
    if (given[property] != null) throw unsupported(`${property} of field ${path}`);
  }
  const { name: _name, type: _type, mode: _mode, fields: nested, ...others } = given;
  const fields = type === "RECORD" ? checkFields(nested ?? [], `${path}.`, depth + 1) : undefined;
  if (fields?.length === 0) throw invalid(`Field ${path} is type RECORD but has no schema`);
  return {
    name,
    type,
    ...(mode === undefined ? {} : { mode: mode as FieldMode }),
    ...others,
    ...(fields === undefined ? {} : { fields }),
  };
}

export function modeOf(field: Field): FieldMode {
  return field.mode ?? "NULLABLE";
}

const SQL_NAMES: Partial<Record<FieldType, string>> = { INTEGER: "INT64", FLOAT: "FLOAT64", BOOLEAN: "BOOL" };

/** The type as INFORMATION_SCHEMA.COLUMNS shows it, for example `ARRAY<STRUCT<a INT64, b STRING>>`. */
export function sqlTypeOf(field: Field): string {
  const members = (field.fields ?? []).map((member) => `${sqlName(member.name)} ${sqlTypeOf(member)}`);
  const base =
    field.type === "RECORD" ? `STRUCT<${members.join(", ")}>` : (SQL_NAMES[field.type] ?? field.type);
  return modeOf(field) === "REPEATED" ? `ARRAY<${base}>` : base;
}

function sqlName(name: string): string {
  return /^[A-Za-z_]\w*$/.test(name) ? name : `\`${name}\``;
}
