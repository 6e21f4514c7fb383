/** Which messages share a request, on requests that the test answers. */
import { setImmediate as turn } from "node:timers/promises";
import { expect, test, vi } from "vitest";
import { type GatherLimits, gather } from "#services/shared/gcp/gather.ts";
import type { Message } from "#services/shared/message.ts";

const LIMITS = { requests: 2, messages: 3, bytes: 1_000 };

interface Sent {
  readonly names: readonly string[];
  readonly answer: () => void;
  readonly fail: (error: Error) => void;
}

function start(limits: GatherLimits = LIMITS) {
  const requests: Sent[] = [];
  const gatherer = gather((messages) => {
    const names = messages.map(({ attributes }) => attributes["name"] as string);
    const { promise, resolve, reject } = Promise.withResolvers<readonly string[]>();
    requests.push({ names, answer: () => resolve(names.map((name) => `id of ${name}`)), fail: reject });
    return promise;
  }, limits);
  const add = (...names: readonly string[]) =>
    Promise.all(names.map((name) => gatherer.add({ data: Buffer.alloc(10), attributes: { name } })));
  const sent = () => requests.map(({ names }) => names.join(" "));
  return { gatherer, requests, add, sent };
}

test("messages of one turn share a request, and each gets its own id", async () => {
  const { add, sent, requests } = start();
  const ids = add("a", "b", "c");
  expect(sent()).toEqual([]);
  await turn();
  expect(sent()).toEqual(["a b c"]);
  requests[0]?.answer();
  expect(await ids).toEqual(["id of a", "id of b", "id of c"]);
});

test("what comes while all requests are under way goes out together when one is answered, and no message waits for two", async () => {
  const { add, sent, requests } = start();
  for (const name of ["a", "b", "c", "d"]) {
    void add(name);
    await turn();
  }
  expect(sent()).toEqual(["a", "b"]);
  requests[1]?.answer();
  await turn();
  expect(sent()).toEqual(["a", "b", "c d"]);
  void add("e");
  requests[2]?.answer();
  await turn();
  expect(sent()).toEqual(["a", "b", "c d", "e"]);
});

test("a request holds no more messages than it may, and the rest follows in order", async () => {
  const { add, sent, requests } = start();
  const ids = add("a", "b", "c", "d", "e", "f", "g", "h");
  await turn();
  expect(sent()).toEqual(["a b c", "d e f"]);
  requests[0]?.answer();
  await turn();
  expect(sent()).toEqual(["a b c", "d e f", "g h"]);
  for (const { answer } of requests) answer();
  expect(await ids).toHaveLength(8);
});

test("a request holds no more bytes than it may, attributes included, and what is larger goes alone", async () => {
  const { gatherer, sent, requests } = start({ requests: 9, messages: 99, bytes: 1_000 });
  const of = (name: string, bytes: number): Message => ({ data: Buffer.alloc(bytes), attributes: { name } });
  const messages = [of("small", 100), of("huge", 5_000), of("half", 480), of("rest", 400), of("more", 480)];
  messages.push({ data: Buffer.alloc(0), attributes: { name: "long", text: "é".repeat(300) } });
  const ids = Promise.all(messages.map((message) => gatherer.add(message)));
  await turn();
  expect(sent()).toEqual(["small", "huge", "half rest", "more", "long"]);
  for (const { answer } of requests) answer();
  expect(await ids).toHaveLength(6);
});

test("a request that is full does not wait for an answer, so that many messages need no more time than one", async () => {
  const { add, sent, requests } = start({ requests: 2, messages: 100, bytes: 1e9 });
  const ids = add(...Array.from({ length: 20_050 }, (_, index) => String(index)));
  await turn();
  expect(requests).toHaveLength(200);
  expect(new Set(requests.map(({ names }) => names.length))).toEqual(new Set([100]));
  requests[0]?.answer();
  await turn();
  expect(requests).toHaveLength(200);
  for (const { answer } of requests.slice(1)) answer();
  await turn();
  expect(sent().at(-1)?.split(" ")).toHaveLength(50);
  requests.at(-1)?.answer();
  expect(new Set(await ids).size).toBe(20_050);
});

test("a request is full by its bytes, too", async () => {
  const { gatherer, requests } = start({ requests: 1, messages: 100, bytes: 1_000 });
  const large = { data: Buffer.alloc(600), attributes: { name: "large" } };
  const ids = Promise.all(Array.from({ length: 5 }, () => gatherer.add(large)));
  await turn();
  expect(requests).toHaveLength(4);
  for (const { answer } of requests) answer();
  await turn();
  requests.at(-1)?.answer();
  expect(await ids).toHaveLength(5);
});

test("what nobody waits for any more is not sent and not held", async () => {
  const { gatherer, add, sent, requests } = start({ ...LIMITS, requests: 1 });
  const first = add("a");
  await turn();
  const asked = { isOver: false };
  const abandoned = gatherer.add({ data: Buffer.alloc(10), attributes: { name: "b" } }, asked);
  const last = add("c");
  asked.isOver = true;
  requests[0]?.answer();
  expect(await first).toEqual(["id of a"]);
  await expect(abandoned).rejects.toThrow("not sent in time");
  expect(sent()).toEqual(["a", "c"]);
  requests[1]?.answer();
  expect(await last).toEqual(["id of c"]);
});

test("a request that fails is told to its own messages alone, and the others go on", async () => {
  const { add, sent, requests } = start({ ...LIMITS, requests: 1 });
  const first = add("a");
  await turn();
  const second = add("b");
  requests[0]?.fail(new Error("no"));
  await expect(first).rejects.toThrow("no");
  await turn();
  expect(sent()).toEqual(["a", "b"]);
  requests[1]?.answer();
  expect(await second).toEqual(["id of b"]);
});

test("an answer that lacks an id is a failure: nobody is told that all was taken", async () => {
  const gatherer = gather(async () => ["one id"], LIMITS);
  const message = { data: Buffer.alloc(1), attributes: {} };
  const both = Promise.allSettled([gatherer.add(message), gatherer.add(message)]);
  expect((await both).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
});

test("it is idle once everything is out and answered, and at once when there is nothing", async () => {
  const { gatherer, add, requests } = start({ ...LIMITS, requests: 1 });
  await gatherer.idle();
  void add("a");
  const idle = vi.fn<() => void>();
  const whenIdle = gatherer.idle().then(idle);
  await turn();
  void add("b");
  requests[0]?.answer();
  await turn();
  expect(idle).not.toHaveBeenCalled();
  requests[1]?.answer();
  await whenIdle;
});
