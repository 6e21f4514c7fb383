/** The module's variables, from the schema of `pullhouse.config.json`: types, defaults, descriptions and what is refused. */
import { z } from "zod";
import { OWN } from "../config.ts";
import { schema } from "../settings.ts";

/** JSON Schema as zod writes it, as far as the settings use it. */
interface Json {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly pattern?: string;
  readonly maxLength?: number;
  readonly says?: string;
  readonly forbidden?: readonly { readonly pattern: string; readonly says: string }[];
  readonly enum?: readonly string[];
  readonly const?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly anyOf?: readonly Json[];
  readonly items?: Json;
  readonly properties?: Readonly<Record<string, Json>>;
  readonly propertyNames?: Json;
  readonly additionalProperties?: Json | boolean;
}

export interface Variable {
  readonly name: string;
  readonly type: string;
  readonly description: string;
  /** HCL; absent where the variable must be set. */
  readonly default?: string;
  readonly validations: readonly Validation[];
}

interface Validation {
  readonly condition: string;
  readonly says: string;
}

/** Settings of `make deploy` that the module's caller decides elsewhere. */
const NOT_HERE = new Set(["$schema", "loadBalancer", "state"]);

/** Rules about more than one setting; each is one of config.ts, too (a test compares what both refuse). */
const TOGETHER: Readonly<Record<string, readonly Validation[]>> = {
  chainguard_groups: [
    {
      condition: 'length(var.chainguard_groups) > 0 || length(setsubtract(var.secrets, ["PRIVACY_KEY"])) > 0',
      says: "no sender may post: name chainguard_groups, or a sender's credentials in secrets",
    },
  ],
  encryption_key: [
    {
      condition:
        'var.encryption_key == null || alltrue([for place in [var.region, coalesce(var.dataset_location, var.region)] : place == try(split("/", var.encryption_key)[3], "")])',
      says: "region and dataset_location must be the location of encryption_key",
    },
  ],
  dataset: [
    {
      condition: 'var.dataset != null || !endswith(var.prefix, "-staging")',
      says: "the dataset of a prefix that ends in -staging would be that of another prefix's staging tables: name one in dataset",
    },
  ],
  retention: [
    {
      condition:
        "alltrue([for index, step in local_steps : index == 0 || step > local_steps[max(index - 1, 0)]])".replaceAll(
          "local_steps",
          "[for step in [var.retention.events.nearline_after_days, var.retention.events.coldline_after_days, var.retention.events.archive_after_days, var.retention.events.delete_after_days] : step if step != null]",
        ),
      says: "events: each step takes more days than the one before",
    },
  ],
  settings: [
    {
      condition: `length(setintersection(flatten([for service in values(var.settings) : keys(service)]), ${hcl([...OWN])})) == 0`,
      says: "has a variable that is set by the module itself",
    },
    {
      condition: `length(setintersection(flatten([for service in values(var.settings) : keys(service)]), ${hcl(secretsOf())})) == 0`,
      says: "has a secret, which belongs in Secret Manager: name it in secrets",
    },
  ],
};

function secretsOf(): readonly string[] {
  return propertiesOf()["secrets"]?.items?.enum ?? [];
}

function propertiesOf(): Readonly<Record<string, Json>> {
  return (z.toJSONSchema(schema, { io: "input" }) as Json).properties ?? {};
}

export function variablesOf(): readonly Variable[] {
  return Object.entries(propertiesOf()).flatMap(([name, json]) => {
    if (NOT_HERE.has(name)) return [];
    // The subscriptions at Chainguard would need its provider.
    const [setting, of] = name === "chainguard" ? ["chainguard_groups", groupsOf(json)] : [snake(name), json];
    return [variableOf(setting, of, isRequired(name))];
  });
}

const groupsOf = ({ properties }: Json): Json => properties?.["groups"] ?? {};
const isRequired = (name: string) => name === "project" || name === "region";

function variableOf(name: string, json: Json, required: boolean): Variable {
  const path = `var.${name}`;
  const isNullable = json.default === undefined && !required;
  const own = rulesOf(path, json).map(({ condition, says }) => ({
    // Both sides of || are evaluated, and null has no length.
    condition: isNullable ? `${path} == null ? true : ${condition}` : condition,
    says,
  }));
  return {
    name,
    type: typeOf(json),
    description: json.description ?? "",
    ...(required ? {} : { default: hcl(isNullable ? null : json.default) }),
    validations: [...own, ...(TOGETHER[name] ?? [])].map(({ condition, says }) => ({
      condition,
      says: `${name}: ${says}.`,
    })),
  };
}

