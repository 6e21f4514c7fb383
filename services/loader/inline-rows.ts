/**
 * The rows of a small plan as a parameter of its MERGE, which then needs no load job and no staging table: BigQuery starts one
 * job in place of two, and an event waits for one. GoogleSQL reads the rows by their places: each is a JSON array with a value
 * for each column, which is half as long as the row that the batcher wrote. PARSE_JSON takes only numbers that it can keep, which
 * is what the batcher writes into a JSON column (`isCleanJson`).
 *
 * Whatever is unusual about a row is left to a load job, whose reader is the one that decides what fits a table.
 */
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import type { Store } from "#services/shared/ports.ts";
import { isNumber, isObject, type Json } from "#services/shared/row/json.ts";
import { parseJson } from "#services/shared/row/parse-json.ts";
import type { Column } from "#services/shared/schema/column.ts";
import type { Plan } from "./plan.ts";

/** The name of the statement's parameter. */
export const ROWS = "rows";

/**
 * BigQuery takes 10 MB as a request, parameters included (https://cloud.google.com/bigquery/quotas#query_jobs). The rest is for
 * the statement, which has some 20 KB.
 */
const REQUEST_MAX_BYTES = 9_500_000;
/** Rows are compressed seven times and better; an object that is larger cannot fit. */
const COMPRESSED_MAX_BYTES = 4 * 1024 * 1024;

/** They are read one after the other, so that the loader holds one at a time. */
export const INLINE_OBJECTS_MAX = 40;

const NEWLINE = 0x0a;
const unzip = promisify(gunzip);

/** @returns the parameter, `undefined` when a load job must do it: too many bytes, or a row that is not as usual */
export async function inlineRows(
  { objects }: Pick<Plan, "objects">,
  columns: readonly Column[],
  store: Pick<Store, "read">,
): Promise<string | undefined> {
  if (!mayBeInline(objects)) return undefined;
  const encode = encoderOf(columns);
  const parts: string[] = [];
  let requestBytes = 0;
  for (const { object, rows } of objects) {
    const found = await store.read(object);
    if (found === undefined) return undefined;
    let encoded: readonly string[];
    try {
      encoded = linesOf(await unzip(found.bytes)).map((line) => encode(parseJson(line).value));
    } catch (error) {
      if (error instanceof Unusual || error instanceof SyntaxError || isZlibError(error)) return undefined;
      throw error;
    }
    if (encoded.length !== rows) return undefined;
    for (const row of encoded) requestBytes += escapedLength(row);
    if (requestBytes > REQUEST_MAX_BYTES) return undefined;
    parts.push(...encoded);
  }
  return parts.join("\n");
}

/** By their number and sizes alone. */
function mayBeInline(objects: Plan["objects"]): boolean {
  return (
    objects.length <= INLINE_OBJECTS_MAX &&
    objects.reduce((sum, { bytes }) => sum + bytes, 0) <= COMPRESSED_MAX_BYTES
  );
}

function linesOf(bytes: Buffer): readonly string[] {
  const lines: string[] = [];
  let from = 0;
  for (let at = bytes.indexOf(NEWLINE); at !== -1; at = bytes.indexOf(NEWLINE, from)) {
    lines.push(bytes.toString("utf8", from, at));
    from = at + 1;
  }
  if (from < bytes.length) lines.push(bytes.toString("utf8", from));
  return lines;
}

/** https://nodejs.org/api/zlib.html#zlib-constants */
const isZlibError = (error: unknown) =>
  /^Z_(DATA|BUF)_ERROR$/.test(String((error as { code?: unknown }).code));

/** As part of a JSON string, with the line's end. */
function escapedLength(row: string): number {
  return Buffer.byteLength(JSON.stringify(row));
}

/** A value that the statement may read otherwise than a load job does. */
class Unusual extends Error {}

type Encode = (value: Json) => string;

