/** Who may post as Mirantis Secure Registry, and that nothing of it is ever logged. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { readReceiverConfig } from "#services/receiver/config.ts";
import { startTestIssuer, type TestIssuer } from "#test/support/issuer.ts";
import { startReceiver, type TestReceiver } from "#test/support/receiver.ts";

const OLD = "old-secret_0123456789";
const NEW = "new.secret~9876543210";
const WRONG = "wrong-secret-abcdefgh";
const BODY = JSON.stringify({ type: "TAG_PULL", createdAt: "2026-11-20T10:00:00Z", contents: {} });
const basic = (credentials: string) => `Basic ${Buffer.from(credentials).toString("base64")}`;

let issuer: TestIssuer;
let receiver: TestReceiver;

beforeAll(async () => {
  issuer = await startTestIssuer();
  receiver = await startReceiver({
    issuer,
    env: { MSR_SECRETS: `${OLD}, ${NEW}`, MSR_BASIC: "msr:pass:word+/=,two:password2" },
  });
});
afterAll(async () => {
  await receiver.stop();
  await issuer.close();
});

const post = (path: string, authorization?: string) =>
  receiver.post(BODY, authorization === undefined ? {} : { authorization }, path);

test.each([
  ["the old secret in the path", `/msr/${OLD}`, undefined],
  ["the new secret in the path", `/msr/${NEW}`, undefined],
  ["a secret in the query", `/msr?secret=${NEW}`, undefined],
  ["a secret in the query, percent-encoded", `/msr?x=1&secret=${NEW.replace("~", "%7E")}`, undefined],
  ["basic credentials", "/msr", basic("msr:pass:word+/=")],
  ["the second of them, the scheme in capitals", "/msr", basic("two:password2").replace("Basic", "BASIC ")],
  ["a right secret beside a header of somebody else's", `/msr/${OLD}`, "Bearer something"],
])("%s is enough", async (_, path, authorization) => {
  const before = receiver.published.length;
  expect((await post(path, authorization)).status).toBe(202);
  expect(receiver.published).toHaveLength(before + 1);
});

test.each([
  ["nothing", "/msr", undefined, 401, "no-credentials"],
  ["an empty secret", "/msr?secret=", undefined, 401, "no-credentials"],
  ["a wrong secret in the path", `/msr/${WRONG}`, undefined, 403, "wrong-credentials"],
  ["a wrong secret in the query", `/msr?secret=${WRONG}`, undefined, 403, "wrong-credentials"],
  ["the beginning of a secret", `/msr/${OLD.slice(0, -1)}`, undefined, 403, "wrong-credentials"],
  ["a secret and more", `/msr/${OLD}x`, undefined, 403, "wrong-credentials"],
  [
    "both secrets as one",
    `/msr/${encodeURIComponent(`${OLD}, ${NEW}`)}`,
    undefined,
    403,
    "wrong-credentials",
  ],
  ["a wrong password", "/msr", basic("msr:password2"), 403, "wrong-credentials"],
  ["a secret as a bearer token", "/msr", `Bearer ${OLD}`, 403, "wrong-credentials"],
])("%s is refused before the body is looked at", async (_, path, authorization, status, problem) => {
  const before = { ...receiver.asked };
  const answer = await post(path, authorization);
  expect(answer.status).toBe(status);
  expect(answer.json).toMatchObject({ type: `urn:pullhouse:problem:${problem}` });
  expect(receiver.asked).toEqual(before);
});

test("below the secret there is nothing", async () => {
  expect((await post(`/msr/${OLD}/more`)).status).toBe(404);
  expect((await post("/msrx")).status).toBe(404);
});

test("no line of the log has a secret or a password, whatever became of the request", async () => {
  receiver.modes.publisher = "fail";
  receiver.modes.store = "fail";
  expect((await post(`/msr/${OLD}`)).status).toBe(503);
  receiver.modes.publisher = "work";
  receiver.modes.store = "work";
  await receiver.post("{", {}, `/msr?secret=${NEW}`);
  await receiver.post("x".repeat(2_000_000), {}, `/msr/${NEW}`);
  await fetch(`${receiver.url}/msr/${OLD}`, { method: "DELETE" });

  const lines = receiver.logs.map((line) => JSON.stringify(line));
  const statuses = new Set(receiver.logs.map(({ status }) => status));
  for (const status of [202, 401, 403, 413, 503]) expect(statuses).toContain(status);
  const secrets = [OLD, NEW, WRONG, "pass:word", "password2", basic("msr:pass:word+/=").slice(6)];
  expect(lines.filter((line) => secrets.some((secret) => line.includes(secret)))).toEqual([]);
});

test("no answer has a secret, either", async () => {
  const answer = await post(`/msr/${WRONG}`, basic("msr:password3"));
  expect(answer.text + JSON.stringify(answer.headers)).not.toMatch(/wrong-secret|password3/);
});

test("without its variables there is no such address", async () => {
  const other = await startReceiver({ issuer });
  try {
    expect((await other.post(BODY, {}, `/msr/${OLD}`)).status).toBe(404);
  } finally {
    await other.stop();
  }
});

test.each([
  ["MSR_SECRETS", "too-short-secret"],
  ["MSR_SECRETS", `${OLD},has/a-slash-in-the-middle`],
  ["MSR_BASIC", "user-without-password"],
  ["MSR_BASIC", "user:short"],
])("%s is refused at the start, and its value not printed", (name, value) => {
  const wrong = value === "too-short-secret" ? value.slice(1) : value;
  const start = () =>
    readReceiverConfig({
      GOOGLE_CLOUD_PROJECT: "test-project",
      GCS_BUCKET: "test-bucket",
      BATCHER_URL: "http://127.0.0.1:1",
      LOADER_URL: "http://127.0.0.1:1",
      [name]: wrong,
    });
  expect(start).toThrow(new RegExp(`^${name} holds something else than`));
  expect(start).not.toThrow(wrong);
});
