/** Every resource is one that the provider knows, without the provider: its schema is in infra/gcp/module/provider-schema. */
import { expect, test } from "vitest";
import { everyStack } from "#test/support/every-stack.ts";
import { conflictsOf } from "#test/support/provider-conflicts.ts";
import { type Block, problemsOf, readSchema, VERSIONS } from "#test/support/provider-schema.ts";
import { RESOURCES } from "#test/support/provider-types.ts";
import { type Resource, type Stack, synthesizeStack } from "#test/support/stack.ts";

const schemas = VERSIONS.map((version) => ({ version, ...readSchema(version) }));

function entriesOf(byType: Record<string, Record<string, Resource>>) {
  return Object.entries(byType).flatMap(([type, byName]) =>
    Object.entries(byName).map(([name, body]) => ({ type, address: `${type}.${name}`, body })),
  );
}

/** Chainguard's resource is of another provider. */
const isGoogles = ({ type }: { readonly type: string }) => type.startsWith("google_");

function problemsIn({ resource, text }: Stack): readonly string[] {
  const { data } = JSON.parse(text) as { data: Stack["resource"] };
  return schemas.flatMap((schema) => {
    const check = (blocks: Readonly<Record<string, Block>>, of: Stack["resource"]) =>
      entriesOf(of)
        .filter(isGoogles)
        .flatMap(({ type, address, body }) => {
          const block = blocks[type];
          if (block === undefined) return [`${address}: provider-types.ts does not name it`];
          return [...problemsOf(address, body, block), ...conflictsOf(type, address, body)];
        });
    return [...check(schema.resources, resource), ...check(schema.data, data)].map(
      (problem) => `google ${schema.version}: ${problem}`,
    );
  });
}

test.each(everyStack())("the provider takes every field: %s", (_what, settings) => {
  expect(problemsIn(synthesizeStack(settings))).toEqual([]);
});

test("no type is in the list for nothing", () => {
  const used = new Set(
    everyStack().flatMap(([, settings]) => Object.keys(synthesizeStack(settings).resource)),
  );
  expect(RESOURCES.managed.filter((type) => !used.has(type))).toEqual([]);
});

const topic = { name: "events", labels: { app: "pullhouse" } };
const subscription = { name: "events", topic: "events", expiration_policy: { ttl: "" } };
const job = { name: "net", http_target: { uri: "https://a.example" } };

test.each([
  ["nothing", "google_pubsub_topic", topic, []],
  [
    "an unknown field",
    "google_pubsub_topic",
    { ...topic, colour: "red" },
    ["x.colour: there is no such field"],
  ],
  [
    "a wrong type",
    "google_pubsub_topic",
    { ...topic, labels: ["a"] },
    [/^x\.labels: takes \["map","string"\]/],
  ],
  [
    "text for a number",
    "google_pubsub_subscription",
    { ...subscription, ack_deadline_seconds: "60" },
    [/takes "number"/],
  ],
  ["a missing field", "google_pubsub_topic", { labels: {} }, ["x.name: is missing"]],
  [
    "what only the provider sets",
    "google_pubsub_topic",
    { ...topic, effective_labels: {} },
    [/only the provider/],
  ],
  [
    "two blocks where there may be one",
    "google_pubsub_subscription",
    { ...subscription, expiration_policy: [{ ttl: "" }, { ttl: "" }] },
    ["x.expiration_policy: 2 blocks, takes 0 to 1"],
  ],
  [
    "an unknown field in a block",
    "google_pubsub_subscription",
    { ...subscription, expiration_policy: { ttl: "", days: 1 } },
    ["x.expiration_policy.0.days: there is no such field"],
  ],
  [
    "an unknown field in a dynamic block",
    "google_pubsub_subscription",
    {
      name: "events",
      topic: "events",
      dynamic: { expiration_policy: { for_each: "${[1]}", content: { ttl: "", days: 1 } } },
    },
    ["x.expiration_policy.0.days: there is no such field"],
  ],
  [
    "a missing block",
    "google_storage_bucket_iam_member",
    { bucket: "b", role: "r" },
    ["x.member: is missing"],
  ],
  [
    "two targets",
    "google_cloud_scheduler_job",
    { ...job, pubsub_target: { topic_name: "t" } },
    ["x: has pubsub_target and http_target"],
  ],
  ["no target", "google_cloud_scheduler_job", { name: "net" }, [/^x: has none of pubsub_target/]],
])("the check finds %s", (_what, type, body, found) => {
  for (const { resources } of schemas) {
    const block = resources[type] as Block;
    const problems = [...problemsOf("x", body, block), ...conflictsOf(type, "x", body)];
    expect(problems).toHaveLength(found.length);
    for (const [index, one] of found.entries()) expect(problems[index]).toMatch(one);
  }
});