function encoderOf(columns: readonly Column[]): Encode {
  const fields = columns.map((column) => [column.name, valueEncoder(column)] as const);
  const names = new Set(columns.map(({ name }) => name));
  return (value) => {
    if (!isObject(value) || Object.keys(value).some((name) => !names.has(name))) throw new Unusual();
    const texts = fields.map(([name, encode]) => encode(value[name] ?? null));
    while (texts.at(-1) === "null") texts.pop();
    return `[${texts.join(",")}]`;
  };
}

function valueEncoder(column: Column): Encode {
  const one = scalarEncoder(column);
  if (column.mode !== "REPEATED") return (value) => (value === null ? "null" : one(value));
  return (value) => {
    if (value === null) return "null";
    if (!Array.isArray(value) || value.includes(null)) throw new Unusual();
    return `[${(value as readonly Json[]).map(one).join(",")}]`;
  };
}

function scalarEncoder({ type, fields }: Column): Encode {
  if (type === "RECORD") return encoderOf(fields ?? []);
  // In an array of its own: a JSON null is not the NULL of a column without a value.
  if (type === "JSON") return (value) => `[${JSON.stringify(value)}]`;
  const fits = (value: Json) => {
    if (type === "BOOLEAN") return typeof value === "boolean";
    if (type === "FLOAT") return isNumber(value);
    return typeof value === "string" || (type === "INTEGER" && isNumber(value));
  };
  return (value) => {
    if (!fits(value)) throw new Unusual();
    return JSON.stringify(value);
  };
}

/** The rows of the parameter as the columns of a SELECT. */
export function inlineSource(columns: readonly Column[]): string {
  const fields = fieldsOf(columns, { json: "line", path: "$", depth: 0 });
  return `SELECT ${fields} FROM (SELECT PARSE_JSON(text) AS line FROM UNNEST(SPLIT(@${ROWS}, '\\n')) AS text)`;
}

const SQL_TYPES: Partial<Record<Column["type"], string>> = {
  INTEGER: "INT64",
  FLOAT: "FLOAT64",
  BOOLEAN: "BOOL",
};

/** Where a statement finds an array of values. */
interface Place {
  /** An expression of the type JSON. */
  readonly json: string;
  readonly path: string;
  /** How many arrays of records it is in. */
  readonly depth: number;
}

function fieldsOf(fields: readonly Column[], at: Place): string {
  return fields
    .map((field, index) => `${valueOf(field, { ...at, path: `${at.path}[${index}]` })} AS \`${field.name}\``)
    .join(", ");
}

function valueOf({ type, mode, fields = [] }: Column, place: Place): string {
  const at = `${place.json}, '${place.path}'`;
  if (mode !== "REPEATED") {
    if (type !== "RECORD") return scalarOf(type, at);
    return `IF(JSON_TYPE(JSON_QUERY(${at})) = 'array', STRUCT(${fieldsOf(fields, place)}), NULL)`;
  }
  if (type === "STRING") return `JSON_VALUE_ARRAY(${at})`;
  const depth = place.depth + 1;
  const [item, index] = [`item${depth}`, `index${depth}`];
  const inner =
    type === "RECORD"
      ? `AS STRUCT ${fieldsOf(fields, { json: item, path: "$", depth })}`
      : scalarOf(type, `${item}, '$'`);
  return `ARRAY(SELECT ${inner} FROM UNNEST(JSON_QUERY_ARRAY(${at})) AS ${item} WITH OFFSET AS ${index} ORDER BY ${index})`;
}

function scalarOf(type: Column["type"], at: string): string {
  if (type === "JSON") return `JSON_QUERY(${at.replace(/'$/, "[0]'")})`;
  const text = `JSON_VALUE(${at})`;
  if (type === "STRING") return text;
  if (type === "BYTES") return `FROM_BASE64(${text})`;
  return `CAST(${text} AS ${SQL_TYPES[type] ?? type})`;
}
