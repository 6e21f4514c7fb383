/** Senders that show a fixed `Authorization` value, Distribution and Harbor: who may post. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readReceiverConfig } from "#services/receiver/config.ts";
import { startTestIssuer, type TestIssuer } from "#test/support/issuer.ts";
import { post, startReceiver, type TestReceiver } from "#test/support/receiver.ts";

const OLD = "Bearer old-value";
const NEW = "Just some words: new!";
const BASIC = "Basic cmVnaXN0cnk6c2VjcmV0";
const VALUES = [OLD, NEW, BASIC].join(" , ");

let issuer: TestIssuer;
let receiver: TestReceiver;

beforeAll(async () => {
  issuer = await startTestIssuer();
  receiver = await startReceiver({
    issuer,
    env: { DISTRIBUTION_AUTHORIZATION: VALUES, HARBOR_AUTHORIZATION: VALUES },
  });
});
afterAll(async () => {
  await receiver.stop();
  await issuer.close();
});

describe.each([
  ["/distribution", `{"events":[{"id":"1","action":"pull"}]}`],
  ["/harbor", `{"type":"PULL_ARTIFACT","event_data":{}}`],
])("%s", (path, body) => {
  const send = (headers: Record<string, string | string[]>) => post(receiver.port, path, body, headers);

  test.each([
    ["the old value", OLD],
    ["the new value", NEW],
    ["the third", BASIC],
    ["a scheme in capitals", BASIC.replace("Basic", "BASIC")],
  ])("%s is enough", async (_, authorization) => {
    const before = receiver.published.length;
    expect((await send({ authorization })).status).toBe(202);
    expect(receiver.published).toHaveLength(before + 1);
  });

  test.each([[[NEW, "Bearer else"]], [["Bearer else", NEW]], [[NEW, NEW]]])(
    "two headers are refused, whichever is right: %j",
    async (authorization) => {
      const answer = await send({ authorization });
      expect(answer.status).toBe(400);
      expect(answer.json).toMatchObject({ type: "urn:pullhouse:problem:repeated-header" });
    },
  );

  test.each([
    ["no header", undefined, 401, "no-credentials"],
    ["an empty one", "", 401, "no-credentials"],
    ["another value", "Bearer other-value", 403, "wrong-credentials"],
    ["the value without its scheme", OLD.slice(7), 403, "wrong-credentials"],
    ["a value and more", `${NEW}!`, 403, "wrong-credentials"],
    ["two values in one header", `${NEW}, ${NEW}`, 403, "wrong-credentials"],
    ["the whole list", VALUES.slice(1), 403, "wrong-credentials"],
  ])("%s is refused before the body is looked at", async (_, authorization, status, problem) => {
    const before = { ...receiver.asked };
    const answer = await send(authorization === undefined ? {} : { authorization });
    expect(answer.status).toBe(status);
    expect(answer.json).toMatchObject({ type: `urn:pullhouse:problem:${problem}` });
    expect(receiver.asked).toEqual(before);
  });
});

test("no line of the log has a value", () => {
  const text = JSON.stringify(receiver.logs);
  expect(receiver.logs.length).toBeGreaterThan(10);
  for (const value of [OLD, NEW, BASIC, "other-value"])
    expect(text).not.toContain(value.replace(/^\w+ /, ""));
});

test.each([["/harbor"], ["/distribution"]])("without its variable there is no %s", async (path) => {
  const other = await startReceiver({ issuer });
  try {
    expect((await other.post("{}", { authorization: OLD }, path)).status).toBe(404);
  } finally {
    await other.stop();
  }
});

test.each([
  ["HARBOR_AUTHORIZATION", "short"],
  ["DISTRIBUTION_AUTHORIZATION", "grüße an alle"],
])("%s is refused at the start, and its value not printed", (name, value) => {
  const start = () =>
    readReceiverConfig({
      GOOGLE_CLOUD_PROJECT: "test-project",
      GCS_BUCKET: "test-bucket",
      BATCHER_URL: "http://127.0.0.1:1",
      LOADER_URL: "http://127.0.0.1:1",
      [name]: `Bearer right-one,${value}`,
    });
  expect(start).toThrow(new RegExp(`^${name} holds something else than`));
  expect(start).not.toThrow(value);
});
