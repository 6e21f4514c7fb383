/** Checks JSON against a description's types, as strictly as proto3's JSON mapping (https://protobuf.dev/programming-guides/json/). */
import type { ApiDescription, Fields, FieldType, Scalar } from "./description.ts";

/** A place where a value does not fit. */
export interface Violation {
  /** For example `subscription.push_config`; empty for the whole value. */
  readonly path: string;
  /** In the words of Google's parser. */
  readonly description: string;
}

type Schemas = ApiDescription["schemas"];

const INTEGER = /^-?\d+$/;

const isInteger = (value: unknown) =>
  (typeof value === "number" && Number.isInteger(value)) ||
  (typeof value === "string" && INTEGER.test(value));
const isText = (pattern: RegExp) => (value: unknown) => typeof value === "string" && pattern.test(value);

const SCALARS: Readonly<Record<Scalar, (value: unknown) => boolean>> = {
  any: () => true,
  boolean: (value) => typeof value === "boolean",
  bytes: isText(/^[A-Za-z0-9+/_-]*={0,2}$/),
  date: isText(/^\d{4}-\d{2}-\d{2}$/),
  double: (value) => typeof value === "number" || ["NaN", "Infinity", "-Infinity"].includes(String(value)),
  duration: isText(/^-?\d+(\.\d{1,9})?s$/),
  int32: isInteger,
  int64: isInteger,
  mask: isText(/^[\w.,*]*$/),
  string: (value) => typeof value === "string",
  time: isText(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/),
  uint32: isInteger,
  uint64: isInteger,
};

/** Every place of a value that does not fit its type; `null` counts as absent. */
export function violationsOf(
  value: unknown,
  type: FieldType,
  schemas: Schemas,
  path: string,
): readonly Violation[] {
  if (value === null || value === undefined) return [];
  if (typeof type === "string") return SCALARS[type](value) ? [] : [unfit(path, type, value)];
  if ("enum" in type) {
    // Discovery lists the names only; a number would be accepted as well, and no client of ours sends one.
    return typeof value === "string" && type.enum.includes(value) ? [] : [unfit(path, "enum", value)];
  }
  if ("ref" in type) return violationsOf(value, schemas[type.ref] ?? "any", schemas, path);
  if ("array" in type) {
    if (!Array.isArray(value)) return [unfit(path, "array", value)];
    return value.flatMap((item, index) => violationsOf(item, type.array, schemas, `${path}[${index}]`));
  }
  if (typeof value !== "object" || Array.isArray(value)) return [unfit(path, "object", value)];
  const entries = Object.entries(value);
  if ("map" in type) {
    return entries.flatMap(([key, item]) => violationsOf(item, type.map, schemas, `${path}["${key}"]`));
  }
  return entries.flatMap(([name, item]) => fieldViolations(name, item, type.fields, schemas, path));
}

function fieldViolations(
  name: string,
  value: unknown,
  fields: Fields,
  schemas: Schemas,
  path: string,
): readonly Violation[] {
  const type = fields[name];
  if (type !== undefined) return violationsOf(value, type, schemas, path === "" ? name : `${path}.${name}`);
  const where = path === "" ? "" : ` at '${path}'`;
  return [
    {
      path,
      description: `Invalid JSON payload received. Unknown name "${name}"${where}: Cannot find field.`,
    },
  ];
}

function unfit(path: string, type: string, value: unknown): Violation {
  return {
    path,
    description: `Invalid value at '${path}' (${type.toUpperCase()}), ${JSON.stringify(value)}`,
  };
}
