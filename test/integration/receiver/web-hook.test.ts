/** The handshake of the CloudEvents Web Hook specification, over HTTP. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestIssuer, type TestIssuer } from "#test/support/issuer.ts";
import { startReceiver, type TestReceiver } from "#test/support/receiver.ts";

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

const options = (headers: Record<string, string>) =>
  fetch(`${receiver.url}/`, { method: "OPTIONS", headers });

test("a sender that asks is allowed at once, at any rate, and nobody is called back", async () => {
  const answer = await options({
    "webhook-request-origin": "eventemitter.example.com",
    "webhook-request-callback": `${receiver.url}/health`,
    "webhook-request-rate": "120",
  });
  expect(answer.status).toBe(200);
  expect(Object.fromEntries(answer.headers)).toMatchObject({
    allow: "POST, OPTIONS",
    "webhook-allowed-origin": "eventemitter.example.com",
    "webhook-allowed-rate": "*",
  });
});

test("without an origin it is a plain OPTIONS, which grants nothing", async () => {
  const answer = await options({});
  expect(answer.status).toBe(204);
  expect(answer.headers.get("allow")).toBe("POST, OPTIONS");
  expect(answer.headers.get("webhook-allowed-origin")).toBeNull();
});

test("a handshake leaves nothing in the queue", () => {
  expect(receiver.asked).toEqual({ publisher: 0, store: 0, alarm: 0 });
});
