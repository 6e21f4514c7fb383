/** A publisher that is still being read when the first event comes is not a Pub/Sub that does not answer. */
import { expect, test } from "vitest";
import { Durable } from "#services/receiver/durable.ts";
import { systemClock } from "#services/shared/clock.ts";
import { late } from "#services/shared/late.ts";
import { traceOf } from "#services/shared/trace.ts";

const MESSAGE = { data: Buffer.from("{}"), attributes: {} };

test("an event that waits for the publisher longer than Pub/Sub may take is published, not spilled", async () => {
  const read = Promise.withResolvers<{ publish(): Promise<string> }>();
  const kept: string[] = [];
  const nothing = () => {};
  const waits: number[] = [];
  const durable = new Durable({
    publisher: late(() => read.promise, ["publish"]),
    store: {
      async create(name) {
        kept.push(name);
        return "created";
      },
    },
    clock: {
      ...systemClock,
      // Any wait for Pub/Sub is over at once: only what is waited for outside of it can succeed.
      sleep: async (ms, signal) => {
        waits.push(ms);
        return systemClock.sleep(0, signal);
      },
    },
    newId: () => "id",
    log: { debug: nothing, info: nothing, warn: nothing, error: nothing },
    publishTimeoutMs: 1,
    spillTimeoutMs: 1,
  });
  const outcome = durable.keep(MESSAGE, traceOf(new Headers()));
  await systemClock.sleep(20);
  expect(waits).toEqual([]);
  read.resolve({
    publish: async () => {
      kept.push("published");
      return "message-1";
    },
  });
  expect(await outcome).toEqual({ where: "published", messageId: "message-1" });
  expect(kept).toEqual(["published"]);
});
