/** Valid events made wrong in the ways that senders, proxies and attackers make them wrong. */
import fc from "fast-check";
import { isNumber, type Json } from "#services/shared/row/json.ts";
import { parseJson } from "#services/shared/row/parse-json.ts";

/** JSON as text that may break JSON's rules: keys may stand twice, values may be anything. */
type Node = { readonly text: string } | { readonly items: Node[] } | { readonly members: [string, Node][] };

function nodeOf(value: Json): Node {
  if (typeof value !== "object" || value === null || isNumber(value)) return { text: JSON.stringify(value) };
  if (Array.isArray(value)) return { items: (value as readonly Json[]).map(nodeOf) };
  return { members: Object.entries(value).map(([key, item]) => [JSON.stringify(key), nodeOf(item)]) };
}

function textOf(node: Node): string {
  if ("text" in node) return node.text;
  if ("items" in node) return `[${node.items.map(textOf).join(",")}]`;
  return `{${node.members.map(([key, item]) => `${key}:${textOf(item)}`).join(",")}}`;
}

/** Every container of the tree, the top one included if it is one. */
function containers(node: Node): Exclude<Node, { readonly text: string }>[] {
  if ("text" in node) return [];
  const below = "items" in node ? node.items : node.members.map(([, item]) => item);
  return [node, ...below.flatMap(containers)];
}

const nested = (depth: number) => `${"[".repeat(depth)}0${"]".repeat(depth)}`;

/** Values that a column, a JSON column or a parser may choke on, as source text. */
const VALUES = [
  ..."null true 0 -0 1.5 1e999 -1e-400 1E+2 123456789.123456789 0.1234567890123456789 undefined 'x'".split(
    " ",
  ),
  ..."9223372036854775807 9223372036854775808 18446744073709551615 18446744073709551616".split(" "),
  ...String.raw`"" "x" "1" "NaN" "{}" "\ud800" "\ud83d\ude00" "\u0000" "a\nb\tc" "-9223372036854775808"`.split(
    " ",
  ),
  ...'"2025-02-30T00:00:00Z" "0000-01-01T00:00:00" "2026-01-01T00:00:00Z"'.split(" "),
  ...'{} [] [null] [[]] {"a":null} {"seconds":1,"nanos":2} {"__proto__":{"x":1}}'.split(" "),
  nested(60),
  nested(70),
  nested(1_100),
  JSON.stringify("long ".repeat(2_000)),
];
const KEYS = ["", ..."__proto__ constructor ce data a.b a/b~c Tag ce_id extra source é x".split(" ")];

/** Changes one place of the tree. */
const change = fc.record({
  how: fc.constantFrom("value", "add", "twice", "rename", "remove", "wrap"),
  container: fc.nat(1_000),
  place: fc.nat(1_000),
  value: fc.constantFrom(...VALUES),
  key: fc.constantFrom(...KEYS),
});
type Change = typeof change extends fc.Arbitrary<infer T> ? T : never;

function apply(root: Node, { how, container, place, value, key }: Change): Node {
  const all = containers(root);
  const target = all[container % Math.max(1, all.length)];
  if (target === undefined) return { text: value };
  const fresh: Node = { text: value };
  if ("items" in target) {
    const at = place % (target.items.length + 1);
    target.items.splice(at, how === "add" ? 0 : 1, ...(how === "remove" ? [] : [fresh]));
    return root;
  }
  const { members } = target;
  const at = place % Math.max(1, members.length);
  const member = members[at];
  if (member === undefined || how === "add") members.push([JSON.stringify(key), fresh]);
  else if (how === "value") members[at] = [member[0], fresh];
  else if (how === "twice") members.push([member[0], fresh]);
  else if (how === "rename") members[at] = [JSON.stringify(key), member[1]];
  else if (how === "remove") members.splice(at, 1);
  else members[at] = [member[0], { items: [member[1]] }];
  return root;
}

/** What no longer has to be JSON, or UTF-8. */
const damage = fc.option(
  fc.record({ how: fc.constantFrom("cut", "flip", "insert"), place: fc.nat(100_000), byte: fc.nat(255) }),
  { freq: 12 },
);

/** Attributes and headers that are set to something else, or left out. */
const attribute = fc.option(
  fc.constantFrom<[string, string | undefined]>(
    ...(["ce-id", "ce-source", "ce-type", "ce-specversion", "content-type"] as const).map(
      (name): [string, undefined] => [name, undefined],
    ),
    ...[
      "lunchtime",
      "2026-02-30T00:00:00Z",
      "0001-01-01T00:00:00Z",
      "9999-12-31T23:59:60Z",
      "2026-01-01T00:00:00+23:59",
    ].map((time): [string, string] => ["ce-time", time]),
    ...[
      "../../etc/passwd",
      "rejected_events",
      "unregistered_events",
      "loads",
      "a".repeat(2_000),
      "ünknown%20%E2%82%AC",
      "envelope",
    ].map((type): [string, string] => ["ce-type", type]),
    ["ce-subject", "s,".repeat(1_000)],
    ["ce-x", "%E2%82%AC%"],
    ["ce-data", "x"],
    ["ce-UPPER", "x"],
    ["ce-a_b", "x"],
    ["content-type", "text/plain"],
    ["content-type", "application/json; charset=utf-16"],
    ["content-type", "application/vnd.x+json"],
  ),
  { freq: 4 },
);

export interface Mutation {
  /** Which sample it was. */
  readonly sample: number;
  readonly data: Buffer;
  readonly header: readonly [string, string | undefined] | null;
  /** How a CloudEvent is sent. */
  readonly mode: "binary" | "structured" | "batched";
  /** A sender that sends again. */
  readonly twice: boolean;
}

/** @param samples texts of valid data */
export function mutations(samples: readonly string[]): fc.Arbitrary<Mutation> {
  return fc
    .record({
      sample: fc.nat(samples.length - 1),
      changes: fc.array(change, { maxLength: 3 }),
      damage,
      header: attribute,
      mode: fc.constantFrom("binary", "binary", "structured", "batched"),
      twice: fc.boolean(),
    })
    .map(({ sample, changes, damage: harm, ...rest }) => {
      const root = changes.reduce(apply, nodeOf(parseJson(samples[sample] as string).value));
      let data = Buffer.from(textOf(root));
      if (harm !== null) {
        const at = harm.place % (data.length + 1);
        const tail = { cut: data.length, flip: at + 1, insert: at }[harm.how];
        const middle = harm.how === "cut" ? [] : [harm.byte];
        data = Buffer.concat([data.subarray(0, at), Buffer.from(middle), data.subarray(tail)]);
      }
      return { sample, data, ...rest };
    });
}
