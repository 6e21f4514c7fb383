/** What accepted events cost in the log: at INFO a line a minute and sender, however many they are. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { ASSUMPTIONS } from "#services/cli/cost/assumptions.ts";
import { MINUTE_MS } from "#services/receiver/accepted-log.ts";
import { systemClock } from "#services/shared/clock.ts";
import { startTestIssuer, type TestIssuer } from "#test/support/issuer.ts";
import { PULL, PULL_HEADERS, startReceiver } from "#test/support/receiver.ts";

let issuer: TestIssuer;
beforeAll(async () => {
  issuer = await startTestIssuer();
});
afterAll(() => issuer.close());

test("a minute's events are one line, written with the first event after it or at the end", async () => {
  let aheadMs = 0;
  const clock = { ...systemClock, now: () => systemClock.now() + aheadMs };
  const receiver = await startReceiver({
    issuer,
    clock,
    env: { ZOT_TOKENS: "zot-token" },
  });
  const post = async (count: number) => {
    const authorization = `Bearer ${await issuer.token(PULL)}`;
    for (let sent = 0; sent < count; sent += 1)
      expect((await receiver.post(PULL, { ...PULL_HEADERS, authorization })).status).toBe(202);
  };
  const written = () => receiver.logs.filter(({ severity }) => severity !== "DEBUG");

  await post(20);
  expect(written()).toEqual([]);
  // The lines that the others are the sum of: LOG_LEVEL=DEBUG brings them back.
  expect(receiver.logs.filter(({ message }) => message === "accepted")).toHaveLength(20);
  aheadMs = MINUTE_MS;
  await post(3);
  const line = (messages: number) => ({
    severity: "INFO",
    message: "accepted in a minute",
    service: "receiver",
    source: "chainguard",
    messages,
    bytes: messages * PULL.length,
    milliseconds: expect.any(Number),
  });
  expect(written()).toEqual([line(20)]);
  await receiver.stop();
  expect(written()).toEqual([line(20), line(3)]);
  // What the cost model takes a line for (services/cli/cost/pullhouse.ts).
  for (const one of written())
    expect(JSON.stringify(one).length).toBeLessThan(ASSUMPTIONS.serviceLogBytes.value);
});

test("what was spilled or has no schema is in the sum", async () => {
  const receiver = await startReceiver({ issuer });
  receiver.modes.publisher = "fail";
  const authorization = `Bearer ${await issuer.token(PULL)}`;
  const headers = { ...PULL_HEADERS, authorization, "ce-type": "dev.chainguard.unknown.v1" };
  expect((await receiver.post(PULL, headers)).status).toBe(202);
  await receiver.stop();
  expect(receiver.logs.at(-1)).toMatchObject({
    message: "accepted in a minute",
    messages: 1,
    spilled: 1,
    unregistered: 1,
  });
});
