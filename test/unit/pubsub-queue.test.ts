/** A subscription's queue of the local Pub/Sub on a clock that the test moves. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type Broker, createBroker } from "#infra/local/pubsub/broker.ts";
import type { Consumer, Room } from "#infra/local/pubsub/consumer.ts";
import type { ReceivedMessage, SubscriptionMessage } from "#infra/local/pubsub/messages.ts";
import { subscriptionSettings } from "#infra/local/pubsub/settings.ts";
import { openStore, type Store } from "#infra/local/pubsub/store.ts";

const TOPIC = "projects/p/topics/topic";
const SUBSCRIPTION = "projects/p/subscriptions/subscription";
const ROOM: Room = { messages: 100, bytes: Infinity };

let folder: string;
let store: Store;
let broker: Broker;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date", "setTimeout", "clearTimeout", "setImmediate", "clearImmediate"] });
  folder = mkdtempSync(join(tmpdir(), "pullhouse-pubsub-"));
  open();
  store.topics.put({ name: TOPIC, settings: { labels: {}, messageRetentionDuration: null } });
});
afterEach(() => {
  broker.close(new Error("the test is over"));
  store.close();
  rmSync(folder, { recursive: true });
  vi.useRealTimers();
});

function open(): void {
  store = openStore(folder);
  broker = createBroker(store, () => Date.now());
}

function subscribe(settings: Partial<SubscriptionMessage> = {}, name = SUBSCRIPTION) {
  const unset = {
    ackDeadlineSeconds: 0,
    labels: {},
    messageRetentionDuration: null,
    expirationPolicy: null,
    deadLetterPolicy: null,
    retryPolicy: null,
  };
  broker.createSubscription(name, TOPIC, subscriptionSettings({ name, topic: TOPIC, ...unset, ...settings }));
  return broker.queue(name);
}

function publish(...given: string[]): string[] {
  return broker.publish(
    TOPIC,
    given.map((text) => ({ data: Buffer.from(text), attributes: {}, orderingKey: "" })),
  );
}

const texts = (messages: readonly ReceivedMessage[]) =>
  messages.map(({ message }) => Buffer.from(message.data).toString());
const ackIds = (messages: readonly ReceivedMessage[]) => messages.map(({ ackId }) => ackId);

/** Records what it gets; it has that much room at a time. */
function consumer(room: Room): Consumer & { readonly got: string[] } {
  const got: string[] = [];
  return {
    got,
    room: () => room,
    leaseMs: () => undefined,
    deliver: (messages) => void got.push(...texts(messages)),
    end: () => {},
  };
}

test("a message comes back when the subscription's ack deadline has passed, and not before", () => {
  const queue = subscribe({ ackDeadlineSeconds: 30 });
  publish("a");
  queue.take(ROOM);
  vi.advanceTimersByTime(29_900);
  expect(queue.take(ROOM)).toEqual([]);
  vi.advanceTimersByTime(200);
  expect(texts(queue.take(ROOM))).toEqual(["a"]);
});

test("a deadline that was prolonged twice holds until the last one", () => {
  const queue = subscribe();
  publish("a");
  const [ackId = ""] = ackIds(queue.take(ROOM));
  queue.modifyDeadlines([{ ackId, seconds: 60 }]);
  vi.advanceTimersByTime(50_000);
  queue.modifyDeadlines([{ ackId, seconds: 60 }]);
  vi.advanceTimersByTime(59_900);
  expect(queue.take(ROOM)).toEqual([]);
  vi.advanceTimersByTime(200);
  expect(texts(queue.take(ROOM))).toEqual(["a"]);
});

test("an old ack id has no power over the deadline of a later lease", () => {
  const queue = subscribe();
  publish("a");
  const [old = ""] = ackIds(queue.take(ROOM));
  queue.modifyDeadlines([{ ackId: old, seconds: 0 }]);
  queue.take(ROOM);
  queue.modifyDeadlines([{ ackId: old, seconds: 0 }]);
  expect(queue.take(ROOM)).toEqual([]);
});

test("expired messages go to a consumer that waits", () => {
  const queue = subscribe();
  publish("a");
  queue.take(ROOM);
  const waiting = consumer(ROOM);
  queue.attach(waiting);
  vi.advanceTimersByTime(10_100);
  expect(waiting.got).toEqual(["a"]);
});

test("while nothing can be written, as on a full disk, messages that come back go to a consumer that waits", () => {
  const queue = subscribe({ ackDeadlineSeconds: 600 });
  publish("a", "b");
  const [nacked = ""] = ackIds(queue.take({ ...ROOM, messages: 1 }));
  queue.take({ ...ROOM, messages: 1 }, 10_000);
  const waiting = consumer(ROOM);
  queue.attach(waiting);
  const log = vi.spyOn(console, "error").mockImplementation(() => {});
  const full = vi.spyOn(store, "atomically").mockImplementation(() => {
    throw new Error("database or disk is full");
  });
  expect(() => queue.modifyDeadlines([{ ackId: nacked, seconds: 0 }])).toThrow("full");
  vi.advanceTimersByTime(100);
  expect(waiting.got).toEqual(["a"]);
  vi.advanceTimersByTime(10_000);
  expect(waiting.got).toEqual(["a", "b"]);
  expect(full).toHaveBeenCalledTimes(2);
  expect(log.mock.calls.join()).toContain("the disk is full, make room");
  vi.restoreAllMocks();
});

