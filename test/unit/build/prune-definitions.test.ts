/** The bundles' message definitions: fewer than the clients ship, and the same bytes on the wire. */
import { createRequire } from "node:module";
import { fromJSON } from "@grpc/proto-loader";
import { expect, test } from "vitest";
import { type Definition, pruneDefinitions } from "../../../build/prune-definitions.ts";

const load = createRequire(import.meta.url);
const PUBSUB = load("@google-cloud/pubsub/build/protos/protos.json") as Definition;
const TASKS = load("../../../node_modules/@google-cloud/tasks/build/protos/protos.json") as Definition;

type Methods = Record<
  string,
  { requestSerialize(value: object): Buffer; requestDeserialize(bytes: Buffer): object }
>;

function methodOf(definitions: Definition, service: string, method: string) {
  const found = (fromJSON(definitions)[service] as unknown as Methods)[method];
  if (found === undefined) throw new Error(`${service} has no ${method}`);
  return found;
}

const CALLS = [
  {
    definitions: PUBSUB,
    service: "google.pubsub.v1.Publisher",
    method: "Publish",
    request: {
      topic: "projects/p/topics/t",
      messages: [{ data: Buffer.from("é"), attributes: { "ce-id": "1", other: "" }, orderingKey: "k" }],
    },
  },
  {
    definitions: PUBSUB,
    service: "google.pubsub.v1.Subscriber",
    method: "ModifyAckDeadline",
    request: { subscription: "projects/p/subscriptions/s", ackIds: ["a", "b"], ackDeadlineSeconds: 60 },
  },
  {
    definitions: TASKS,
    service: "google.cloud.tasks.v2.CloudTasks",
    method: "CreateTask",
    request: {
      parent: "projects/p/locations/l/queues/q",
      task: {
        name: "projects/p/locations/l/queues/q/tasks/t",
        scheduleTime: { seconds: 1_700_000_000, nanos: 5 },
        dispatchDeadline: { seconds: 600 },
        httpRequest: {
          httpMethod: "POST",
          url: "https://batcher.example/drain",
          oidcToken: { serviceAccountEmail: "a@example.com", audience: "https://batcher.example" },
        },
      },
    },
  },
];

test.each(CALLS)("$method has the same bytes, both ways", ({ definitions, service, method, request }) => {
  const whole = methodOf(definitions, service, method);
  const pruned = methodOf(pruneDefinitions(definitions), service, method);
  const bytes = whole.requestSerialize(request);
  expect(bytes.length).toBeGreaterThan(20);
  expect(pruned.requestSerialize(request)).toEqual(bytes);
  expect(pruned.requestDeserialize(bytes)).toEqual(whole.requestDeserialize(bytes));
});

test.each([
  ["Pub/Sub", PUBSUB],
  ["Cloud Tasks", TASKS],
])("%s keeps every service with every method", (_name, definitions) => {
  const services = (of: Definition) =>
    Object.entries(fromJSON(of))
      .filter(([, value]) => !("format" in value))
      .flatMap(([name, methods]) => Object.keys(methods).map((method) => `${name}/${method}`))
      .toSorted();
  expect(services(definitions).length).toBeGreaterThan(10);
  expect(services(pruneDefinitions(definitions))).toEqual(services(definitions));
});

test("what only describes descriptions goes, and annotations with it; what changes the bytes stays", () => {
  const text = JSON.stringify(pruneDefinitions(PUBSUB));
  expect(text).not.toContain("FileDescriptorProto");
  expect(text).not.toContain("(google.api");
  const number = { type: "int32", rule: "repeated", id: 1, options: { packed: false, "(note)": "x" } };
  const small = {
    nested: {
      Asked: { fields: { numbers: number, kind: { type: "Kind", id: 2 } } },
      Kind: { values: { A: 0 } },
      Answered: { fields: {} },
      Unused: { fields: {} },
      Calls: { methods: { Ask: { requestType: "Asked", responseType: ".Answered" } } },
    },
  };
  expect(pruneDefinitions(small)).toEqual({
    nested: {
      Asked: {
        fields: {
          numbers: { type: "int32", rule: "repeated", id: 1, options: { packed: false } },
          kind: { type: "Kind", id: 2 },
        },
      },
      Kind: { values: { A: 0 } },
      Answered: { fields: {} },
      Calls: { methods: { Ask: { requestType: "Asked", responseType: ".Answered" } } },
    },
  });
});

test("a method of an unknown message is an error", () => {
  const broken = {
    nested: { Calls: { methods: { Ask: { requestType: "Nothing", responseType: "string" } } } },
  };
  expect(() => pruneDefinitions(broken)).toThrow("Calls names Nothing, which is not defined");
});
