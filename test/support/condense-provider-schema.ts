/**
 * Writes what a check needs of a provider's schema: the types that the stack uses, without descriptions.
 *
 *     terraform providers schema -json | node test/support/condense-provider-schema.ts > infra/gcp/module/provider-schema/google-VERSION.json
 *
 * in a folder whose configuration requires that version of hashicorp/google alone
 * (https://developer.hashicorp.com/terraform/cli/commands/providers/schema).
 */
import { text } from "node:stream/consumers";
import type { Block, ProviderSchema } from "./provider-schema.ts";
import { RESOURCES } from "./provider-types.ts";

interface Attribute {
  readonly type: unknown;
  readonly required?: boolean;
  readonly optional?: boolean;
}

interface Described {
  readonly attributes?: Readonly<Record<string, Attribute>>;
  readonly block_types?: Readonly<Record<string, Nested>>;
}

interface Nested {
  readonly nesting_mode: string;
  readonly min_items?: number;
  readonly max_items?: number;
  readonly block: Described;
}

type Resources = Readonly<Record<string, { readonly block: Described } | undefined>>;

/** Terraform's own format (https://developer.hashicorp.com/terraform/cli/commands/providers/schema#format-summary). */
interface Schemas {
  readonly provider_schemas: Readonly<
    Record<string, { readonly resource_schemas: Resources; readonly data_source_schemas: Resources }>
  >;
}

function condense({ attributes = {}, block_types: blocks = {} }: Described): Block {
  const kept = Object.entries(attributes).map(([name, { type, required, optional }]) => {
    const use = required ? "required" : optional ? "optional" : "computed";
    return [name, [use, type]] as const;
  });
  const inner = Object.entries(blocks).map(([name, described]) => {
    const { nesting_mode: nesting, min_items: min = 0, max_items: max, block } = described;
    return [name, { nesting, min, ...(max === undefined ? {} : { max }), ...condense(block) }] as const;
  });
  return {
    attributes: Object.fromEntries(kept) as Block["attributes"],
    ...(inner.length === 0 ? {} : { blocks: Object.fromEntries(inner) }),
  };
}

function pick(all: Resources, types: readonly string[]): Record<string, Block> {
  return Object.fromEntries(
    types.map((type) => {
      const found = all[type];
      if (found === undefined) throw new Error(`the provider has no ${type}`);
      return [type, condense(found.block)];
    }),
  );
}

const { provider_schemas: providers } = JSON.parse(await text(process.stdin)) as Schemas;
const [[, provider] = []] = Object.entries(providers).filter(([name]) => name.endsWith("/hashicorp/google"));
if (provider === undefined) throw new Error("there is no schema of hashicorp/google");
const condensed: ProviderSchema = {
  resources: pick(provider.resource_schemas, RESOURCES.managed),
  data: pick(provider.data_source_schemas, RESOURCES.data),
};
// One line per type, so that a change of a version can be read.
const lines = (blocks: Readonly<Record<string, Block>>) =>
  Object.entries(blocks).map(([type, block]) => `    ${JSON.stringify(type)}: ${JSON.stringify(block)}`);
process.stdout.write(
  `{\n  "resources": {\n${lines(condensed.resources).join(",\n")}\n  },\n  "data": {\n${lines(condensed.data).join(",\n")}\n  }\n}\n`,
);
