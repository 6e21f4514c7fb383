/** What the receiver writes of a request's trace: into its log, with the message, and into the spill. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { startTestIssuer, type TestIssuer } from "#test/support/issuer.ts";
import {
  type Answer,
  PULL,
  PULL_HEADERS,
  post,
  startReceiver,
  type TestReceiver,
} from "#test/support/receiver.ts";

const ID = "4bf92f3577b34da6a3ce929d0e0e4736";
const SPAN = "00f067aa0ba902b7";
const TRACEPARENT = `00-${ID}-${SPAN}-01`;
const TRACE_FIELDS = {
  "logging.googleapis.com/trace": `projects/test-project/traces/${ID}`,
  "logging.googleapis.com/spanId": SPAN,
  "logging.googleapis.com/trace_sampled": true,
};
const ATTRIBUTE = "googclient_traceparent";
const TYPE = "dev.chainguard.registry.pull.v1";

let issuer: TestIssuer;
let receiver: TestReceiver;

beforeEach(async () => {
  issuer = await startTestIssuer();
  receiver = await startReceiver({ issuer });
});
afterEach(async () => {
  await receiver.stop();
  await issuer.close();
});

const { traceparent: _traceparent, ...untraced } = PULL_HEADERS;

async function send(headers: Record<string, string>, body: Buffer = PULL, token?: string): Promise<Answer> {
  const authorization = `Bearer ${token ?? (await issuer.token(body))}`;
  return receiver.post(body, { ...untraced, ...headers, authorization });
}

const lines = (message: string) => receiver.logs.filter((line) => line["message"] === message);

test("the answer's line has the trace, the event, its message and when it came; the message has the trace", async () => {
  expect((await send({ traceparent: TRACEPARENT })).status).toBe(202);
  expect(lines("accepted")).toEqual([
    expect.objectContaining({
      status: 202,
      ceId: PULL_HEADERS["ce-id"],
      type: TYPE,
      messageId: "m1",
      receivedAt: receiver.published[0]?.attributes["pullhouse-received-at"],
      ...TRACE_FIELDS,
    }),
  ]);
  expect(receiver.published[0]?.attributes[ATTRIBUTE]).toBe(TRACEPARENT);
});

test("the two headers of a request that says it twice are none, and a new trace begins", async () => {
  const authorization = `Bearer ${await issuer.token(PULL)}`;
  const twice = { ...untraced, authorization, traceparent: [TRACEPARENT, TRACEPARENT] };
  expect((await post(receiver.port, "/", PULL, twice)).status).toBe(202);
  const begun = receiver.published[0]?.attributes[ATTRIBUTE];
  expect(begun).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
  expect(begun).not.toContain(ID);
});

test("Google's older header is the trace where there is no traceparent", async () => {
  const legacy = `${ID}/${BigInt(`0x${SPAN}`)};o=1`;
  expect((await send({ "x-cloud-trace-context": legacy })).status).toBe(202);
  expect(lines("accepted")).toEqual([expect.objectContaining(TRACE_FIELDS)]);
});

test("when Pub/Sub fails, the line of that and the answer's have the trace, and so has the spilled message", async () => {
  receiver.modes.publisher = "fail";
  expect((await send({ traceparent: TRACEPARENT })).status).toBe(202);
  const [[object, bytes] = ["", Buffer.of()]] = receiver.spilled;
  const { attributes } = JSON.parse(bytes.toString()) as { attributes: Record<string, string> };
  expect(attributes[ATTRIBUTE]).toBe(TRACEPARENT);
  expect(lines("not published")).toEqual([expect.objectContaining(TRACE_FIELDS)]);
  const [line] = lines("accepted");
  expect(line).toMatchObject({ object, spilled: 1, ...TRACE_FIELDS });
  expect(line).not.toHaveProperty("messageId");
});

test("every event of a batch has a line and a message with the request's trace", async () => {
  const events = ["a", "b"].map((id) => ({
    specversion: "1.0",
    id,
    source: "cgr.dev",
    type: TYPE,
    data: {},
  }));
  const headers = { "content-type": "application/cloudevents-batch+json", traceparent: TRACEPARENT };
  expect((await send(headers, Buffer.from(JSON.stringify(events)))).status).toBe(202);
  expect(lines("accepted in a batch")).toEqual([
    expect.objectContaining({ ceId: "a", type: TYPE, messageId: "m1", status: 202, ...TRACE_FIELDS }),
    expect.objectContaining({ ceId: "b", type: TYPE, messageId: "m2", status: 202, ...TRACE_FIELDS }),
  ]);
  const [sum] = lines("accepted");
  expect(sum).toMatchObject({ messages: 2, ...TRACE_FIELDS });
  expect(sum).not.toHaveProperty("ceId");
  expect(receiver.published.map(({ attributes }) => attributes[ATTRIBUTE])).toEqual([
    TRACEPARENT,
    TRACEPARENT,
  ]);
});

test("a refusal's line has the trace, of a sender that nobody knows as well", async () => {
  expect((await send({ traceparent: TRACEPARENT }, PULL, "no.token.atall")).status).toBe(403);
  expect(lines("refused")).toEqual([expect.objectContaining({ status: 403, ...TRACE_FIELDS })]);
});
