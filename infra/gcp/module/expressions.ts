/** The settings as Terraform's expressions: what terms.ts does with values, Terraform does when it plans. */
import {
  DefaultTokenResolver,
  ref,
  StringConcat,
  TerraformDataSource,
  TerraformIterator,
  type TerraformResource,
  type TerraformStack,
  Token,
  Tokenization,
} from "cdktf";
import { type BlockContent, CONTAINER, secretSource, type Terms } from "../terms.ts";

/** The text of each expression by the template that stands for it. */
const known = new Map<string, string>();

/**
 * An expression in the place of a value: constructs only pass it on, or ask `Terms`.
 * @param text without `${}`
 */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- it poses as what is expected
export function expression<T>(text: string): T {
  const template = `\${${text}}`;
  known.set(template, text);
  return template as unknown as T;
}

/** Writes values and expressions as parts of an expression. */
type Write = (value: unknown) => string;

/** @param stack whose references CDKTF keeps as tokens: next to other text it would write them without `${}` */
function writerIn(stack: TerraformStack): Write {
  const resolver = new DefaultTokenResolver(new StringConcat());
  const resolved = (text: string) =>
    Token.isUnresolved(text)
      ? String(Tokenization.resolve(text, { scope: stack, resolver, preparing: false }))
      : text;
  const write: Write = (value) => {
    if (value === undefined || value === null) return "null";
    if (typeof value === "string") return known.get(value) ?? JSON.stringify(resolved(value));
    if (Array.isArray(value)) return `[${value.map(write).join(", ")}]`;
    if (typeof value !== "object") return JSON.stringify(value);
    const entries = Object.entries(value).map(([key, one]) => `${JSON.stringify(key)} = ${write(one)}`);
    return `{ ${entries.join(", ")} }`;
  };
  return write;
}

export function expressionsIn(stack: TerraformStack): Terms {
  const inner = writerIn(stack);
  return {
    text: (value) => expression(`tostring(${inner(value)})`),
    times: (value, factor) => expression(`${inner(value)} == null ? null : ${inner(value)} * ${factor}`),
    joined: (parts) => expression(`join("-", compact(${inner(parts)}))`),
    underscored: (text) => expression(`replace(${inner(text)}, "-", "_")`),
    kebab: (variable) => expression(`lower(replace(${inner(variable)}, "_", "-"))`),
    commas: (all) => expression(`join(",", ${inner(all)})`),
    list: (all) => Token.asList(template(inner(all))),
    merged: (...maps) => expression(`merge(${maps.map(inner).join(", ")})`),
    given: (name, value) => ({ [name]: value }) as never,

    isGiven: (value) => (typeof value === "number" ? true : expression(`${inner(value)} != null`)),
    isAny: (all) => expression(`length(${inner(all)}) > 0`),
    is: (value, other) => expression(`${inner(value)} == ${inner(other)}`),
    not: (condition) => expression(`!(${inner(condition)})`),
    either: (condition, then, otherwise) =>
      expression(`${inner(condition)} ? ${branch(then, inner)} : ${branch(otherwise, inner)}`),

    made: (condition, make) => [make({ count: Token.asNumber(template(`${inner(condition)} ? 1 : 0`)) })],
    each(items, base, make) {
      const forEach = TerraformIterator.fromList(Token.asList(ref(inner(items))));
      return [make(expression("each.value"), base, { forEach })];
    },
    attribute(of, name, item) {
      const address = `${of.terraformResourceType}.${of.friendlyUniqueId}`;
      const data = of instanceof TerraformDataSource ? "data." : "";
      return expression(`${data}${address}[${item === undefined ? 0 : inner(item)}].${name}`);
    },
    repeated: (name, items, content) => ({
      dynamic: {
        [name]: { for_each: template(inner(items)), content: content(expression(`${name}.value`)) },
      },
    }),
    block: (of, path, condition, content) => override(of, path, [dynamic(inner(condition), content)]),
    blocks: (of, path, all) =>
      override(
        of,
        path,
        all.map(({ when, content }) => dynamic(inner(when), content)),
      ),
    environment(service, variables, { names, idOf }) {
      const secret = expression<string>("env.value");
      override(service, `${CONTAINER}.env`, [
        // Terraform goes through a map in the order of its keys.
        {
          for_each: template(inner(variables)),
          content: { name: template("env.key"), value: template("env.value") },
        },
        ...(names.length === 0
          ? []
          : [
              {
                for_each: template(inner(names)),
                content: { name: secret, value_source: secretSource(idOf(secret)) },
              },
            ]),
      ]);
    },
  };
}

/** Both branches of a condition have one type; two objects with different keys have not. */
function branch(value: unknown, inner: Write): string {
  const isMap = typeof value === "object" && value !== null && !Array.isArray(value);
  return isMap ? `tomap(${inner(value)})` : inner(value);
}

const template = (text: string) => `\${${text}}`;

function dynamic(condition: string, content: BlockContent): BlockContent {
  return { for_each: template(`${condition} ? [1] : []`), content };
}

/** `a.b` is the dynamic block `b` of `a` (https://developer.hashicorp.com/terraform/language/expressions/dynamic-blocks). */
function override(of: TerraformResource, path: string, blocks: readonly BlockContent[]): void {
  const parts = path.split(".");
  const name = parts.pop() ?? "";
  of.addOverride([...parts, "dynamic", name].join("."), blocks);
}