test("a retry policy doubles the backoff up to its maximum", () => {
  const queue = subscribe({
    ackDeadlineSeconds: 600,
    retryPolicy: { minimumBackoff: { seconds: 1, nanos: 0 }, maximumBackoff: { seconds: 3, nanos: 0 } },
  });
  publish("a");
  for (const backoffMs of [1000, 2000, 3000, 3000]) {
    const [ackId = ""] = ackIds(queue.take(ROOM));
    queue.modifyDeadlines([{ ackId, seconds: 0 }]);
    vi.advanceTimersByTime(backoffMs - 100);
    expect(queue.take(ROOM)).toEqual([]);
    vi.advanceTimersByTime(200);
  }
  expect(texts(queue.take(ROOM))).toEqual(["a"]);
});

test("a message waits for its dead letter topic when that was deleted", () => {
  const deadLetterTopic = "projects/p/topics/dead-letters";
  store.topics.put({ name: deadLetterTopic, settings: { labels: {}, messageRetentionDuration: null } });
  const queue = subscribe({ deadLetterPolicy: { deadLetterTopic, maxDeliveryAttempts: 5 } });
  broker.deleteTopic(deadLetterTopic);
  publish("a");
  for (let attempt = 1; attempt <= 7; attempt++) {
    const messages = queue.take(ROOM);
    expect(messages).toMatchObject([{ deliveryAttempt: attempt }]);
    queue.modifyDeadlines(ackIds(messages).map((ackId) => ({ ackId, seconds: 0 })));
  }
});

test("messages come in the order of their publication, and what came back goes first", () => {
  const queue = subscribe();
  publish("a", "b", "c", "d");
  const first = queue.take({ messages: 2, bytes: Infinity });
  expect(texts(first)).toEqual(["a", "b"]);
  queue.modifyDeadlines(ackIds(first).map((ackId) => ({ ackId, seconds: 0 })));
  expect(texts(queue.take(ROOM))).toEqual(["a", "b", "c", "d"]);
});

test("the first message is given whatever its size, the next only when it fits", () => {
  const queue = subscribe();
  publish("12345", "12", "34", "56");
  expect(texts(queue.take({ messages: 10, bytes: 4 }))).toEqual(["12345"]);
  expect(texts(queue.take({ messages: 10, bytes: 4 }))).toEqual(["12", "34"]);
  expect(texts(queue.take({ messages: 10, bytes: 4 }))).toEqual(["56"]);
});

test("consumers take turns", () => {
  const queue = subscribe();
  const some = [consumer({ messages: 1, bytes: 9 }), consumer({ messages: 1, bytes: 9 })];
  for (const one of some) queue.attach(one);
  publish("a", "b", "c", "d");
  vi.runOnlyPendingTimers();
  expect(some.map(({ got }) => got)).toEqual([
    ["a", "c"],
    ["b", "d"],
  ]);
});

test("a consumer that left gets nothing", () => {
  const queue = subscribe();
  const gone = consumer(ROOM);
  const detach = queue.attach(gone);
  publish("a");
  detach();
  vi.runOnlyPendingTimers();
  expect(gone.got).toEqual([]);
  expect(texts(queue.take(ROOM))).toEqual(["a"]);
});

test("a message that is given back while the store fails is delivered again", () => {
  const queue = subscribe();
  publish("a");
  const [ackId = ""] = ackIds(queue.take(ROOM));
  const failing = vi.spyOn(store.messages, "countFailure").mockImplementationOnce(() => {
    throw new Error("disk full");
  });
  expect(() => queue.modifyDeadlines([{ ackId, seconds: 0 }])).toThrow("disk full");
  expect(failing).toHaveBeenCalledOnce();
  expect(texts(queue.take(ROOM))).toEqual(["a"]);
});

test("a publish that fails in the midst stores nothing", () => {
  const queue = subscribe();
  const circular = { data: Buffer.from("b"), attributes: {} as Record<string, never>, orderingKey: "" };
  circular.attributes["self"] = circular.attributes as never;
  const good = { data: Buffer.from("a"), attributes: {}, orderingKey: "" };
  expect(() => broker.publish(TOPIC, [good, circular])).toThrow(/circular/);
  expect(queue.take(ROOM)).toEqual([]);
  publish("after");
  expect(texts(queue.take(ROOM))).toEqual(["after"]);
});

test("a message leaves the file with its last acknowledgement or subscription", () => {
  const other = `${SUBSCRIPTION}-2`;
  const [first, second] = [subscribe(), subscribe({}, other)];
  publish("both acknowledge", "none acknowledges");
  const [one = ""] = ackIds(first.take(ROOM));
  const [two = ""] = ackIds(second.take(ROOM));
  const steps = [
    () => broker.queue(SUBSCRIPTION).acknowledge([one]),
    () => broker.queue(other).acknowledge([two, two]),
    () => broker.deleteSubscription(SUBSCRIPTION),
    () => broker.deleteSubscription(other),
  ];
  const seen = steps.map((step) => {
    step();
    return rowsInFile();
  });
  expect(seen).toEqual([
    { messages: 2, deliveries: 3 },
    { messages: 1, deliveries: 2 },
    { messages: 1, deliveries: 1 },
    { messages: 0, deliveries: 0 },
  ]);
});

/** The file has one opener at a time, so the store is closed for the count and opened again. */
function rowsInFile(): { messages: number; deliveries: number } {
  store.close();
  const db = new DatabaseSync(join(folder, "pubsub.sqlite"));
  const count = (table: string) => db.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.["n"] as number;
  const found = { messages: count("messages"), deliveries: count("deliveries") };
  db.close();
  open();
  return found;
}
