/** What becomes of each webhook of Harbor, in both of its formats. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Json } from "#services/shared/row/json.ts";
import { parseJson } from "#services/shared/row/parse-json.ts";
import { startTestIssuer, type TestIssuer } from "#test/support/issuer.ts";
import { eventAt, startReceiver, type TestReceiver } from "#test/support/receiver.ts";
import { leavesOf, rowAt } from "#test/support/row-at.ts";

const AUTHORIZATION = "Harbor for tests only";
const HEADERS = { authorization: AUTHORIZATION, "content-type": "application/json" };
const CLOUDEVENTS = { authorization: AUTHORIZATION, "content-type": "application/cloudevents+json" };

let issuer: TestIssuer;
let receiver: TestReceiver;

beforeAll(async () => {
  issuer = await startTestIssuer();
  receiver = await startReceiver({ issuer, env: { HARBOR_AUTHORIZATION: AUTHORIZATION } });
});
afterAll(async () => {
  await receiver.stop();
  await issuer.close();
});

const read = (format: "default" | "cloudevents", name: string) =>
  readFileSync(`test/fixtures/harbor/${format}/${name}.json`);
const send = (body: Uint8Array | string, headers: Record<string, string> = HEADERS) =>
  receiver.post(body, headers, "/harbor");
const member = (body: Buffer, name: string) =>
  (parseJson(body.toString()).value as { readonly [key: string]: Json })[name] as Json;

/** File, type without `harbor.`, operator, second of the sample's minute, registry in the default format. */
const SAMPLES = [
  ["artifact-pushed", "artifact.pushed", "erika", "00", "harbor.example.com"],
  ["artifact-pulled", "artifact.pulled", "robot$base+ci", "01", "harbor.example.com"],
  ["artifact-deleted", "artifact.deleted", "harbor-jobservice", "02", "harbor.example.com"],
  ["tag-created", "tag.created", "erika", "03", "harbor.example.com"],
  ["quota-exceeded", "quota.exceeded", "", "04", "harbor"],
  ["quota-warned", "quota.warned", "", "05", "harbor"],
  ["replication-status-changed", "replication.status.changed", "MANUAL", "06", "harbor.example.com"],
  ["scan-failed", "scan.failed", "auto", "07", "harbor.example.com"],
  ["scan-completed", "scan.completed", "auto", "08", "harbor.example.com"],
  ["scan-stopped", "scan.stopped", "auto", "09", "harbor.example.com"],
  ["tag-retention-finished", "tag_retention.finished", "MANUAL", "10", "harbor.example.com"],
] as const;

test("there is a sample in both formats of every type that has a schema", () => {
  const names = SAMPLES.map(([name]) => `${name}.json`).toSorted();
  expect(readdirSync("test/fixtures/harbor/default").toSorted()).toEqual(names);
  expect(readdirSync("test/fixtures/harbor/cloudevents").toSorted()).toEqual(names);
  const schemas = readdirSync("schemas").filter((file) => file.startsWith("harbor."));
  expect(SAMPLES.map(([, type]) => `harbor.${type}.json`).toSorted()).toEqual(schemas.toSorted());
});

