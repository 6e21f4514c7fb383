/** What becomes of the notifications of CNCF Distribution. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Json } from "#services/shared/row/json.ts";
import { parseJson } from "#services/shared/row/parse-json.ts";
import { startTestIssuer, type TestIssuer } from "#test/support/issuer.ts";
import { eventAt, startReceiver, type TestReceiver } from "#test/support/receiver.ts";
import { leavesOf, rowAt } from "#test/support/row-at.ts";

const AUTHORIZATION = "Bearer for-tests-only";
const V2 = "application/vnd.docker.distribution.events.v2+json";
const V1 = "application/vnd.docker.distribution.events.v1+json";

let issuer: TestIssuer;
let receiver: TestReceiver;

beforeAll(async () => {
  issuer = await startTestIssuer();
  receiver = await startReceiver({ issuer, env: { DISTRIBUTION_AUTHORIZATION: AUTHORIZATION } });
});
afterAll(async () => {
  await receiver.stop();
  await issuer.close();
});

const send = (body: Uint8Array | string, contentType = V2) =>
  receiver.post(body, { authorization: AUTHORIZATION, "content-type": contentType }, "/distribution");
const envelope = (...events: string[]) => `{"events":[${events.join(",")}]}`;
const many = (count: number) =>
  Array.from({ length: count }, (_, index) => `{"id":"${index}","action":"pull"}`);
const read = (name: string) => {
  const body = readFileSync(`test/fixtures/distribution/${name}.json`);
  const { events } = parseJson(body.toString()).value as { events: readonly Json[] };
  return { body, events };
};

test("each event of a request is a row of its action's table, with each field in its column", async () => {
  const { body, events } = read("v2");
  const before = receiver.published.length;

  const answer = await send(body);

  expect(answer.status).toBe(202);
  expect(answer.json).toEqual({ accepted: 4 });
  const landed = events.map((_, index) => rowAt(receiver, before + index));
  expect(landed.map(({ table }) => table)).toEqual(
    ["pull", "push", "mount", "delete"].map((action) => `io_cncf_distribution_${action}_v1`),
  );
  expect(landed.map(({ row }) => row["extra"])).toEqual([undefined, undefined, undefined, undefined]);
  expect(landed.map(({ own }) => leavesOf(own))).toEqual(events.map((event) => leavesOf(event)));
  const schemas = readdirSync("schemas").filter((file) => file.startsWith("io.cncf.distribution."));
  expect(schemas).toHaveLength(landed.length);
});

test("the attributes of each event are its own", async () => {
  const before = receiver.published.length;
  await send(read("v2").body);
  const digest = "sha256:05b3abf2579a5eb66403cd78be557fd860633a1fe2103c7642030defe32c657f";
  const blob = "sha256:fa2c8cc4f28176bbeed4b736df569a34c79cd3723e9ec42f9674b4d46ac6b8b8";
  const attributes = [0, 1, 2, 3].map((index) => {
    const { id, type, source, subject, time } = eventAt(receiver, before + index).event;
    return [id.slice(-2), type.split(".")[3], source, subject, time];
  });
  expect(attributes).toEqual([
    ["01", "pull", "registry.example.com", "team/app:1.0", "2026-11-20T10:00:01.123456789+01:00"],
    ["02", "push", "registry.example.com", "team/app:1.0", "2026-11-20T10:00:02.123456789+01:00"],
    ["03", "mount", "registry.example.com", `team/other@${blob}`, "2026-11-20T10:00:03.123456789+01:00"],
    ["04", "delete", "registry.example.com", `team/app@${digest}`, "2026-11-20T10:00:04.123456789+01:00"],
  ]);
  const { row } = rowAt(receiver, before);
  expect([row["ce_time"], row["timestamp"], row["source"], row["data_source"]]).toEqual([
    "2026-11-20T09:00:01.123456Z",
    "2026-11-20T10:00:01.123456789+01:00",
    "distribution",
    { addr: "registry-6f7c9d-x2x9k:5000", instanceID: "2b3c4d5e-1111-4222-8333-444455556666" },
  ]);
});

test.each([[V1], ["application/json"], ["text/plain"]])(
  "the first version, sent as %s, is read as well",
  async (contentType) => {
    const { body, events } = read("v1");
    expect((await send(body, contentType)).status).toBe(202);
    const { table, own, row } = rowAt(receiver, -1);
    expect([table, row["extra"]]).toEqual(["io_cncf_distribution_push_v1", undefined]);
    expect(leavesOf(own)).toEqual(leavesOf(events[0] as Json));
  },
);

test("a repetition has the ids of the first time, however it is indented", async () => {
  const { body } = read("v2");
  await send(body);
  await send(JSON.stringify(JSON.parse(body.toString())));
  const ids = receiver.published.slice(-8).map(({ attributes }) => attributes["ce-id"]);
  expect(ids.slice(4)).toEqual(ids.slice(0, 4));
  expect(receiver.published.at(-1)).toMatchObject({ data: receiver.published.at(-5)?.data });
});

test("a thousand events in one request are a thousand rows", async () => {
  expect((await send(envelope(...many(1_000)))).json).toEqual({ accepted: 1_000 });
});

test("an empty envelope is accepted and asks for nothing", async () => {
  const before = { ...receiver.asked };
  const answer = await send(envelope());
  expect([answer.status, answer.json]).toEqual([202, { accepted: 0 }]);
  expect(receiver.asked).toEqual(before);
});

test("numbers keep every digit, and unknown fields are in extra", async () => {
  await send(
    envelope(`{ "id":"n", "action":"pull", "target":{"size":9223372036854775807,"n":18446744073709551615} }`),
  );
  const { event } = eventAt(receiver, -1);
  expect(Buffer.from(event.data).toString()).toBe(
    `{"id":"n","action":"pull","target":{"size":9223372036854775807,"n":18446744073709551615}}`,
  );
  const { row } = rowAt(receiver, -1);
  expect(JSON.stringify(row["extra"])).toBe(`{"target":{"n":18446744073709551615}}`);
});

test.each([
  [
    "the host that was asked for",
    `"request":{"host":"r.example"},"source":{"addr":"node:5000"}`,
    "r.example",
  ],
  ["the node, if there is no request", `"request":{"host":""},"source":{"addr":"node:5000"}`, "node:5000"],
  ["a constant, if there is neither", `"request":null,"source":[]`, "distribution"],
])("the source is %s", async (_, members, source) => {
  await send(envelope(`{"id":"1","action":"pull",${members}}`));
  expect(eventAt(receiver, -1).event.source).toBe(source);
});

test("an action that nobody knows is kept as unregistered", async () => {
  await send(envelope(`{"id":"1","action":"garbage_collect"}`));
  const { table, row } = rowAt(receiver, -1);
  expect([table, row["ce_type"]]).toEqual(["unregistered_events", "io.cncf.distribution.garbage.collect.v1"]);
});

test("a field of another kind makes the event a rejected one, under its own type", async () => {
  await send(envelope(`{"id":"1","action":"pull","target":{"size":"big"}}`));
  const { table, row } = rowAt(receiver, -1);
  expect([table, row["ce_type"]]).toEqual(["rejected_events", "io.cncf.distribution.pull.v1"]);
  expect(row["reasons"]).toMatchObject([{ pointer: "/target/size" }]);
});

test("one element that is no event leaves the others their rows, and the body is kept", async () => {
  const body = envelope(`{"id":"a","action":"pull"}`, "7", `{"id":"b"}`, `{"id":"c","action":"push"}`);
  const before = receiver.published.length;
  const answer = await send(body);
  expect([answer.status, answer.json]).toEqual([202, { accepted: 3 }]);
  const tables = [0, 1, 2].map((index) => rowAt(receiver, before + index).table);
  expect(tables).toEqual(["io_cncf_distribution_pull_v1", "io_cncf_distribution_push_v1", "rejected_events"]);
  const { row } = rowAt(receiver, -1);
  expect(row).toMatchObject({
    ce_id: createHash("sha256").update(body).digest("hex"),
    ce_type: "io.cncf.distribution.unreadable.v1",
    ce_source: "distribution",
    content_type: V2,
    data: body,
    reasons: [{ pointer: "/events/1", found: "an event is a JSON object" }],
  });
});

test("what an envelope has beside its events is kept with the body", async () => {
  const body = `{"events":[{"id":"a","action":"pull"}],"version":3}`;
  expect((await send(body)).json).toEqual({ accepted: 2 });
  expect(rowAt(receiver, -2).table).toBe("io_cncf_distribution_pull_v1");
  const { table, row } = rowAt(receiver, -1);
  expect([table, row["data"]]).toEqual(["rejected_events", body]);
  expect(row["reasons"]).toMatchObject([{ rule: "nothing beside the events", found: 'string "version"' }]);
});

test.each([
  ["no JSON", "oops", ""],
  ["nothing", "", ""],
  ["bytes that are no text", Buffer.of(0x1f, 0x8b), ""],
  ["an array", "[]", ""],
  ["no events", "{}", "/events"],
  ["events that are no array", `{"events":{"id":"1","action":"pull"}}`, "/events"],
  ["a key twice", envelope(`{"id":"1","id":"2","action":"pull"}`), "/events/0/id"],
  ["an event without id", envelope(`{"action":"pull"}`), "/events/0"],
  ["an event with a number as its id", envelope(`{"id":5,"action":"pull"}`), "/events/0"],
  ["an event without action", envelope(`{"id":"1"}`), "/events/0"],
  ["an action that is no word", envelope(`{"id":"1","action":"pull/../x"}`), "/events/0"],
  ["very many elements of nothing", `{"events":[${"0,".repeat(400_000)}0]}`, "/events"],
  ["an event more than a thousand", envelope(...many(1_001)), "/events"],
])("%s is answered with 202 and kept byte for byte", async (_, body, pointer) => {
  const bytes = Buffer.from(body);
  const before = receiver.published.length;
  expect((await send(bytes)).status).toBe(202);
  expect(receiver.published).toHaveLength(before + 1);
  expect(Buffer.from(eventAt(receiver, -1).event.data).equals(bytes)).toBe(true);
  const { table, row } = rowAt(receiver, -1);
  expect(table).toBe("rejected_events");
  expect(row).toMatchObject({ ce_type: "io.cncf.distribution.unreadable.v1", reasons: [{ pointer }] });
});
