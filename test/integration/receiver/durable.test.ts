/** What an answer stands for: Pub/Sub or the spill has the event, and if neither does, nobody says so. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { startTestIssuer, type TestIssuer } from "#test/support/issuer.ts";
import { PULL, PULL_HEADERS, startReceiver, type TestReceiver } from "#test/support/receiver.ts";
import { refusalOf, tryRequest } from "#test/support/refusal.ts";

/** services/receiver/durable.ts: how often an event finds out whether Pub/Sub is back. */
const PROBE_MS = 1_000;

let issuer: TestIssuer;
let receiver: TestReceiver;

beforeEach(async () => {
  issuer = await startTestIssuer();
  receiver = await startReceiver({
    issuer,
    env: { PUBLISH_TIMEOUT_MS: "150", SPILL_TIMEOUT_MS: "200" },
  });
  // The keys are there before anything is measured.
  await send();
  if (receiver.actions.splice(0).length === 0) throw new Error("the first event was not taken");
});
afterEach(async () => {
  receiver.modes.alarm = "work";
  await receiver.stop();
  await issuer.close();
});

async function send(body: Uint8Array | string = PULL, headers: Record<string, string> = PULL_HEADERS) {
  const bytes = Buffer.from(body);
  const authorization = `Bearer ${await issuer.token(bytes)}`;
  return tryRequest(receiver, bytes, { ...headers, authorization });
}

test.each(["fail", "hang"] as const)(
  "when Pub/Sub would %s, the event is spilled, then the alarm is set, and the answer is 202",
  async (mode) => {
    receiver.modes.publisher = mode;
    const answer = await send();
    expect(answer.status).toBe(202);
    expect(answer.actions).toEqual(["spill", "alarm spill"]);

    const [[name, bytes] = ["", Buffer.of()]] = receiver.spilled;
    expect(name).toMatch(/^spill\/[0-9A-HJKMNP-TV-Z]{26}\.json$/);
    const { attributes, data_base64, ...rest } = JSON.parse(bytes.toString()) as Record<string, string>;
    expect(rest).toEqual({});
    expect(Buffer.from(data_base64 ?? "", "base64").equals(PULL)).toBe(true);
    expect(attributes).toEqual({
      ...receiver.published[0]?.attributes,
      "pullhouse-received-at": expect.any(String),
    });
  },
);

test("while Pub/Sub hangs, only one sender in a while waits for it", async () => {
  receiver.modes.publisher = "hang";
  expect((await send()).status).toBe(202);
  const asked = receiver.asked.publisher;
  const begin = performance.now();
  const answers = await Promise.all(Array.from({ length: 20 }, () => send()));
  const probes = Math.ceil((performance.now() - begin) / PROBE_MS);
  expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 202));
  // On a machine that does other things, too, a second may be over.
  expect(receiver.asked.publisher - asked).toBeLessThanOrEqual(probes);
  expect(receiver.spilled.size).toBe(21);
});

test("once Pub/Sub is back, a probe finds out and events go there again", async () => {
  receiver.modes.publisher = "fail";
  await send();
  receiver.modes.publisher = "work";
  await expect
    .poll(async () => (await send()).actions, { timeout: 5_000, interval: 50 })
    .toEqual(["publish", "alarm drain"]);
  expect((await send()).actions).toEqual(["publish", "alarm drain"]);
});

test.each([
  ["fail", "fail"],
  ["hang", "hang"],
  ["fail", "hang"],
] as const)("when Pub/Sub would %s and the spill %s: 503, and no alarm", async (publisher, store) => {
  receiver.modes.publisher = publisher;
  receiver.modes.store = store;
  const answer = await send();
  expect(answer).toMatchObject(refusalOf("storage-unavailable"));
  expect(answer.answer.headers["retry-after"]).toMatch(/^[1-9]\d*$/);
});

test("when the spill fails while Pub/Sub counts as away, Pub/Sub is tried all the same", async () => {
  receiver.modes.publisher = "fail";
  await send();
  receiver.modes.publisher = "work";
  receiver.modes.store = "fail";
  const answer = await send();
  expect(answer.status).toBe(202);
  expect(answer.actions).toEqual(["publish", "alarm drain"]);
});

test("a batch is accepted only when each of its events is safe", async () => {
  const event = (id: number) => `{"specversion":"1.0","id":"${id}","source":"s","type":"t"}`;
  const batch = `[${[1, 2, 3].map(event).join(",")}]`;
  const headers = { "content-type": "application/cloudevents-batch+json" };

  receiver.modes.publisher = "fail";
  const spilled = await send(batch, headers);
  expect(spilled.status).toBe(202);
  expect(spilled.actions).toEqual(["spill", "spill", "spill", "alarm spill"]);
  receiver.modes.store = "fail";
  expect(await send(batch, headers)).toMatchObject(refusalOf("storage-unavailable"));
});

test("a batch of which a part is safe is refused, and the alarm is set for that part", async () => {
  const event = (id: number) => `{"specversion":"1.0","id":"${id}","source":"s","type":"t"}`;
  receiver.modes.publisher = "fail";
  receiver.modes.store = "once";
  const answer = await send(`[${[1, 2, 3].map(event).join(",")}]`, {
    "content-type": "application/cloudevents-batch+json",
  });
  expect(answer).toMatchObject({ ...refusalOf("storage-unavailable"), actions: ["spill", "alarm spill"] });
});

test.each(["fail", "hang"] as const)(
  "an alarm that would %s delays the answer, and it is 202",
  async (mode) => {
    receiver.modes.alarm = mode;
    expect(await send()).toMatchObject({ status: 202, actions: ["publish"] });
  },
);

test("an alarm that failed is set later, without another event", async () => {
  receiver.modes.alarm = "fail";
  expect((await send()).actions).toEqual(["publish"]);
  expect(receiver.logs).toContainEqual(
    expect.objectContaining({ severity: "WARNING", code: "ALARM_UNAVAILABLE" }),
  );
  receiver.modes.alarm = "work";
  await expect.poll(() => receiver.actions, { timeout: 5_000 }).toEqual(["publish", "alarm drain"]);
});
