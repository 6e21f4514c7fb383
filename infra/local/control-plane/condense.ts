/**
 * Writes `descriptions/*.json` from Google's Discovery documents (https://developers.google.com/discovery):
 * only the methods of `methods.ts`, and the schemas that they reach. The documents come with Google's Python client:
 *
 *   pip download google-api-python-client --no-deps
 *   unzip google_api_python_client-*.whl 'googleapiclient/discovery_cache/documents/*'
 *   node infra/local/control-plane/condense.ts googleapiclient/discovery_cache/documents
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ApiDescription, Fields, FieldType, MethodDescription, Scalar } from "./description.ts";
import { METHODS } from "./methods.ts";

/** The parts of Discovery's JSON Schema that are read here (https://developers.google.com/discovery/v1/type-format). */
interface Schema {
  readonly type?: string;
  readonly format?: string;
  readonly $ref?: string;
  readonly enum?: readonly string[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema;
  readonly pattern?: string;
  readonly location?: "path" | "query";
  readonly repeated?: boolean;
}

interface Method {
  readonly id: string;
  readonly httpMethod: string;
  readonly path: string;
  readonly parameters?: Readonly<Record<string, Schema>>;
  readonly request?: { readonly $ref: string };
  readonly response?: { readonly $ref: string };
}

interface Methods {
  readonly methods?: Readonly<Record<string, Method>>;
  readonly resources?: Readonly<Record<string, Methods>>;
}

interface Document extends Methods {
  readonly id: string;
  readonly revision: string;
  readonly title: string;
  readonly rootUrl: string;
  readonly servicePath: string;
  readonly parameters: Readonly<Record<string, Schema>>;
  readonly schemas: Readonly<Record<string, Schema>>;
}

const FORMATS: Readonly<Record<string, Scalar>> = {
  byte: "bytes",
  date: "date",
  "date-time": "time",
  double: "double",
  float: "double",
  "google-datetime": "time",
  "google-duration": "duration",
  "google-fieldmask": "mask",
  int32: "int32",
  int64: "int64",
  uint32: "uint32",
  uint64: "uint64",
};

function typeOf({ repeated, ...schema }: Schema): FieldType {
  if (repeated) return { array: typeOf(schema) };
  if (schema.$ref !== undefined) return { ref: schema.$ref };
  if (schema.enum !== undefined) return { enum: schema.enum };
  if (schema.items !== undefined) return { array: typeOf(schema.items) };
  if (schema.properties !== undefined) return { fields: fieldsOf(schema.properties) };
  if (schema.additionalProperties !== undefined) return { map: typeOf(schema.additionalProperties) };
  return FORMATS[schema.format ?? ""] ?? plainTypeOf(schema);
}

/** Types that need no format. */
const PLAIN: Readonly<Record<string, FieldType>> = {
  any: "any",
  boolean: "boolean",
  integer: "int32",
  number: "double",
  object: { fields: {} },
  string: "string",
};

function plainTypeOf({ type, format }: Schema): FieldType {
  const plain = PLAIN[type ?? ""];
  if (plain === undefined) throw new Error(`unknown type ${String(type)} with format ${String(format)}`);
  return plain;
}

function fieldsOf(schemas: Readonly<Record<string, Schema>>): Fields {
  return Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, typeOf(schema)]));
}

function* allMethods({ methods = {}, resources = {} }: Methods): Generator<Method> {
  yield* Object.values(methods);
  for (const resource of Object.values(resources)) yield* allMethods(resource);
}

function describeMethod(method: Method, document: Document): MethodDescription {
  const parameters = Object.entries(method.parameters ?? {});
  const inPath = parameters.filter(([, { location }]) => location === "path");
  const inQuery = parameters.filter(([, { location }]) => location !== "path");
  return {
    verb: method.httpMethod,
    path: `${document.servicePath}${method.path}`,
    patterns: Object.fromEntries(inPath.map(([name, { pattern }]) => [name, pattern ?? "^[^/]+$"])),
    query: fieldsOf(Object.fromEntries(inQuery)),
    ...(method.request === undefined ? {} : { request: method.request.$ref }),
    ...(method.response === undefined ? {} : { response: method.response.$ref }),
  };
}

function refsOf(type: FieldType): readonly string[] {
  if (typeof type === "string" || "enum" in type) return [];
  if ("ref" in type) return [type.ref];
  if ("array" in type) return refsOf(type.array);
  if ("map" in type) return refsOf(type.map);
  return Object.values(type.fields).flatMap(refsOf);
}

function reachable(names: readonly string[], document: Document): ApiDescription["schemas"] {
  const found = new Map<string, FieldType>();
  const waiting = [...names];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    const schema = document.schemas[name];
    if (schema === undefined) throw new Error(`${document.id} has no schema ${name}`);
    if (found.has(name)) continue;
    const type = typeOf(schema);
    found.set(name, type);
    waiting.push(...refsOf(type));
  }
  return Object.fromEntries([...found].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function condense(document: Document, ids: readonly string[]): ApiDescription {
  const byId = new Map([...allMethods(document)].map((method) => [method.id, method]));
  const methods = ids.map((id) => {
    const method = byId.get(id);
    if (method === undefined) throw new Error(`${document.id} has no method ${id}`);
    return [id, describeMethod(method, document)] as const;
  });
  const roots = methods.flatMap(([, { request = [], response = [] }]) => [request, response].flat());
  return {
    id: document.id,
    revision: document.revision,
    title: document.title,
    host: new URL(document.rootUrl).host,
    query: fieldsOf(document.parameters),
    methods: Object.fromEntries(methods),
    schemas: reachable(roots, document),
  };
}

/** One line for each method and schema: small, and a diff shows what Google changed. */
function textOf({ methods, schemas, ...head }: ApiDescription): string {
  const lines = (entries: object) =>
    Object.entries(entries)
      .map(([name, value]) => `  ${JSON.stringify(name)}: ${JSON.stringify(value)}`)
      .join(",\n");
  const members = Object.entries(head).map(([name, value]) => `"${name}": ${JSON.stringify(value)},`);
  return `{\n${members.join("\n")}\n"methods": {\n${lines(methods)}\n},\n"schemas": {\n${lines(schemas)}\n}\n}\n`;
}

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error("name the folder of the Discovery documents");
for (const [api, ids] of Object.entries(METHODS)) {
  const document = JSON.parse(readFileSync(join(folder, `${api}.json`), "utf8")) as Document;
  writeFileSync(join(import.meta.dirname, "descriptions", `${api}.json`), textOf(condense(document, ids)));
}
