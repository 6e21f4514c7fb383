/** A port whose adapter is opened once, by whoever comes first, and waited for by all. */
import { expect, test } from "vitest";
import { late } from "#services/shared/late.ts";

function opening() {
  const { promise, resolve, reject } = Promise.withResolvers<{
    add(a: number, b: number): Promise<number>;
  }>();
  let times = 0;
  const port = late(() => {
    times += 1;
    return promise;
  }, ["add"]);
  return { port, resolve, reject, times: () => times };
}

const adapter = { add: async (a: number, b: number) => a + b };

test("nothing is opened until somebody asks", () => {
  const { times } = opening();
  expect(times()).toBe(0);
});

test("calls that come before it is open are made once it is, each with its own arguments", async () => {
  const { port, resolve, times } = opening();
  const sums = [port.add(1, 2), port.add(3, 4), port.open().then(() => "open")];
  const first = await Promise.race([...sums, Promise.resolve("waiting")]);
  resolve(adapter);
  expect(first).toBe("waiting");
  expect(await Promise.all(sums)).toEqual([3, 7, "open"]);
  expect(times()).toBe(1);
});

test("an adapter that cannot be opened fails the opening and every call", async () => {
  const { port, reject } = opening();
  const calls = [port.open(), port.add(1, 2)];
  reject(new Error("no such file"));
  const outcomes = await Promise.allSettled(calls);
  expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
});

test("a method of the adapter keeps its object", async () => {
  class Counter {
    #count = 0;
    async next(): Promise<number> {
      this.#count += 1;
      return this.#count;
    }
  }
  const port = late(async () => new Counter(), ["next"]);
  expect([await port.next(), await port.next()]).toEqual([1, 2]);
});

test("what was opened is closed; what was not is not opened for it, and an adapter need not have a close", async () => {
  let closed = 0;
  const close = async () => {
    closed += 1;
  };
  const unopened = opening();
  await unopened.port.close();
  expect(unopened.times()).toBe(0);

  const closing = late(async () => ({ ...adapter, close }), ["add"]);
  await closing.open();
  await closing.close();
  expect(closed).toBe(1);

  const endless = late(async () => adapter, ["add"]);
  await endless.open();
  await endless.close();
});
