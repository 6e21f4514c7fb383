/** Pull, acknowledge, and what is delivered again. */
import { setTimeout as sleep } from "node:timers/promises";
import { status } from "@grpc/grpc-js";
import { expect, test } from "vitest";
import { refused, texts } from "./rig.ts";
import type { Target } from "./target.ts";

export function deliveryContract(target: Target): void {
  const { rig } = target;

  test("a message that is lent is not delivered again before its deadline", async () => {
    const r = rig();
    const topic = await r.topic();
    const subscription = await r.subscription(topic);
    await r.publish(topic, "a");
    expect(texts(await r.pullAll(subscription, 1))).toEqual(["a"]);
    expect(await r.pull(subscription, 10, true)).toEqual([]);
  });

  test("an acknowledged message does not come back when its lease would have ended", async () => {
    const r = rig();
    const topic = await r.topic();
    const subscription = await r.subscription(topic);
    await r.publish(topic, "kept", "acknowledged");
    const got = await r.pullAll(subscription, 2);
    await r.modify(subscription, got, 1);
    await r.acknowledge(
      subscription,
      got.filter(({ text }) => text === "acknowledged"),
    );
    // The other one's return shows that the time has come.
    expect(texts(await r.pullAll(subscription, 1))).toEqual(["kept"]);
    expect(await r.pull(subscription, 10, true)).toEqual([]);
  });

  test("a message that is given back comes again at once", async () => {
    const r = rig();
    const topic = await r.topic();
    const subscription = await r.subscription(topic, { ackDeadlineSeconds: 600 });
    const [id] = await r.publish(topic, "a");
    const first = await r.pullAll(subscription, 1);
    const startedMs = performance.now();
    await r.modify(subscription, first, 0);
    const second = await r.pullAll(subscription, 1);
    // Long before the 600 s of its loan are over.
    expect(performance.now() - startedMs).toBeLessThan(60_000);
    expect(second[0]?.id).toBe(id);
  });

  test("a longer deadline keeps a message away for longer", async () => {
    const r = rig();
    const topic = await r.topic();
    const subscription = await r.subscription(topic);
    await r.publish(topic, "short", "long");
    const got = await r.pullAll(subscription, 2);
    await r.modify(subscription, got, 1);
    await r.modify(
      subscription,
      got.filter(({ text }) => text === "long"),
      60,
    );
    expect(texts(await r.pullAll(subscription, 1))).toEqual(["short"]);
    expect(await r.pull(subscription, 10, true)).toEqual([]);
  });

  test("an ack after the deadline is accepted", async () => {
    const r = rig();
    const topic = await r.topic();
    const subscription = await r.subscription(topic);
    await r.publish(topic, "a");
    const first = await r.pullAll(subscription, 1);
    await r.modify(subscription, first, 1);
    const second = await r.pullAll(subscription, 1);
    await r.acknowledge(subscription, first);
    await r.acknowledge(subscription, second);
    await r.modify(subscription, second, 0);
    expect(await r.pull(subscription, 10, true)).toEqual([]);
  });

  test("a waiting pull gets a message when it is published", async () => {
    const r = rig();
    const topic = await r.topic();
    const subscription = await r.subscription(topic);
    const waiting = r.pull(subscription);
    // The pull must be there first; that it is can be seen from outside only by waiting.
    await sleep(200);
    await r.publish(topic, "a");
    expect(texts(await waiting)).toEqual(["a"]);
  });

  test("nothing is lent to a caller that has gone", async () => {
    const { subscriber, ...r } = rig();
    const topic = await r.topic();
    const subscription = await r.subscription(topic, { ackDeadlineSeconds: 600 });
    const gone = subscriber.pull({ subscription, maxMessages: 10 }, { timeout: 200, retry: null });
    // The emulator knows the caller's deadline and answers shortly before it.
    const answer = gone.then(
      ([{ receivedMessages }]) => receivedMessages,
      (error: unknown) => (error as { code: status }).code,
    );
    expect([[], status.DEADLINE_EXCEEDED]).toContainEqual(await answer);
    await r.publish(topic, "a");
    expect(texts(await r.pullAll(subscription, 1))).toEqual(["a"]);
  });

  test("a pull gives no more than it is asked for", async () => {
    const r = rig();
    const topic = await r.topic();
    const subscription = await r.subscription(topic);
    await r.publish(topic, "a", "b", "c");
    expect((await r.pull(subscription, 2)).length).toBeLessThanOrEqual(2);
    await expect(r.pull(subscription, 0)).rejects.toEqual(refused(status.INVALID_ARGUMENT));
  });

  test.skipIf(target.isGoogleEmulator)("a response stops near 10 MB (the emulator cannot)", async () => {
    const r = rig();
    const topic = await r.topic();
    const subscription = await r.subscription(topic);
    for (const text of ["a", "b", "c"]) await r.publish(topic, text.repeat(4_000_000));
    expect(texts(await r.pull(subscription)).map((text) => text[0])).toEqual(["a", "b"]);
    expect(texts(await r.pull(subscription)).map((text) => text[0])).toEqual(["c"]);
  });

  const setDeadline = async (seconds: number) => {
    const r = rig();
    const topic = await r.topic();
    const subscription = await r.subscription(topic);
    await r.publish(topic, "a");
    return r.modify(subscription, await r.pullAll(subscription, 1), seconds);
  };
  test("a negative deadline is refused", async () => {
    await expect(setDeadline(-1)).rejects.toEqual(refused(status.INVALID_ARGUMENT));
  });
  test.skipIf(target.isGoogleEmulator)("a deadline over 600 s is refused (the emulator cannot)", async () => {
    await expect(setDeadline(601)).rejects.toEqual(refused(status.INVALID_ARGUMENT));
  });

  test.skipIf(target.isGoogleEmulator)(
    "an ack id that was never given is refused (the emulator cannot)",
    async () => {
      const { subscriber, ...r } = rig();
      const subscription = await r.subscription(await r.topic());
      await expect(subscriber.acknowledge({ subscription, ackIds: ["nonsense"] })).rejects.toEqual(
        refused(status.INVALID_ARGUMENT, /ack_id=nonsense/),
      );
    },
  );

  test("after the last attempt a message goes to the dead letter topic and says where it was", async () => {
    const r = rig();
    const deadLetterTopic = await r.topic();
    const deadLetters = await r.subscription(deadLetterTopic);
    const topic = await r.topic();
    const subscription = await r.subscription(topic, {
      deadLetterPolicy: { deadLetterTopic, maxDeliveryAttempts: 5 },
    });
    await r.publish(topic, { data: Buffer.from("poison"), attributes: { own: "1" } });
    const attempts: number[] = [];
    for (let attempt = 1; attempt <= 5; attempt++) {
      const got = await r.pullAll(subscription, 1);
      attempts.push(...got.map(({ deliveryAttempt }) => deliveryAttempt));
      await r.modify(subscription, got, 0);
    }
    expect(attempts).toEqual([1, 2, 3, 4, 5]);
    // The emulator forwards it when it would deliver it once more.
    expect(await r.pull(subscription, 10, true)).toEqual([]);
    const [dead] = await r.pullAll(deadLetters, 1);
    expect(dead).toMatchObject({
      text: "poison",
      attributes: {
        own: "1",
        CloudPubSubDeadLetterSourceDeliveryCount: "5",
        CloudPubSubDeadLetterSourceSubscription: subscription.split("/").at(-1),
        CloudPubSubDeadLetterSourceSubscriptionProject: "pullhouse-local",
        CloudPubSubDeadLetterSourceTopicPublishTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      },
    });
    expect(await r.pull(subscription, 10, true)).toEqual([]);
  });

  test("without a dead letter policy attempts are not told", async () => {
    const r = rig();
    const topic = await r.topic();
    const subscription = await r.subscription(topic);
    await r.publish(topic, "a");
    expect((await r.pullAll(subscription, 1))[0]?.deliveryAttempt).toBe(0);
  });
}
