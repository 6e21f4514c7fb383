/** What becomes of each webhook of Mirantis Secure Registry. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parseJson } from "#services/shared/row/parse-json.ts";
import { startTestIssuer, type TestIssuer } from "#test/support/issuer.ts";
import { eventAt, startReceiver, type TestReceiver } from "#test/support/receiver.ts";
import { leavesOf, rowAt } from "#test/support/row-at.ts";

const SECRET = "Zm9yLXRlc3RzLW9ubHk";
const JSON_TYPE = { "content-type": "application/json" };

let issuer: TestIssuer;
let receiver: TestReceiver;

beforeAll(async () => {
  issuer = await startTestIssuer();
  receiver = await startReceiver({ issuer, env: { MSR_SECRETS: SECRET } });
});
afterAll(async () => {
  await receiver.stop();
  await issuer.close();
});

const sample = (name: string) => readFileSync(`test/fixtures/msr/${name}.json`);
const send = (body: Uint8Array | string, headers: Record<string, string> = JSON_TYPE) =>
  receiver.post(body, headers, `/msr/${SECRET}`);
const wrapper = (type: unknown, contents: unknown = {}) =>
  JSON.stringify({ type, createdAt: "2026-11-20T10:00:00Z", contents });

/** File, type without `com.mirantis.msr.`, subject. */
const SAMPLES = [
  ["tag-push", "tag.push", "platform/api:1.4.2"],
  ["tag-pull", "tag.pull", "platform/api:1.4.2"],
  ["tag-delete", "tag.delete", "platform/api:1.4.2"],
  ["manifest-push", "manifest.push", "platform/api"],
  ["manifest-pull", "manifest.pull", "platform/api"],
  ["manifest-delete", "manifest.delete", "platform/api"],
  ["scan-completed", "scan.completed", "platform/api:1.4.2"],
  ["scan-failed", "scan.failed", "platform/api:1.4.2"],
  ["promotion", "promotion", "platform/api:1.4.2"],
  ["push-mirroring", "push.mirroring", "platform/api:1.4.2"],
  ["poll-mirroring", "poll.mirroring", "platform/api:1.4.2"],
  ["repo-created", "repo.created", "platform/api"],
  ["repo-updated", "repo.updated", "platform/api"],
  ["repo-deleted", "repo.deleted", "platform/api"],
  ["repo-event", "repo.updated", "platform/api"],
  ["scanner-update-completed", "scanner.update.completed", undefined],
  ["chart-push", "chart.push", "platform/api-chart"],
  ["chart-pull", "chart.pull", "platform/api-chart"],
  ["chart-delete", "chart.delete", "platform/api-chart"],
  ["chart-linted", "chart.linted", "platform/api-chart"],
  ["test", "test", "foo/bar:latest"],
] as const;

test("there is a sample of every type that has a schema, and a test of every sample", () => {
  const files = readdirSync("test/fixtures/msr").filter((file) => file.endsWith(".json"));
  expect(SAMPLES.map(([name]) => `${name}.json`).toSorted()).toEqual(files.toSorted());
  const types = new Set<string>(SAMPLES.map(([, type]) => `com.mirantis.msr.${type}.v1.json`));
  const schemas = readdirSync("schemas").filter((file) => file.startsWith("com.mirantis.msr."));
  expect([...types].toSorted()).toEqual(schemas.toSorted());
});

test.each(SAMPLES)(
  "%s is %s: the body byte for byte, and each field in its column",
  async (name, type, subject) => {
    const body = sample(name);
    const answer = await send(body);

    expect(answer.status).toBe(202);
    const { event, receipt } = eventAt(receiver, -1);
    expect(Buffer.from(event.data).equals(body)).toBe(true);
    expect(event).toMatchObject({
      id: createHash("sha256").update(body).digest("hex"),
      type: `com.mirantis.msr.${type}.v1`,
      datacontenttype: "application/json",
      extensions: {},
    });
    expect(event.subject).toBe(subject);
    expect(receipt.source).toBe("msr");

    const { table, row, own } = rowAt(receiver, -1);
    expect(table).toBe(`com_mirantis_msr_${type.replaceAll(".", "_")}_v1`);
    expect(row["extra"]).toBeUndefined();
    expect(leavesOf(own)).toEqual(leavesOf(parseJson(body.toString()).value));
  },
);