describe.each(SAMPLES)("%s", (name, type, operator, second, registry) => {
  const table = `harbor_${type.replaceAll(".", "_")}`;

  test("the CloudEvents format is taken as it is, each field in its column", async () => {
    const body = read("cloudevents", name);
    expect((await send(body, CLOUDEVENTS)).status).toBe(202);
    const { event, receipt } = eventAt(receiver, -1);
    expect(receipt.source).toBe("harbor");
    expect(event).toMatchObject({
      id: member(body, "id"),
      source: "/projects/2/webhook/policies/15",
      type: `harbor.${type}`,
      time: `2025-11-20T06:00:${second}Z`,
      extensions: { operator, requestid: member(body, "requestid") },
    });
    const landed = rowAt(receiver, -1);
    expect(landed.table).toBe(table);
    expect(landed.row["extra"]).toEqual({ ce: { operator, requestid: member(body, "requestid") } });
    expect(leavesOf(landed.own)).toEqual(leavesOf(member(body, "data")));
  });

  test("the default format becomes the same event, with an id that the bytes determine", async () => {
    const body = read("default", name);
    expect((await send(body)).status).toBe(202);
    const { event } = eventAt(receiver, -1);
    expect(event).toMatchObject({
      id: createHash("sha256").update(body).digest("hex"),
      source: registry,
      type: `harbor.${type}`,
      time: `2025-11-20T06:00:${second}Z`,
      datacontenttype: "application/json",
      extensions: { operator },
    });
    expect(Buffer.from(event.data).toString()).toBe(JSON.stringify(JSON.parse(body.toString()).event_data));
    const landed = rowAt(receiver, -1);
    expect(landed.table).toBe(table);
    expect(landed.row["extra"]).toEqual({ ce: { operator } });
    expect(leavesOf(landed.own)).toEqual(leavesOf(member(body, "event_data")));
  });
});

test("a pull's row, as a whole", async () => {
  await send(read("default", "artifact-pulled"));
  const { received_at, data_digest, ce_id, ...rest } = rowAt(receiver, -1).row;
  expect([received_at, data_digest, ce_id].map(String)).toEqual([
    expect.stringMatching(/Z$/),
    expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
    expect.stringMatching(/^[0-9a-f]{64}$/),
  ]);
  const digest = "sha256:53470d6dc1ac225b67a1b4fcaa92c99f4eb82f1ccf45704aa3f3813fb1802afd";
  expect(rest).toEqual({
    ce_source: "harbor.example.com",
    ce_type: "harbor.artifact.pulled",
    ce_time: "2025-11-20T06:00:01.000000Z",
    ce_specversion: "1.0",
    source: "harbor",
    extra: { ce: { operator: "robot$base+ci" } },
    resources: [{ digest, tag: digest, resource_url: `harbor.example.com/base/alpine@${digest}` }],
    repository: {
      date_created: "1763600000",
      name: "alpine",
      namespace: "base",
      repo_full_name: "base/alpine",
      repo_type: "private",
    },
  });
});

test("a repetition in the default format has the id of the first", async () => {
  await send(read("default", "artifact-pulled"));
  await send(read("default", "artifact-pulled"), { ...HEADERS, "content-type": "text/plain" });
  expect(eventAt(receiver, -1).event).toEqual(eventAt(receiver, -2).event);
});

test("the format shows in the body, whatever the Content-Type says", async () => {
  await send(read("cloudevents", "scan-failed"), HEADERS);
  await send(read("cloudevents", "scan-failed"), CLOUDEVENTS);
  await send(read("default", "scan-failed"), CLOUDEVENTS);
  const types = [-3, -2, -1].map((index) => eventAt(receiver, index).event.type);
  expect(types).toEqual(["harbor.scan.failed", "harbor.scan.failed", "harbor.scan.failed"]);
  expect(eventAt(receiver, -2).event).toEqual(eventAt(receiver, -3).event);
});

test("numbers of the default format keep every digit", async () => {
  const data = '{"resources":[],"n":12345678901234567890, "x":1.10}';
  await send(`{"type":"PULL_ARTIFACT","occur_at":1763618400,"operator":"a","event_data":${data}}`);
  expect(Buffer.from(eventAt(receiver, -1).event.data).toString()).toBe(data);
});

test.each([
  ["pullImage", "harbor_artifact_pulled"],
  ["pushImage", "harbor_artifact_pushed"],
  ["deleteImage", "harbor_artifact_deleted"],
  ["scanningCompleted", "harbor_scan_completed"],
  ["scanningFailed", "harbor_scan_failed"],
])("%s, as Harbor 1.9 and 1.10 have it, is a row of %s", async (type, expected) => {
  await send(`{"type":"${type}","occur_at":1763618400,"operator":"admin","event_data":{"resources":[]}}`);
  expect(rowAt(receiver, -1).table).toBe(expected);
});

