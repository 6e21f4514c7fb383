/** Terraform's JSON against a provider's schema: what `terraform validate` would say, without the provider. */
import { readFileSync } from "node:fs";

/** Terraform's type constraints as JSON: `"string"`, `["list", "string"]`, `["object", {…}]`. */
type Type = string | readonly [string, unknown];

export interface Block {
  readonly attributes: Readonly<
    Record<string, readonly [use: "required" | "optional" | "computed", type: Type]>
  >;
  readonly blocks?: Readonly<Record<string, NestedBlock>>;
}

interface NestedBlock extends Block {
  readonly nesting: string;
  readonly min: number;
  readonly max?: number;
}

export interface ProviderSchema {
  readonly resources: Readonly<Record<string, Block>>;
  readonly data: Readonly<Record<string, Block>>;
}

export const VERSIONS = ["6.50.0", "7.45.0"] as const;

export function readSchema(version: string): ProviderSchema {
  const file = `infra/gcp/module/provider-schema/google-${version}.json`;
  return JSON.parse(readFileSync(file, "utf8")) as ProviderSchema;
}

type Json = Readonly<Record<string, unknown>>;

/** https://developer.hashicorp.com/terraform/language/meta-arguments */
const META = new Set(["//", "count", "depends_on", "for_each", "lifecycle", "provider"]);

/** @returns one line per problem, each with the path of its field */
export function problemsOf(address: string, body: unknown, block: Block): readonly string[] {
  if (!isObject(body)) return [`${address}: is not an object`];
  const given = withDynamicBlocks(body);
  const { attributes, blocks = {} } = block;
  const problems: string[] = [];
  for (const [name, value] of Object.entries(given)) {
    if (META.has(name)) continue;
    const path = `${address}.${name}`;
    const attribute = attributes[name];
    const inner = blocks[name];
    if (attribute !== undefined) problems.push(...attributeProblems(path, value, attribute));
    else if (inner !== undefined) problems.push(...blockProblems(path, value, inner));
    else problems.push(`${path}: there is no such field`);
  }
  for (const [name, [use]] of Object.entries(attributes))
    if (use === "required" && isMissing(given[name])) problems.push(`${address}.${name}: is missing`);
  for (const [name, { min }] of Object.entries(blocks))
    if (min > 0 && given[name] === undefined) problems.push(`${address}.${name}: is missing`);
  return problems;
}

function attributeProblems(
  path: string,
  value: unknown,
  [use, type]: Block["attributes"][string],
): readonly string[] {
  if (use === "computed") return [`${path}: only the provider sets it`];
  return isOfType(value, type)
    ? []
    : [`${path}: takes ${JSON.stringify(type)}, not ${JSON.stringify(value)}`];
}

function blockProblems(path: string, value: unknown, block: NestedBlock): readonly string[] {
  if (isExpression(value)) return [`${path}: is a block, and an expression cannot be one`];
  const all = Array.isArray(value) ? value : [value];
  const count = Array.isArray(value) ? value.length : 1;
  const { min, max = Number.POSITIVE_INFINITY } = block;
  const inner = all.flatMap((one, index) => problemsOf(`${path}.${index}`, one, block));
  // A dynamic block has as many as its collection.
  if (all.some((one) => isObject(one) && DYNAMIC in one)) return inner;
  return count < min || count > max ? [`${path}: ${count} blocks, takes ${min} to ${max}`, ...inner] : inner;
}

const DYNAMIC = "for_each";

/** `dynamic "x" { content {…} }` as the block `x` that it makes (https://developer.hashicorp.com/terraform/language/expressions/dynamic-blocks). */
function withDynamicBlocks({ dynamic, ...body }: Json): Json {
  const made = Object.entries((dynamic ?? {}) as Json).map(([name, blocks]) => {
    const all = (Array.isArray(blocks) ? blocks : [blocks]) as Json[];
    return [name, all.map(({ for_each: each, content }) => ({ ...(content as Json), [DYNAMIC]: each }))];
  });
  return { ...body, ...(Object.fromEntries(made) as Json) };
}

function isOfType(value: unknown, type: Type): boolean {
  if (isExpression(value) || value === null) return true;
  if (typeof type === "string") return isPrimitive(value, type);
  const [kind, inner] = type;
  if (kind === "list" || kind === "set")
    return Array.isArray(value) && value.every((one) => isOfType(one, inner as Type));
  if (!isObject(value)) return false;
  if (kind === "map") return Object.values(value).every((one) => isOfType(one, inner as Type));
  const fields = inner as Readonly<Record<string, Type>>;
  return Object.entries(value).every(([name, one]) => {
    const field = fields[name];
    return field !== undefined && isOfType(one, field);
  });
}

/** Terraform makes text of a number (https://developer.hashicorp.com/terraform/language/expressions/types#type-conversion). */
function isPrimitive(value: unknown, type: string): boolean {
  if (type === "bool") return typeof value === "boolean";
  return typeof value === type || (type === "string" && typeof value === "number");
}

const isExpression = (value: unknown) => typeof value === "string" && value.includes("${");
const isMissing = (value: unknown) => value === undefined || value === null;

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
