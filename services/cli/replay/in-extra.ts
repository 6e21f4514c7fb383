/** Where in `extra` the value of a column waits that its table got later, as GoogleSQL. */
import type { Field } from "#services/shared/gcp/query.ts";
import { keyInExtra } from "#services/shared/row/extra.ts";
import { lowerCamelCase } from "#services/shared/schema/column.ts";

/** A column that holds one value or a list; those of records are reached through the records. */
export interface Leaf {
  /** Names from the table's column down. */
  readonly path: readonly string[];
  readonly field: Field;
}

const LISTS = new Set(["RECORD", "STRING", "JSON"]);

/** Every column that can be filled, in the table's own order. */
export function leavesOf(fields: readonly Field[], above: readonly string[] = []): readonly Leaf[] {
  return fields.flatMap((field) => {
    const path = [...above, field.name];
    const { type, mode, fields: inner = [] } = field;
    if (type === "RECORD" && mode !== "REPEATED") return leavesOf(inner, path);
    // A list of numbers or times could only be filled in part where one of them does not fit; a cast does not read base64.
    if (type === "BYTES" || (mode === "REPEATED" && !LISTS.has(type))) return [];
    return [{ path, field }];
  });
}

export function columnOf({ path }: Leaf): string {
  return path.map((name) => `\`${name}\``).join(".");
}

/** True for a row whose column is empty while `extra` has its value. */
export function waits(leaf: Leaf, otherNames: ReadonlyMap<string, string>): string {
  const [column, found] = [columnOf(leaf), valueInExtra(leaf, otherNames)];
  return leaf.field.mode === "REPEATED"
    ? `(IFNULL(ARRAY_LENGTH(${column}), 0) = 0 AND ARRAY_LENGTH(${found}) > 0)`
    : `(${column} IS NULL AND ${found} IS NOT NULL)`;
}

/**
 * The value of the column's name, in either spelling at each level; NULL when there is none that the column can hold.
 * @param otherNames columns of fields that are called otherwise, by the field's name
 */
export function valueInExtra({ path, field }: Leaf, otherNames: ReadonlyMap<string, string>): string {
  const [top = "", ...below] = path;
  const [otherName] = [...otherNames].find(([, column]) => column === top) ?? [];
  // A field called like a column of the envelope has a column of another name.
  let paths = [...spellings(top), ...(otherName === undefined ? [] : [otherName])]
    .map(keyInExtra)
    .map(member("$"));
  for (const name of below) paths = paths.flatMap((at) => spellings(name).map(member(at)));
  return firstOf(paths.map((at) => valueAt(field, "extra", at)));
}

const spellings = (name: string) => [...new Set([name, lowerCamelCase(name)])];
/** Quoted: `aws-arn` is no name in a JSONPath. */
const member = (at: string) => (name: string) => `${at}."${name}"`;
const firstOf = (values: readonly string[]) =>
  values.length === 1 ? (values[0] as string) : `COALESCE(${values.join(", ")})`;

const SQL_TYPES: Readonly<Record<string, string>> = { INTEGER: "INT64", FLOAT: "FLOAT64", BOOLEAN: "BOOL" };

function valueAt({ type, mode, fields = [] }: Field, json: string, path: string): string {
  const at = `${json}, '${path}'`;
  if (mode === "REPEATED" && type === "RECORD")
    return `ARRAY(SELECT AS STRUCT ${named(fields, "item", "$")} FROM UNNEST(JSON_QUERY_ARRAY(${at})) AS item)`;
  if (mode === "REPEATED") return `${type === "JSON" ? "JSON_QUERY_ARRAY" : "JSON_VALUE_ARRAY"}(${at})`;
  if (type === "RECORD") return `STRUCT(${named(fields, json, path)})`;
  if (type === "JSON") return `JSON_QUERY(${at})`;
  if (type === "STRING") return `JSON_VALUE(${at})`;
  return `SAFE_CAST(JSON_VALUE(${at}) AS ${SQL_TYPES[type] ?? type})`;
}

/** In the order of the table's fields: GoogleSQL assigns records by position. */
function named(fields: readonly Field[], json: string, path: string): string {
  const values = fields.map((field) => {
    const found = spellings(field.name).map((name) => valueAt(field, json, member(path)(name)));
    return `${firstOf(found)} AS \`${field.name}\``;
  });
  return values.join(", ");
}
