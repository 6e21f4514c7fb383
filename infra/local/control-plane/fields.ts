/** What happens to fields between a request and the stored resource: zero values, masks. */
import type { ApiDescription, FieldType } from "./description.ts";
import { GoogleError } from "./google-error.ts";
import { at, camelCase, type Json, setAt } from "./json.ts";

type Schemas = ApiDescription["schemas"];

/** Fields that have a presence of their own (a wrapper, or proto3's `optional`), so that a zero is answered. */
const WITH_PRESENCE: Readonly<Record<string, readonly string[]>> = {
  // https://cloud.google.com/monitoring/api/ref_v3/rest/v3/projects.alertPolicies: a BoolValue.
  AlertPolicy: ["enabled"],
};

/**
 * Without the fields that JSON of proto3 leaves out: zero, false, empty texts and lists; messages stay, even if empty
 * (https://protobuf.dev/programming-guides/json/#presence-and-default-values).
 */
export function withoutZeros(resource: Json, schema: string, schemas: Schemas): Json {
  return stripped(resource, { ref: schema }, schemas) as Json;
}

function stripped(value: unknown, type: FieldType, schemas: Schemas): unknown {
  if (typeof type === "string" || "enum" in type) return value;
  if ("array" in type) {
    return Array.isArray(value) ? value.map((item) => stripped(item, type.array, schemas)) : value;
  }
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value);
  if ("map" in type) {
    return Object.fromEntries(entries.map(([key, item]) => [key, stripped(item, type.map, schemas)]));
  }
  const target = "ref" in type ? schemas[type.ref] : type;
  if (target === undefined || typeof target === "string" || !("fields" in target)) return value;
  const present = "ref" in type ? (WITH_PRESENCE[type.ref] ?? []) : [];
  const kept = entries.flatMap(([name, item]) => {
    const field = target.fields[name] ?? "any";
    return isZero(item, field) && !present.includes(name) ? [] : [[name, stripped(item, field, schemas)]];
  });
  return Object.fromEntries(kept);
}

function isZero(value: unknown, type: FieldType): boolean {
  if (value === 0 || value === false || value === "") return true;
  if (Array.isArray(value)) return value.length === 0;
  if (value === "0") return type === "int64" || type === "uint64";
  if (typeof type === "object" && "map" in type) return Object.keys(value as Json).length === 0;
  const isUnspecified = typeof value === "string" && value.endsWith("UNSPECIFIED");
  return isUnspecified && typeof type === "object" && "enum" in type && value === type.enum[0];
}

/**
 * Changes what the mask names, or all that is given if there is none.
 * @throws GoogleError for a name that the schema does not have
 */
export function patched(resource: Json, changes: Json, mask: string, schema: string, schemas: Schemas): Json {
  if (mask === "" || mask === "*") return { ...resource, ...changes };
  const next = structuredClone(resource);
  for (const path of mask.split(",").map(camelCase)) {
    if (!hasField({ ref: schema }, path.split("."), schemas)) {
      throw new GoogleError("INVALID_ARGUMENT", `Invalid field in the update mask: ${path}`);
    }
    setAt(next, path, at(changes, path));
  }
  return next;
}

function hasField(type: FieldType, names: readonly string[], schemas: Schemas): boolean {
  const [name, ...rest] = names;
  if (name === undefined) return true;
  if (typeof type === "string" || "enum" in type || "array" in type) return false;
  if ("ref" in type) return hasField(schemas[type.ref] ?? "any", names, schemas);
  if ("map" in type) return true;
  const field = type.fields[name];
  return field !== undefined && hasField(field, rest, schemas);
}
