/** What the receiver refuses although the token is good, and what is not for it at all. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startTestIssuer, type TestIssuer } from "#test/support/issuer.ts";
import { PULL, PULL_HEADERS, readAll, startReceiver, type TestReceiver } from "#test/support/receiver.ts";
import { refusalOf, tryRequest } from "#test/support/refusal.ts";

let issuer: TestIssuer;
let receiver: TestReceiver;

beforeAll(async () => {
  issuer = await startTestIssuer();
  receiver = await startReceiver({ issuer, env: { MAX_BODY_BYTES: "4096" } });
});
afterAll(async () => {
  await receiver.stop();
  await issuer.close();
});

async function signed(body: Uint8Array | string, headers: Record<string, string>) {
  const bytes = Buffer.from(body);
  return tryRequest(receiver, bytes, { authorization: `Bearer ${await issuer.token(bytes)}`, ...headers });
}

describe("a kind of body that is not read: 415", () => {
  test.each([
    "text/plain",
    "application/xml",
    "application/octet-stream",
    "application/cloudevents+xml",
    "application/jsonp",
    "nonsense",
  ])("%s", async (type) => {
    expect(await signed(PULL, { ...PULL_HEADERS, "content-type": type })).toMatchObject(
      refusalOf("not-json"),
    );
  });

  test("compressed; the answer says what would do", async () => {
    const refusal = await signed(PULL, { ...PULL_HEADERS, "content-encoding": "gzip" });
    expect(refusal).toMatchObject(refusalOf("not-json"));
    expect(refusal.answer.headers["accept-encoding"]).toBe("identity");
  });

  test.each(["application/cloudevents+json", "application/cloudevents-batch+json"])(
    "%s in UTF-16",
    async (type) => {
      expect(await signed("{}", { "content-type": `${type}; charset=UTF-16` })).toMatchObject(
        refusalOf("not-json"),
      );
    },
  );
});

describe("in binary mode, what is no CloudEvent: 400", () => {
  test.each(["ce-id", "ce-source", "ce-type", "ce-specversion"])("no %s, or an empty one", async (name) => {
    const { [name]: _, ...others } = PULL_HEADERS;
    for (const headers of [others, { ...others, [name]: "" }]) {
      const refusal = await signed(PULL, headers);
      expect(refusal).toMatchObject(refusalOf("not-a-cloudevent"));
      expect(refusal.answer.json["detail"]).toContain(name.slice(3));
    }
  });

  test.each([
    ["another specversion", { "ce-specversion": "0.3" }],
    ["a time that is none", { "ce-time": "yesterday" }],
    ["a day that is none", { "ce-time": "2025-02-29T00:00:00Z" }],
    ["a time without a zone", { "ce-time": "2025-02-28T00:00:00" }],
    ["an attribute with a name that is none", { "ce-not_a_name": "x" }],
    ["an attribute called data", { "ce-data": "x" }],
    ["an overlong encoding", { "ce-subject": "%C0%A0" }],
    ["a control character", { "ce-subject": "a%00b" }],
  ])("%s", async (_, headers: Record<string, string>) => {
    expect(await signed(PULL, { ...PULL_HEADERS, ...headers })).toMatchObject(refusalOf("not-a-cloudevent"));
  });

  test("no ce-* headers at all", async () => {
    expect(await signed(PULL, { "content-type": "application/json" })).toMatchObject(
      refusalOf("not-a-cloudevent"),
    );
  });
});

describe("a header that may stand once and is there twice: 400", () => {
  const NAMES = ["ce-id", "ce-type", "ce-source", "ce-time", "ce-specversion", "ce-subject", "ce-anything"];

  // With a query the request goes through the routes, without one past them.
  test.each(NAMES.flatMap((name) => ["/", "/?x"].map((path) => [name, path] as const)))(
    "%s at %s",
    async (name, path) => {
      const authorization = `Bearer ${await issuer.token(PULL)}`;
      const values = [
        [PULL_HEADERS[name] ?? "x", "other"],
        ["x", "x"],
        ["", "x"],
      ];
      for (const value of values) {
        const headers = { ...PULL_HEADERS, authorization, [name.toUpperCase()]: value };
        const { [name]: _, ...once } = headers as Record<string, string | string[]>;
        const refusal = await tryRequest(receiver, PULL, once, { path });
        expect(refusal).toMatchObject(refusalOf("repeated-header"));
        expect(refusal.answer.json["detail"]).toContain(`"${name}"`);
      }
    },
  );

  test("others may: a registry adds a Content-Type to the configured one", async () => {
    const authorization = `Bearer ${await issuer.token(PULL)}`;
    const headers = { ...PULL_HEADERS, authorization, accept: ["a", "b"], traceparent: ["x", "y"] };
    expect((await tryRequest(receiver, PULL, headers)).status).toBe(202);
  });
});

describe("in structured mode, what is no CloudEvent: 400", () => {
  const required = '"specversion":"1.0","id":"1","source":"s","type":"t"';
  test.each([
    ["no JSON", "{"],
    ["no UTF-8", Buffer.of(0x7b, 0xff, 0x7d)],
    ["empty", ""],
    ["a list", "[]"],
    ["text", '"event"'],
    ["without an id", '{"specversion":"1.0","source":"s","type":"t"}'],
    ["with an id that is null", '{"specversion":"1.0","id":null,"source":"s","type":"t"}'],
    ["with an extension that is an object", `{${required},"ext":{}}`],
    ["with a capital in a name", `{${required},"Ext":"x"}`],
    ["with data twice", `{${required},"data":1,"data_base64":"AAAA"}`],
    ["with data_base64 that is none", `{${required},"data_base64":"a b"}`],
    ["with half a surrogate pair", `{${required},"subject":"\\ud800"}`],
  ])("an event that is %s", async (_, body) => {
    expect(await signed(body, { "content-type": "application/cloudevents+json" })).toMatchObject(
      refusalOf("not-a-cloudevent"),
    );
  });

  test("a batch that is no list", async () => {
    expect(
      await signed(`{${required}}`, { "content-type": "application/cloudevents-batch+json" }),
    ).toMatchObject(refusalOf("not-a-cloudevent"));
  });
});

describe("a body that is too large: 413", () => {
  test("by its Content-Length, before anything else is looked at", async () => {
    expect(await tryRequest(receiver, Buffer.alloc(4097), {})).toMatchObject(refusalOf("too-large"));
  });

  test("in chunks, without a Content-Length", async () => {
    const chunked = { ...PULL_HEADERS, "transfer-encoding": "chunked" };
    expect(await signed(Buffer.alloc(4097), chunked)).toMatchObject(refusalOf("too-large"));
    expect(await signed(Buffer.alloc(3_000_000), chunked)).toMatchObject(refusalOf("too-large"));
  });

  test("but one of exactly the limit is taken, both ways", async () => {
    const body = Buffer.alloc(4096, 0x20);
    expect((await signed(body, PULL_HEADERS)).status).toBe(202);
    expect((await signed(body, { ...PULL_HEADERS, "transfer-encoding": "chunked" })).status).toBe(202);
  });
});

describe("elsewhere", () => {
  test.each([
    ["GET", "/", "POST, OPTIONS"],
    ["PUT", "/", "POST, OPTIONS"],
    ["DELETE", "/", "POST, OPTIONS"],
    ["POST", "/health", "GET, HEAD"],
  ])("%s %s: 405 with what is allowed", async (method, path, allow) => {
    const refusal = await tryRequest(receiver, Buffer.of(), {}, { method, path });
    expect(refusal).toMatchObject(refusalOf("method-not-allowed"));
    expect(refusal.answer.headers["allow"]).toBe(allow);
  });

  test.each(["/zot", "/nothing", "/health/", "//", "/%ff", "/..%2f"])("POST %s: 404", async (path) => {
    expect(await tryRequest(receiver, PULL, PULL_HEADERS, { path })).toMatchObject(refusalOf("not-found"));
  });

  test("a client that goes before its body is complete leaves no event", async () => {
    const [actions, lines] = [receiver.actions.length, receiver.logs.length];
    const socket = await receiver.connect();
    const answered = readAll(socket);
    socket.write(
      `POST / HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${await issuer.token(PULL)}\r\n` +
        `content-type: application/json\r\ncontent-length: 721\r\n\r\n{"actor`,
    );
    socket.destroySoon();
    await answered;
    await expect.poll(() => receiver.logs.length).toBeGreaterThan(lines);
    expect(receiver.logs.at(-1)).toMatchObject({ code: "body-cut-short" });
    expect(receiver.actions).toHaveLength(actions);
  });
});
