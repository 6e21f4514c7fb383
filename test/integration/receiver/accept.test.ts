/** What the receiver takes, and what becomes of it in the queue. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  digestOf,
  GROUP,
  startTestIssuer,
  type TestIssuer,
  type TokenOptions,
} from "#test/support/issuer.ts";
import { eventAt, PULL, PULL_HEADERS, startReceiver, type TestReceiver } from "#test/support/receiver.ts";

let issuer: TestIssuer;
let receiver: TestReceiver;

beforeAll(async () => {
  issuer = await startTestIssuer();
  receiver = await startReceiver({ issuer });
});
afterAll(async () => {
  await receiver.stop();
  await issuer.close();
});

async function send(body: Uint8Array | string, headers: Record<string, string>, token?: TokenOptions) {
  const bytes = Buffer.from(body);
  return receiver.post(bytes, { authorization: `Bearer ${await issuer.token(bytes, token)}`, ...headers });
}

const STRUCTURED = { "content-type": "application/cloudevents+json; charset=utf-8" };
const BATCHED = { "content-type": "application/cloudevents-batch+json" };
const minimal = (id: string) => `"specversion":"1.0","id":"${id}","source":"s","type":"t"`;

describe("binary mode", () => {
  test("the published event is in the queue byte for byte, with all its attributes", async () => {
    const answer = await send(PULL, PULL_HEADERS);

    expect(answer.status).toBe(202);
    expect(answer.json).toEqual({ accepted: 1 });
    const message = receiver.published.at(-1);
    expect(digestOf(message?.data ?? Buffer.of())).toBe(
      "sha256:0e059fc8fc38fe672a3b532c9d2225bff18f6119cfe26b29048a91497d331e79",
    );
    expect(message?.attributes).toMatchObject({
      "ce-id": "188888b6-27d2-4a80-8ad5-c7450ab89c0c",
      "ce-source": "cgr.dev",
      "ce-type": "dev.chainguard.registry.pull.v1",
      "ce-specversion": "1.0",
      "ce-subject": "45a0c61ea6fd977f050c5fb9ac06a69eed764595/7214b8ddd5ce879d",
      "ce-time": "2025-04-23T00:37:47Z",
      "ce-group": GROUP,
      "ce-audience": "customer",
      "ce-actor": "enforce-prod-registry-jzjewxe4@prod-enforce-fabc.iam.gserviceaccount.com",
      "content-type": "application/json",
      "pullhouse-source": "chainguard",
      "pullhouse-recipient-group": GROUP,
      "pullhouse-fit": "fits",
    });
    expect(message?.attributes).not.toHaveProperty("authorization");
    expect(receiver.actions.slice(-2)).toEqual(["publish", "alarm drain"]);
  });

  test("a sub-group's token is ours, and the row's recipient is the sub-group", async () => {
    const group = `${GROUP}/7214b8ddd5ce879d/e2fca7026fbaa243`;
    const answer = await send(PULL, PULL_HEADERS, { claims: { sub: `webhook:${group}` } });
    expect(answer.status).toBe(202);
    expect(eventAt(receiver, -1).receipt.recipientGroup).toBe(group);
  });

  test.each(["bearer", "BEARER", "Bearer  "])("the scheme may be written %s", async (scheme) => {
    const answer = await send(PULL, {
      ...PULL_HEADERS,
      authorization: `${scheme} ${await issuer.token(PULL)}`,
    });
    expect(answer.status).toBe(202);
  });

  test("an audience among others is enough", async () => {
    expect((await send(PULL, PULL_HEADERS, { claims: { aud: ["other", "customer"] } })).status).toBe(202);
    expect((await send(PULL, PULL_HEADERS, { claims: { aud: "customer" } })).status).toBe(202);
  });

  test("values are decoded: percent-encoding, double quotes, and bytes in UTF-8", async () => {
    const answer = await send(PULL, {
      ...PULL_HEADERS,
      "ce-subject": "Euro%20%E2%82%AC%20%F0%9F%98%80",
      "ce-quoted": '"a \\"b\\" c"',
      "ce-utf": Buffer.from("Zürich").toString("latin1"),
      "ce-percent": "100% sure",
    });
    expect(answer.status).toBe(202);
    const { event } = eventAt(receiver, -1);
    expect(event.subject).toBe("Euro € 😀");
    expect(event.extensions).toMatchObject({ quoted: 'a "b" c', utf: "Zürich", percent: "100% sure" });
  });

  test("an event without data and without a content type is an event", async () => {
    const answer = await send("", {
      "ce-id": "1",
      "ce-source": "s",
      "ce-type": "t",
      "ce-specversion": "1.0",
    });
    expect(answer.status).toBe(202);
    expect(eventAt(receiver, -1).event.data).toHaveLength(0);
    expect(eventAt(receiver, -1).event.datacontenttype).toBeUndefined();
  });

  test.each([
    ["a type without a schema", "{}", { "ce-type": "dev.chainguard.new.v1" }, "unregistered"],
    ["data that does not fit its schema", '{"actor":{"subject":5}}', {}, "misfit"],
    ["data that is no JSON although it says so", "{oops", {}, "misfit"],
    ["data that is no UTF-8", Buffer.of(0xff, 0xfe), {}, "misfit"],
  ])("%s is taken and marked", async (_, body, headers, fit) => {
    const answer = await send(body, { ...PULL_HEADERS, ...headers });
    expect(answer.status).toBe(202);
    const message = receiver.published.at(-1);
    expect(message?.attributes["pullhouse-fit"]).toBe(fit);
    expect(Buffer.from(message?.data ?? []).equals(Buffer.from(body))).toBe(true);
  });
});

describe("structured mode", () => {
  test("numbers in the data keep every digit", async () => {
    const data = '{"n":12345678901234567890,"x":1.10,"e":1E400,"deep":[-0,{"y":0.1000000000000000055}]}';
    const answer = await send(
      `{${minimal("big")},"ext":9007199254740993,"flag":true,"data":${data}}`,
      STRUCTURED,
    );
    expect(answer.status).toBe(202);
    const { event } = eventAt(receiver, -1);
    expect(Buffer.from(event.data).toString()).toBe(data);
    expect(event.extensions).toEqual({ ext: "9007199254740993", flag: "true" });
  });

  test.each([
    ["base64", '"data_base64":"AP+A"', Buffer.of(0, 255, 128)],
    ["text of another type", '"datacontenttype":"text/plain","data":"grüß"', Buffer.from("grüß")],
    ["text as JSON", '"datacontenttype":"application/json","data":"a"', Buffer.from('"a"')],
    ["text as JSON by default", '"data":"a"', Buffer.from('"a"')],
    ["none", '"subject":null', Buffer.of()],
  ])("data as %s arrives as its bytes", async (_, member, bytes) => {
    expect((await send(`{${minimal("d")},${member}}`, STRUCTURED)).status).toBe(202);
    expect(Buffer.from(eventAt(receiver, -1).event.data)).toEqual(bytes);
  });
});

describe("batched mode", () => {
  test("every event of a batch is a message", async () => {
    const before = receiver.published.length;
    const batch = `[${["a", "b", "c"].map((id) => `{${minimal(id)},"data":{"n":1e2}}`).join(",")}]`;
    const answer = await send(batch, BATCHED);
    expect(answer.status).toBe(202);
    expect(answer.json).toEqual({ accepted: 3 });
    const ids = receiver.published.slice(before).map((message) => message.attributes["ce-id"]);
    expect(ids).toEqual(["a", "b", "c"]);
  });

  test("an empty batch is accepted and asks for nothing", async () => {
    const before = receiver.actions.length;
    const answer = await send("[]", BATCHED);
    expect(answer.status).toBe(202);
    expect(answer.json).toEqual({ accepted: 0 });
    expect(receiver.actions).toHaveLength(before);
  });

  test("one event that is none refuses the batch, says which, and nothing is published", async () => {
    const before = receiver.actions.length;
    const answer = await send(`[{${minimal("a")}},{"specversion":"1.0"},{${minimal("c")}}]`, BATCHED);
    expect(answer.status).toBe(400);
    expect(answer.json).toMatchObject({ index: 1, detail: "id is missing or empty" });
    expect(receiver.actions).toHaveLength(before);
  });

  test("a batch of more events than Pub/Sub takes in a request is refused", async () => {
    const answer = await send(`[${Array.from({ length: 1001 }, () => "{}").join(",")}]`, BATCHED);
    expect(answer.status).toBe(413);
    expect(answer.json).toMatchObject({ type: "urn:pullhouse:problem:too-many-events" });
  });
});

test("the service is healthy, without a token", async () => {
  const answer = await fetch(`${receiver.url}/health`);
  expect(answer.status).toBe(200);
});

test("one line of the log per request says what became of it, and none holds a token or data", async () => {
  const before = receiver.logs.length;
  const token = await issuer.token(PULL);
  await receiver.post(PULL, { ...PULL_HEADERS, authorization: `Bearer ${token}` });
  await receiver.post("{}", { ...PULL_HEADERS, authorization: `Bearer ${token}` });

  const lines = receiver.logs.slice(before);
  expect(lines).toEqual([
    expect.objectContaining({
      severity: "DEBUG",
      message: "accepted",
      status: 202,
      source: "chainguard",
      type: "dev.chainguard.registry.pull.v1",
      messages: 1,
      milliseconds: expect.any(Number),
    }),
    expect.objectContaining({ severity: "WARNING", message: "refused", status: 403, code: "token-digest" }),
  ]);
  const text = JSON.stringify(receiver.logs);
  expect(text).not.toContain(token.slice(0, 20));
  expect(text).not.toContain("76.169.101.202");
});