/** https://developer.hashicorp.com/terraform/language/expressions/type-constraints */
function typeOf(json: Json): string {
  const { type, items, properties, additionalProperties: values, anyOf } = json;
  // Terraform makes text of a boolean, and would refuse any other text where it wants a boolean: text comes first.
  if (anyOf !== undefined) return typeOf(anyOf.find((one) => one.type !== "null") ?? {});
  if (type === "array") return `list(${typeOf(items ?? {})})`;
  if (properties !== undefined) {
    const fields = Object.entries(properties).map(
      ([name, field]) => `${snake(name)} = optional(${typeOf(field)}, ${hcl(field.default ?? null)})`,
    );
    return `object({ ${fields.join(", ")} })`;
  }
  if (type === "object") return `map(${typeOf(typeof values === "object" ? values : {})})`;
  if (type === "boolean") return "bool";
  return type === "integer" || type === "number" ? "number" : "string";
}

function rulesOf(path: string, json: Json): readonly Validation[] {
  const { type, items, properties, propertyNames, additionalProperties: values, anyOf, says = "" } = json;
  if (anyOf !== undefined) return anyOfRules(path, anyOf);
  if (type === "array") return [...minimumItems(path, json), ...inEach(path, "one", items ?? {})];
  if (properties !== undefined)
    return Object.entries(properties).flatMap(([name, field]) =>
      rulesOf(`${path}.${snake(name)}`, field).map((rule) => ({
        ...rule,
        says: `${snake(name)} ${rule.says}`,
      })),
    );
  if (type === "object")
    return [
      ...inEach(`keys(${path})`, "name", propertyNames ?? {}),
      ...inEach(`values(${path})`, "value", typeof values === "object" ? values : {}),
    ];
  return [
    ...(says === "" ? [] : patternRules(path, json)),
    ...enumRules(path, json),
    ...numberRules(path, json),
  ];
}

function patternRules(
  path: string,
  { pattern, maxLength: max, says = "", forbidden = [] }: Json,
): readonly Validation[] {
  const matches = (text: string) => `can(regex(${JSON.stringify(text)}, ${path}))`;
  return [
    ...(pattern === undefined ? [] : [{ condition: matches(pattern), says }]),
    ...(max === undefined
      ? []
      : [{ condition: `length(${path}) <= ${max}`, says: `takes up to ${max} characters` }]),
    ...forbidden.map((one) => ({ condition: `!${matches(one.pattern)}`, says: one.says })),
  ];
}

function enumRules(path: string, { enum: all }: Json): readonly Validation[] {
  if (all === undefined) return [];
  return [{ condition: `contains(${hcl(all)}, ${path})`, says: `takes ${all.join(", ")}` }];
}

function numberRules(path: string, { type, minimum: min, maximum: max, says }: Json): readonly Validation[] {
  if (min === undefined || max === undefined) return [];
  const whole = type === "integer" ? ` && floor(${path}) == ${path}` : "";
  return [
    {
      condition: `${path} >= ${min} && ${path} <= ${max}${whole}`,
      says: says ?? `takes ${min} to ${max}`,
    },
  ];
}

function anyOfRules(path: string, anyOf: readonly Json[]): readonly Validation[] {
  const isNullable = anyOf.some(({ type }) => type === "null");
  const exact = anyOf.filter((one) => one.const !== undefined).map((one) => `${path} == ${hcl(one.const)}`);
  const others = anyOf.filter((one) => one.type !== "null" && one.const === undefined);
  const unless = [...(isNullable ? [`${path} == null`] : []), ...exact];
  return others.flatMap((one) =>
    rulesOf(path, one).map(({ condition, says }) => ({
      condition: isNullable
        ? `${path} == null ? true : ${condition}`
        : [...unless, `(${condition})`].join(" || "),
      says: exact.length === 0 ? says : `${says}, or 0`,
    })),
  );
}

function minimumItems(path: string, { minItems }: Json): readonly Validation[] {
  return minItems === undefined ? [] : [{ condition: `length(${path}) >= ${minItems}`, says: "is empty" }];
}

function inEach(list: string, each: string, json: Json): readonly Validation[] {
  return rulesOf(each, json).map(({ condition, says }) => ({
    condition: `alltrue([for ${each} in ${list} : ${condition}])`,
    says,
  }));
}

function snake(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** A JSON value in HCL, keys in the spelling of the variables. */
function hcl(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(hcl).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).map(([name, one]) => `${snake(name)} = ${hcl(one)}`);
  return entries.length === 0 ? "{}" : `{ ${entries.join(", ")} }`;
}