test("a pull's row, as a whole", async () => {
  await send(sample("tag-pull"));
  const { row } = rowAt(receiver, -1);
  const { received_at, data_digest, ce_id, ...rest } = row;
  expect(received_at).toEqual(expect.stringMatching(/Z$/));
  expect(data_digest).toBe(`sha256:${ce_id as string}`);
  expect(rest).toEqual({
    ce_source: "msr.example.com",
    ce_type: "com.mirantis.msr.tag.pull.v1",
    ce_subject: "platform/api:1.4.2",
    ce_time: "2026-11-02T08:15:30.123456Z",
    ce_specversion: "1.0",
    source: "msr",
    type: "TAG_PULL",
    createdAt: "2026-11-02T08:15:30.123456702Z",
    contents: {
      namespace: "platform",
      repository: "api",
      tag: "1.4.2",
      digest: "sha256:ca5d30fc023719e4f61c2bec921d824d1ea6c9e76751b78c168737ebe3fb473f",
      imageName: "msr.example.com/platform/api:1.4.2",
      os: "linux",
      architecture: "amd64",
      author: "ci-bot",
      pulledAt: "2026-11-02T08:15:30.000000Z",
    },
    location: "/repositories/platform/api/tags/1.4.2",
  });
});

test("a repetition has the id of the first; one byte more makes another event", async () => {
  const body = sample("tag-push");
  for (const sent of [body, body, Buffer.concat([body, Buffer.from("\n")])]) await send(sent);
  const [first, second, third] = [-3, -2, -1].map((index) => eventAt(receiver, index).event);
  expect(second).toEqual(first);
  expect(third?.id).not.toBe(first?.id);
});

test.each([
  ["10.10.10.1/foo/bar:tag", "10.10.10.1"],
  ["msr:8443/foo/bar@sha256:00", "msr:8443"],
  ["localhost/foo/bar", "localhost"],
  ["foo/bar:latest", "msr"],
  ["bar:5000", "msr"],
  ["", "msr"],
  [7, "msr"],
])("the registry of the image %s is %s", async (imageName, source) => {
  await send(wrapper("TAG_PUSH", { imageName }));
  expect(eventAt(receiver, -1).event.source).toBe(source);
});

test.each([
  [
    "the test's image, but of today",
    { namespace: "foo", repository: "bar", pushedAt: "2026-11-20T10:00:00Z" },
  ],
  [
    "the test's time, but another image",
    { namespace: "foo", repository: "baz", pushedAt: "2015-01-02T15:04:05Z" },
  ],
])("%s is a true push", async (_, contents) => {
  await send(wrapper("TAG_PUSH", contents));
  expect(eventAt(receiver, -1).event.type).toBe("com.mirantis.msr.tag.push.v1");
});

test("a test payload of any kind is a test, its kind in the column type", async () => {
  await send(
    wrapper("TAG_PULL", {
      namespace: "foo",
      repository: "bar",
      tag: "latest",
      pulledAt: "2015-01-02T15:04:05Z",
    }),
  );
  const { table, own } = rowAt(receiver, -1);
  expect([table, own["type"]]).toEqual(["com_mirantis_msr_test_v1", "TAG_PULL"]);
});

test.each([
  ["IMAGE_SIGNED", "image.signed"],
  ["repo_event", "repo.event"],
  ["X", "x"],
])("the unknown constant %s is kept as unregistered", async (constant, type) => {
  const body = wrapper(constant, { namespace: "a", future: 12345678901234567890n.toString() });
  expect((await send(body)).status).toBe(202);
  const { table, row } = rowAt(receiver, -1);
  expect([table, row["ce_type"], row["data"]]).toEqual([
    "unregistered_events",
    `com.mirantis.msr.${type}.v1`,
    body,
  ]);
});

