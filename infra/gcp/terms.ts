/**
 * What becomes of a setting: the stack is written once and made twice. For `make deploy` settings are values, and a resource is
 * there or not; in the module of infra/terraform they are Terraform's variables, and each choice is an expression, a `count`, a
 * `for_each` or a dynamic block. This is the first of both; module/expressions.ts is the second.
 */
import type { TerraformDataSource, TerraformMetaArguments, TerraformResource } from "cdktf";

/** `count` or `for_each` of a resource; empty where a resource is made once per value. */
export type Meta = Pick<TerraformMetaArguments, "count" | "forEach">;

/** A nested block in Terraform's spelling. */
export type BlockContent = Readonly<Record<string, unknown>>;

/** A value of a setting or the expression of one, as Terraform's templates write it: `${var.prefix}`. */
export interface Terms {
  text(value: number): string;
  times(value: number, factor: number): number;
  /** The parts that are not empty, with a hyphen between. */
  joined(parts: readonly string[]): string;
  underscored(text: string): string;
  /** `ZOT_TOKENS` as `zot-tokens`. */
  kebab(variable: string): string;
  commas(values: readonly string[]): string;
  list(values: readonly string[]): string[];
  /** The later of two equal keys counts. */
  merged(...maps: readonly Readonly<Record<string, string>>[]): Record<string, string>;
  /** An attribute that is left out where the setting is not there. */
  given<K extends string, V>(name: K, value: V | null | undefined): { readonly [P in K]?: V };

  isGiven(value: unknown): boolean;
  isAny(values: readonly string[]): boolean;
  is(value: string, other: string): boolean;
  not(condition: boolean): boolean;
  either<T>(condition: boolean, then: T, otherwise: T): T;

  /** A part that is there on a condition only. */
  made<T>(condition: boolean, make: (meta: Meta) => T): readonly T[];
  /** @param base name of the resource where one stands for all; else `base-item` */
  each<T>(
    items: readonly string[],
    base: string,
    make: (item: string, id: string, meta: Meta) => T,
  ): readonly T[];
  /** An attribute of a resource of `made`, or of the one of `each` that belongs to the item. */
  attribute(of: TerraformResource | TerraformDataSource, name: string, item?: string): string;
  /** Blocks inside of a block, one for each item. */
  repeated(
    name: string,
    items: readonly string[],
    content: (item: string) => BlockContent,
  ): Readonly<Record<string, unknown>>;
  block(of: TerraformResource, path: string, condition: boolean, content: BlockContent): void;
  blocks(
    of: TerraformResource,
    path: string,
    all: readonly { readonly when: boolean; readonly content: BlockContent }[],
  ): void;
  /** `env` of the only container: variables in the order of their names, then secrets. */
  environment(
    service: TerraformResource,
    variables: Readonly<Record<string, string>>,
    secrets: { readonly names: readonly string[]; readonly idOf: (name: string) => string },
  ): void;
}

export const CONTAINER = "template.containers.0";

export const values: Terms = {
  text: String,
  times: (value, factor) => value * factor,
  joined: (parts) => parts.filter(Boolean).join("-"),
  underscored: (text) => text.replaceAll("-", "_"),
  kebab: (variable) => variable.toLowerCase().replaceAll("_", "-"),
  commas: (all) => all.join(","),
  list: (all) => [...all],
  merged: (...maps) => Object.assign({}, ...maps) as Record<string, string>,
  given: (name, value) => (value === undefined || value === null ? {} : ({ [name]: value } as never)),

  isGiven: (value) => value !== undefined && value !== null,
  isAny: (all) => all.length > 0,
  is: (value, other) => value === other,
  not: (condition) => !condition,
  either: (condition, then, otherwise) => (condition ? then : otherwise),

  made: (condition, make) => (condition ? [make({})] : []),
  each: (items, base, make) => [...new Set(items)].map((item) => make(item, `${base}-${item}`, {})),
  attribute: (of, name) => of.getStringAttribute(name),
  repeated: (name, items, content) => ({ [name]: [...new Set(items)].map(content) }),
  block(of, path, condition, content) {
    if (condition) of.addOverride(path, content);
  },
  blocks(of, path, all) {
    const made = all.filter(({ when }) => when).map(({ content }) => content);
    if (made.length > 0) of.addOverride(path, made);
  },
  environment(service, variables, { names, idOf }) {
    const plain = Object.entries(variables)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => ({ name, value }));
    const secret = names.map((name) => ({ name, value_source: secretSource(idOf(name)) }));
    service.addOverride(`${CONTAINER}.env`, [...plain, ...secret]);
  },
};

export function secretSource(id: string): BlockContent {
  return { secret_key_ref: { secret: id, version: "latest" } };
}
