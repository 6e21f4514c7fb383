/** The issuer's keys: rotation, an issuer that is away, and keys that nobody has. A fault of ours is never a 403. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { systemClock } from "#services/shared/clock.ts";
import { fastClock } from "#test/support/fast-clock.ts";
import {
  makeKey,
  type SigningKey,
  startTestIssuer,
  type TestIssuer,
  type TokenOptions,
} from "#test/support/issuer.ts";
import { PULL, PULL_HEADERS, startReceiver, type TestReceiver } from "#test/support/receiver.ts";
import { refusalOf, tryRequest } from "#test/support/refusal.ts";

let issuer: TestIssuer;
const running: TestReceiver[] = [];

beforeEach(async () => {
  issuer = await startTestIssuer();
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((receiver) => receiver.stop()));
  await issuer.close();
});

async function start(): Promise<TestReceiver> {
  const receiver = await startReceiver({ issuer, clock: fastClock(8) });
  running.push(receiver);
  return receiver;
}

async function send(receiver: TestReceiver, options?: TokenOptions) {
  const token = await issuer.token(PULL, options);
  return tryRequest(receiver, PULL, { ...PULL_HEADERS, authorization: `Bearer ${token}` });
}

test("many first requests at once cost one fetch of each document", async () => {
  const receiver = await start();
  const answers = await Promise.all(Array.from({ length: 20 }, () => send(receiver)));
  expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 202));
  expect(issuer.fetches).toEqual({ discovery: 1, keys: 1 });
});

test("a key that replaced the old one is found with its first token, and that token is accepted", async () => {
  const receiver = await start();
  expect((await send(receiver)).status).toBe(202);
  const old = issuer.keys[0];
  issuer.keys.splice(0, 1, await makeKey());
  // So soon after the last fetch the event waits for the next one instead of being refused.
  expect((await send(receiver)).status).toBe(202);
  expect(issuer.fetches.keys).toBe(2);
  expect(await send(receiver, old && { key: old })).toMatchObject(refusalOf("token-key"));
});

test("a rotation to another algorithm is followed", async () => {
  const receiver = await start();
  for (const alg of ["ES256", "PS256", "EdDSA"]) {
    issuer.keys.unshift(await makeKey(alg));
    expect((await send(receiver)).status).toBe(202);
  }
});

test("tokens with invented key ids are refused together after one more fetch, or one in two seconds", async () => {
  const clock = fastClock(8);
  const stranger = await makeKey();
  const begin = clock.now();
  const receiver = await start();
  expect((await send(receiver)).status).toBe(202);
  const refusals = await Promise.all(
    Array.from({ length: 30 }, (_, n) => send(receiver, { key: stranger, header: { kid: `invented-${n}` } })),
  );
  for (const refusal of refusals) expect(refusal).toMatchObject({ ...refusalOf("token-key"), actions: [] });
  // On a busy machine some come only after the others' fetch has begun.
  const more = Math.floor((clock.now() - begin) / 2_000);
  expect(issuer.fetches.keys).toBeGreaterThanOrEqual(2);
  expect(issuer.fetches.keys).toBeLessThanOrEqual(2 + more);
});

test("a key that cannot be looked up because the issuer is away is our fault: 503", async () => {
  const receiver = await start();
  expect((await send(receiver)).status).toBe(202);
  issuer.mode = "down";
  const known = await send(receiver);
  expect(known.status).toBe(202);
  const unknown = await send(receiver, { key: await makeKey() });
  expect(unknown).toMatchObject(refusalOf("issuer-unavailable"));
  expect(unknown.answer.headers["retry-after"]).toMatch(/^[1-9]\d*$/);
});

test.each(["down", "silent", "error"] as const)(
  "an issuer that is %s at the start: 503, and 202 once it is back",
  async (mode) => {
    issuer.mode = mode;
    const receiver = await start();
    const refusal = await send(receiver);
    expect(refusal).toMatchObject(refusalOf("issuer-unavailable"));
    expect(refusal.answer.headers["retry-after"]).toMatch(/^[1-9]\d*$/);
    issuer.mode = "up";
    await expect.poll(async () => (await send(receiver)).status, { timeout: 10_000 }).toBe(202);
  },
);

test("an issuer that comes back while an event waits loses it not", async () => {
  issuer.mode = "down";
  const receiver = await start();
  const answer = send(receiver);
  await expect.poll(() => issuer.fetches.discovery).toBeGreaterThan(0);
  issuer.mode = "up";
  expect((await answer).status).toBe(202);
});

test.each([
  ["names another issuer", { issuer: "https://issuer.example" }],
  ["has its keys on plain http elsewhere", { jwks_uri: "http://keys.example/keys" }],
  ["has no keys", { jwks_uri: undefined }],
  ["signs with shared secrets only", { id_token_signing_alg_values_supported: ["HS256", "none"] }],
])("a discovery document that %s is not believed: 503", async (_, discovery) => {
  issuer.discovery = discovery;
  const receiver = await start();
  expect(await send(receiver)).toMatchObject(refusalOf("issuer-unavailable"));
  expect(issuer.fetches.keys).toBe(0);
});

test("an algorithm that discovery does not list is refused, although there is such a key", async () => {
  issuer.discovery = { id_token_signing_alg_values_supported: ["RS256"] };
  issuer.keys.push(await makeKey("ES256"));
  const receiver = await start();
  expect((await send(receiver)).status).toBe(202);
  const key = issuer.keys[1];
  expect(await send(receiver, key && { key })).toMatchObject(refusalOf("token-algorithm"));
});

test("a token that names no key is tried with each, and refused if none signed it", async () => {
  issuer.keys.push(await makeKey(), await makeKey());
  const receiver = await start();
  const [, , third] = issuer.keys;
  expect((await send(receiver, { ...(third && { key: third }), header: { kid: undefined } })).status).toBe(
    202,
  );
  const stranger = await send(receiver, { key: await makeKey(), header: { kid: undefined } });
  expect(stranger).toMatchObject(refusalOf("token-signature"));
});

test("keys that moved are found again by discovery", async () => {
  const receiver = await start();
  expect((await send(receiver)).status).toBe(202);
  const moved = await startTestIssuer();
  moved.keys.splice(0, 1, await makeKey());
  // The old address of the keys stops to answer; discovery names the new one.
  issuer.discovery = { jwks_uri: `${moved.url}/keys` };
  issuer.keysMode = "error";
  const key = moved.keys[0];
  expect((await send(receiver, key && { key })).status).toBe(202);
  await moved.close();
});

/** A receiver whose clock can be put forward, and tokens that stay valid all the while. */
async function startWithLaterClock() {
  let ahead = 0;
  const receiver = await startReceiver({
    issuer,
    clock: { now: () => systemClock.now() + ahead, sleep: (ms, signal) => systemClock.sleep(ms, signal) },
  });
  running.push(receiver);
  const sendLater = (minutes: number, key?: SigningKey) => {
    ahead = minutes * 60_000;
    const exp = Math.floor(Date.now() / 1000) + 3 * 24 * 3_600;
    return send(receiver, { claims: { exp }, ...(key && { key }) });
  };
  return sendLater;
}

test("a key that the issuer withdrew counts for ten minutes more", async () => {
  const sendLater = await startWithLaterClock();
  const [withdrawn] = issuer.keys;
  expect((await sendLater(0, withdrawn)).status).toBe(202);
  issuer.keys.splice(0, 1, await makeKey());
  expect((await sendLater(9, withdrawn)).status).toBe(202);
  expect(await sendLater(11, withdrawn)).toMatchObject(refusalOf("token-key"));
});

test("an issuer that cannot be reached: its last keys count for a day, then 503", async () => {
  const sendLater = await startWithLaterClock();
  expect((await sendLater(0)).status).toBe(202);
  issuer.mode = "down";
  expect((await sendLater(60)).status).toBe(202);
  expect((await sendLater(23 * 60)).status).toBe(202);
  expect(await sendLater(25 * 60)).toMatchObject(refusalOf("issuer-unavailable"));
  issuer.mode = "up";
  expect((await sendLater(25 * 60 + 1)).status).toBe(202);
});