test.each([
  ["a constant that is new", `{"type":"LABEL_ADDED","event_data":{"a":1}}`, "harbor.label.added", '{"a":1}'],
  [
    "a type that is new",
    `{"specversion":"1.0","id":"1","source":"s","type":"harbor.x","data":{}}`,
    "harbor.x",
    "{}",
  ],
])("%s is kept as unregistered", async (_, body, type, data) => {
  expect((await send(body)).status).toBe(202);
  const { table, row } = rowAt(receiver, -1);
  expect([table, row["ce_type"], row["data"]]).toEqual(["unregistered_events", type, data]);
});

test.each([
  ["a time that is none", `"occur_at":"soon"`, { occur_at: "soon" }],
  ["a time after the end of calendars", `"occur_at":253402300800`, { occur_at: 253402300800 }],
  ["a time with a fraction", `"occur_at":1.5`, { occur_at: 1.5 }],
  ["an operator that is no text", `"occur_at":1763618400,"operator":{"id":7}`, { operator: { id: 7 } }],
  ["a member that is new", `"occur_at":1763618400,"project_id":12`, { project_id: 12 }],
])("%s has no place in the event and is in extra", async (_, members, kept) => {
  const event = `{"type":"PULL_ARTIFACT",${members},"event_data":{"resources":[]}}`;
  await send(event);
  const { table, row } = rowAt(receiver, -1);
  expect(table).toBe("harbor_artifact_pulled");
  expect(JSON.parse(JSON.stringify(row["extra"]))).toEqual({ default_format: kept });
});

test("an event without data is a row of its type", async () => {
  await send(`{"type":"DELETE_ARTIFACT","occur_at":1763618400}`);
  const { table, row } = rowAt(receiver, -1);
  expect([table, row["ce_time"]]).toEqual(["harbor_artifact_deleted", "2025-11-20T06:00:00.000000Z"]);
});

test("data that is no object is kept among the rejected, under its own type", async () => {
  await send(`{"type":"DELETE_ARTIFACT","occur_at":0,"event_data":[1]}`);
  const { table, row } = rowAt(receiver, -1);
  expect([table, row["ce_type"], row["data"]]).toEqual(["rejected_events", "harbor.artifact.deleted", "[1]"]);
});

const structured = (members: string) => `{"specversion":"1.0","id":"1","source":"s",${members}}`;

test.each([
  ["no JSON", "oops", ""],
  ["nothing", "", ""],
  ["bytes that are no text", Buffer.of(0xff), ""],
  ["a batch", `[${structured('"type":"harbor.x"')}]`, ""],
  ["a key twice", `{"type":"PULL_ARTIFACT","event_data":{"a":1,"a":2}}`, "/event_data/a"],
  ["no type", `{"event_data":{}}`, ""],
  ["a CloudEvent without id", `{"specversion":"1.0","source":"s","type":"harbor.x"}`, ""],
  ["a CloudEvent of another version", `{"specversion":"0.3","id":"1","source":"s","type":"harbor.x"}`, ""],
  ["another registry's event", structured('"type":"dev.chainguard.registry.pull.v1","data":{}'), "/type"],
])("%s is kept byte for byte among the rejected", async (_, body, pointer) => {
  const bytes = Buffer.from(body);
  expect((await send(bytes, CLOUDEVENTS)).status).toBe(202);
  expect(Buffer.from(eventAt(receiver, -1).event.data).equals(bytes)).toBe(true);
  const { table, row } = rowAt(receiver, -1);
  expect(table).toBe("rejected_events");
  expect(row).toMatchObject({
    ce_id: createHash("sha256").update(bytes).digest("hex"),
    ce_type: "harbor.unreadable",
    ce_source: "harbor",
    content_type: "application/cloudevents+json",
    reasons: [{ pointer }],
  });
});