test("REPO_EVENT of a kind that nobody knows is kept under its own name", async () => {
  await send(wrapper("REPO_EVENT", { event: "REPO_MOVED" }));
  expect(eventAt(receiver, -1).event.type).toBe("com.mirantis.msr.repo.event.v1");
});

test("what is not as documented is in extra, and the row is an ordinary one", async () => {
  const body = `{"type":"TAG_PUSH","createdAt":"yesterday","contents":{"namespace":"a","repository":"b","tag":["x"],"pushedAt":1,"size":12345678901234567890},"apiVersion":2}`;
  await send(body);
  const { table, row } = rowAt(receiver, -1);
  expect(table).toBe("com_mirantis_msr_tag_push_v1");
  expect(row["ce_time"]).toBeUndefined();
  expect(row["createdAt"]).toBe("yesterday");
  expect(JSON.stringify(row["extra"])).toBe(
    `{"contents":{"tag":["x"],"pushedAt":1,"size":12345678901234567890},"apiVersion":2}`,
  );
});

test.each([
  ["contents that are no object", wrapper("TAG_PUSH", [1])],
  ["no contents", `{"type":"TAG_PUSH"}`],
])("%s are an event all the same", async (_, body) => {
  expect((await send(body)).status).toBe(202);
  expect(rowAt(receiver, -1).table).toBe("com_mirantis_msr_tag_push_v1");
});

test.each([
  ["no JSON", "type=TAG_PUSH", ""],
  ["nothing", "", ""],
  ["bytes that are no text", Buffer.of(0x1f, 0x8b, 0xff), ""],
  ["an array", "[1]", ""],
  ["a key twice", `{"type":"TAG_PUSH","type":"TAG_PULL"}`, "/type"],
  ["no type", `{"createdAt":"2026-11-20T10:00:00Z","contents":{}}`, "/type"],
  ["a type that is no constant", wrapper("TAG PUSH; DROP"), "/type"],
  ["a type of another kind", wrapper(5), "/type"],
  ["a type without end", wrapper("A".repeat(61)), "/type"],
  ["too many levels", "[".repeat(2_000), ""],
  ["a control character in the subject", wrapper("TAG_PUSH", { namespace: "a\u0001", repository: "b" }), ""],
  ["a key twice that is long", `{"${"k".repeat(5_000)}":1,"${"k".repeat(5_000)}":2}`, `/${"k".repeat(99)}`],
])("%s is kept byte for byte among the rejected", async (_, body, pointer) => {
  const bytes = Buffer.from(body);
  const answer = await send(bytes, { "content-type": "text/plain; charset=latin1" });
  expect(answer.status).toBe(202);
  const { event } = eventAt(receiver, -1);
  expect(Buffer.from(event.data).equals(bytes)).toBe(true);
  const { table, row } = rowAt(receiver, -1);
  expect(table).toBe("rejected_events");
  expect(row).toMatchObject({
    ce_id: createHash("sha256").update(bytes).digest("hex"),
    ce_type: "com.mirantis.msr.unreadable.v1",
    ce_source: "msr",
    source: "msr",
    content_type: "text/plain; charset=latin1",
    reasons: [{ pointer }],
  });
  // Pub/Sub takes 1,024 bytes per attribute.
  const attributes = Object.values(receiver.published.at(-1)?.attributes ?? {});
  expect(Math.max(...attributes.map((value) => Buffer.byteLength(value)))).toBeLessThanOrEqual(1_024);
});

test.each([
  [undefined],
  ["application/x-www-form-urlencoded"],
  ["nonsense"],
  ["application/json; charset=utf-16"],
])("the Content-Type %s keeps no event out", async (contentType) => {
  const answer = await send(
    sample("tag-push"),
    contentType === undefined ? {} : { "content-type": contentType },
  );
  expect(answer.status).toBe(202);
  expect(rowAt(receiver, -1).table).toBe("com_mirantis_msr_tag_push_v1");
});
