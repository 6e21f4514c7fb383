/** The bundles' message definitions: fewer than the clients ship, and the same bytes on the wire. */
import { createRequire } from "node:module";
import { fromJSON } from "@grpc/proto-loader";
import { expect, test } from "vitest";
import { CALLS as CALLED } from "../../../build/lean-clients.ts";
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
  const pruned = methodOf(pruneDefinitions(definitions, CALLED), service, method);
  const bytes = whole.requestSerialize(request);
  expect(bytes.length).toBeGreaterThan(20);
  expect(pruned.requestSerialize(request)).toEqual(bytes);
  expect(pruned.requestDeserialize(bytes)).toEqual(whole.requestDeserialize(bytes));
});

test("what is left is the methods that are called, and every service, since a client looks for its own", () => {
  const methods = (of: Definition) =>
    Object.entries(fromJSON(of))
      .filter(([, value]) => !("format" in value))
      .map(([name, service]) => [name, Object.keys(service)] as const);
  for (const definitions of [PUBSUB, TASKS]) {
    const pruned = methods(pruneDefinitions(definitions, CALLED));
    expect(pruned.map(([name]) => name)).toEqual(methods(definitions).map(([name]) => name));
  }
  const left = [PUBSUB, TASKS]
    .flatMap((definitions) => methods(pruneDefinitions(definitions, CALLED)))
    .flatMap(([name, of]) => of.map((method) => `${name}.${method}`));
  expect(left.toSorted()).toEqual([...CALLED].toSorted());
});

test("what only describes descriptions goes, and annotations with it; what changes the bytes stays", () => {
  const text = JSON.stringify(pruneDefinitions(PUBSUB, CALLED));
  expect(text).not.toContain("FileDescriptorProto");
  expect(text).not.toContain("(google.api");
  const number = { type: "int32", rule: "repeated", id: 1, options: { packed: false, "(note)": "x" } };
  const small = {
    nested: {
      Asked: { fields: { numbers: number, kind: { type: "Kind", id: 2 } } },
      Kind: { values: { A: 0 } },
      Answered: { fields: {} },
      Unused: { fields: {} },
      Calls: {
        methods: {
          Ask: { requestType: "Asked", responseType: ".Answered" },
          Forget: { requestType: "Unused", responseType: "Unused" },
        },
      },
      Silent: { methods: { Call: { requestType: "Unused", responseType: "Unused" } } },
    },
  };
  expect(pruneDefinitions(small, new Set(["Calls.Ask"]))).toEqual({
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
      Silent: { methods: {} },
    },
  });
});

test("a method of an unknown message is an error", () => {
  const broken = {
    nested: { Calls: { methods: { Ask: { requestType: "Nothing", responseType: "string" } } } },
  };
  expect(() => pruneDefinitions(broken, new Set(["Calls.Ask"]))).toThrow(
    "Calls names Nothing, which is not defined",
  );
});
