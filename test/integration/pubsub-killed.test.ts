/** The local Pub/Sub is killed (SIGKILL) and started again: nothing that it answered for is lost. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type PubSubProcess, runToEnd, startProcess } from "./pubsub/process.ts";
import type { Received, Rig } from "./pubsub/rig.ts";

let home: string;
let server: PubSubProcess;

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), "pullhouse-pubsub-"));
  server = await startProcess(home);
});
afterEach(async () => {
  await server.kill();
  rmSync(home, { recursive: true });
});

async function killAndRestart(): Promise<void> {
  await server.kill();
  server = await startProcess(home);
}

/** Everything that can be delivered now. */
async function drain(rig: Rig, subscription: string): Promise<Received[]> {
  const all: Received[] = [];
  for (;;) {
    const some = await rig.pull(subscription, 1000, true);
    if (some.length === 0) return all;
    all.push(...some);
  }
}

test("a kill in the midst of publishing loses no message whose publish was answered", async () => {
  const { rig } = server;
  const topic = await rig.topic();
  const subscription = await rig.subscription(topic);
  const answered = new Map<string, string>();
  let unanswered = 0;
  let killed: Promise<void> | undefined;
  const publishUntilKilled = async (name: string) => {
    const data = "x".repeat(900);
    for (let round = 0; ; round++) {
      const batch = Array.from({ length: 20 }, (_, index) => `${name}.${round}.${index} ${data}`);
      const messages = batch.map((text) => ({ data: Buffer.from(text) }));
      try {
        const [{ messageIds }] = await rig.publisher.publish({ topic, messages }, { retry: null });
        messageIds?.forEach((id, index) => answered.set(id, batch[index] ?? ""));
      } catch (error) {
        if (!killed) throw error;
        // It was under way when the process died: that there are such is checked below.
        unanswered++;
        return;
      }
      if (answered.size >= 4000) killed ??= killAndRestart();
    }
  };
  await Promise.all(["a", "b", "c", "d", "e", "f"].map(publishUntilKilled));
  await killed;
  expect(unanswered).toBe(6);

  const left = new Map((await drain(server.rig, subscription)).map(({ id, text }) => [id, text]));
  const lost = [...answered].filter(([id, text]) => left.get(id) !== text);
  expect(lost).toEqual([]);
  expect(left.size).toBeGreaterThanOrEqual(4000);
});

test("after a kill what was acknowledged stays gone and what was lent can be had at once", async () => {
  const topic = await server.rig.topic();
  const subscription = await server.rig.subscription(topic, { ackDeadlineSeconds: 600 });
  const sent = await server.rig.publish(topic, ...Array.from({ length: 1000 }, (_, index) => `m${index}`));
  const lent = await server.rig.pullAll(subscription, 700);
  await server.rig.acknowledge(subscription, lent.slice(0, 400));
  await killAndRestart();
  const gone = new Set(lent.slice(0, 400).map(({ id }) => id));
  const left = await drain(server.rig, subscription);
  expect(left.map(({ id }) => id).toSorted()).toEqual(sent.filter((id) => !gone.has(id)).toSorted());

  // An ack id of before the kill still says who has the message.
  await server.rig.acknowledge(subscription, lent.slice(400));
  await server.rig.modify(subscription, left, 0);
  expect(await drain(server.rig, subscription)).toHaveLength(300);
});

test("delivery attempts are counted across a kill", async () => {
  const deadLetterTopic = await server.rig.topic();
  const topic = await server.rig.topic();
  const subscription = await server.rig.subscription(topic, {
    deadLetterPolicy: { deadLetterTopic, maxDeliveryAttempts: 5 },
  });
  await server.rig.publish(topic, "a");
  for (const attempt of [1, 2]) {
    const got = await server.rig.pullAll(subscription, 1);
    expect(got).toMatchObject([{ deliveryAttempt: attempt }]);
    await server.rig.modify(subscription, got, 0);
  }
  await killAndRestart();
  expect(await server.rig.pullAll(subscription, 1)).toMatchObject([{ deliveryAttempt: 3 }]);
});

test("message ids are not given again after a kill", async () => {
  const topic = await server.rig.topic();
  const subscription = await server.rig.subscription(topic);
  const before = await server.rig.publish(topic, "a", "b");
  await server.rig.acknowledge(subscription, await server.rig.pullAll(subscription, 2));
  await killAndRestart();
  const after = await server.rig.publish(topic, "c", "d");
  expect(new Set([...before, ...after]).size).toBe(4);
});

test("topics, subscriptions and their settings are there after a kill", async () => {
  const topic = await server.rig.topic();
  const subscription = await server.rig.subscription(topic, {
    ackDeadlineSeconds: 60,
    labels: { team: "a" },
    retryPolicy: { minimumBackoff: { seconds: 1 } },
  });
  const [before] = await server.rig.subscriber.getSubscription({ subscription });
  await killAndRestart();
  expect((await server.rig.subscriber.getSubscription({ subscription }))[0]).toEqual(before);
  expect((await server.rig.publisher.listTopicSubscriptions({ topic }))[0]).toEqual([subscription]);
});

test("a second process on the same state ends with one line that says why", async () => {
  const { code, text } = await runToEnd(home);
  expect(code).toBe(1);
  expect(text).toMatch(/pubsub\.sqlite is in use by another process/);
});
