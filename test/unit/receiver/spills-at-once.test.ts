/** While neither Pub/Sub nor Cloud Storage answers, what is being written to the spill stays bounded. */
import { expect, test } from "vitest";
import { Durable } from "#services/receiver/durable.ts";
import { systemClock } from "#services/shared/clock.ts";
import { traceOf } from "#services/shared/trace.ts";

const MESSAGE = { data: Buffer.from("{}"), attributes: {} };
const trace = traceOf(new Headers());

test("a write that takes too long keeps its place until it is over", async () => {
  const writing: (() => void)[] = [];
  const nothing = () => {};
  const durable = new Durable({
    publisher: { publish: () => Promise.reject(new Error("away")) },
    store: { create: () => new Promise((resolve) => writing.push(() => resolve("created"))) },
    clock: { ...systemClock, sleep: (_ms, signal) => systemClock.sleep(1, signal) },
    newId: () => "id",
    log: { debug: nothing, info: nothing, warn: nothing, error: nothing },
    publishTimeoutMs: 1_000,
    spillTimeoutMs: 1_000,
  });
  const keep = async (events: number) => {
    const kept = await Promise.all(Array.from({ length: events }, () => durable.keep(MESSAGE, trace)));
    return new Set(kept.map(({ where }) => where));
  };
  expect(await keep(100)).toEqual(new Set(["lost"]));
  expect(await keep(100)).toEqual(new Set(["lost"]));
  expect(writing).toHaveLength(64);

  for (const end of writing.splice(0)) end();
  expect(await keep(10)).toEqual(new Set(["lost"]));
  expect(writing).toHaveLength(10);
});
