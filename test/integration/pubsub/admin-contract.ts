/** Topics and subscriptions as resources. */
import { status } from "@grpc/grpc-js";
import { expect, test } from "vitest";
import { freshSubscription, freshTopic, PARENT, refused, texts } from "./rig.ts";
import type { Target } from "./target.ts";

export function adminContract(target: Target): void {
  const { rig } = target;

  test("a topic is created, shown, listed and deleted", async () => {
    const { publisher } = rig();
    const name = freshTopic();
    await publisher.createTopic({ name, labels: { team: "a" } });
    expect((await publisher.getTopic({ topic: name }))[0]).toMatchObject({ name, labels: { team: "a" } });
    const [all] = await publisher.listTopics({ project: PARENT });
    expect(all.map((topic) => topic.name)).toContain(name);
    await publisher.deleteTopic({ topic: name });
    await expect(publisher.getTopic({ topic: name })).rejects.toEqual(refused(status.NOT_FOUND));
  });

  test.skipIf(target.isGoogleEmulator)("a topic takes new labels (the emulator cannot)", async () => {
    const { publisher, ...r } = rig();
    const name = await r.topic();
    const change = { topic: { name, labels: { team: "b" } }, updateMask: { paths: ["labels"] } };
    await publisher.updateTopic(change);
    expect((await publisher.getTopic({ topic: name }))[0]).toMatchObject({ name, labels: { team: "b" } });
  });

  test("a subscription is created with Google's defaults, shown, listed and deleted", async () => {
    const { subscriber, publisher, ...r } = rig();
    const topic = await r.topic();
    const name = await r.subscription(topic);
    const [shown] = await subscriber.getSubscription({ subscription: name });
    expect(shown).toMatchObject({ name, topic, ackDeadlineSeconds: 10 });
    expect(Number(shown.messageRetentionDuration?.seconds)).toBe(7 * 24 * 3600);
    const [all] = await subscriber.listSubscriptions({ project: PARENT });
    expect(all.map((subscription) => subscription.name)).toContain(name);
    expect((await publisher.listTopicSubscriptions({ topic }))[0]).toEqual([name]);
    await subscriber.deleteSubscription({ subscription: name });
    await expect(subscriber.getSubscription({ subscription: name })).rejects.toEqual(
      refused(status.NOT_FOUND),
    );
    expect((await publisher.listTopicSubscriptions({ topic }))[0]).toEqual([]);
  });

  test("what exists is not created again", async () => {
    const { publisher, subscriber, ...r } = rig();
    const topic = await r.topic();
    const name = await r.subscription(topic);
    await expect(publisher.createTopic({ name: topic })).rejects.toEqual(refused(status.ALREADY_EXISTS));
    await expect(subscriber.createSubscription({ name, topic })).rejects.toEqual(
      refused(status.ALREADY_EXISTS),
    );
  });

  test("what does not exist is not found by any method", async () => {
    const { publisher, subscriber, ...r } = rig();
    const topic = freshTopic();
    const subscription = freshSubscription();
    const calls: Promise<unknown>[] = [
      publisher.getTopic({ topic }),
      publisher.deleteTopic({ topic }),
      r.publish(topic, "x"),
      subscriber.createSubscription({ name: subscription, topic }),
      subscriber.getSubscription({ subscription }),
      subscriber.deleteSubscription({ subscription }),
      r.pull(subscription),
      subscriber.acknowledge({ subscription, ackIds: ["1-1-1"] }),
      subscriber.modifyAckDeadline({ subscription, ackIds: ["1-1-1"], ackDeadlineSeconds: 10 }),
    ];
    const outcomes = await Promise.allSettled(calls);
    expect(outcomes).toEqual(calls.map(() => ({ status: "rejected", reason: refused(status.NOT_FOUND) })));
  });

  test.each(["ab", "1abc", "goog-topic", "with space", "x".repeat(256)])(
    "the id %j is refused",
    async (id) => {
      const { publisher, subscriber, ...r } = rig();
      await expect(publisher.createTopic({ name: `${PARENT}/topics/${id}` })).rejects.toEqual(
        refused(status.INVALID_ARGUMENT),
      );
      const topic = await r.topic();
      await expect(
        subscriber.createSubscription({ name: `${PARENT}/subscriptions/${id}`, topic }),
      ).rejects.toEqual(refused(status.INVALID_ARGUMENT));
    },
  );

  test("a list comes in pages", async () => {
    const { publisher, ...r } = rig();
    const topic = await r.topic();
    const names = (await Promise.all([1, 2, 3].map(() => r.subscription(topic)))).toSorted();
    const seen: string[] = [];
    let pageToken = "";
    let pages = 0;
    do {
      const [some, , response] = await publisher.listTopicSubscriptions(
        { topic, pageSize: 2, pageToken },
        { autoPaginate: false },
      );
      seen.push(...some);
      pages += 1;
      pageToken = response?.nextPageToken ?? "";
    } while (pageToken);
    expect(seen.toSorted()).toEqual(names);
    expect(pages).toBe(2);
  });

  test("a subscription takes new settings by mask, and keeps the others", async () => {
    const { subscriber, ...r } = rig();
    const name = await r.subscription(await r.topic(), { labels: { team: "a" } });
    const [after] = await subscriber.updateSubscription({
      subscription: { name, ackDeadlineSeconds: 60, labels: { team: "b" } },
      updateMask: { paths: ["ack_deadline_seconds"] },
    });
    expect(after).toMatchObject({ ackDeadlineSeconds: 60, labels: { team: "a" } });
    expect((await subscriber.getSubscription({ subscription: name }))[0]).toMatchObject(after);
  });

  test("the topic of a subscription cannot change", async () => {
    const { subscriber, ...r } = rig();
    const name = await r.subscription(await r.topic());
    const change = { subscription: { name, topic: await r.topic() }, updateMask: { paths: ["topic"] } };
    await expect(subscriber.updateSubscription(change)).rejects.toEqual(refused(status.INVALID_ARGUMENT));
  });

  test.skipIf(target.isGoogleEmulator).each([5, 601])(
    "an ack deadline of %d s is refused (the emulator cannot)",
    async (ackDeadlineSeconds) => {
      const r = rig();
      const creating = r.subscription(await r.topic(), { ackDeadlineSeconds });
      await expect(creating).rejects.toEqual(refused(status.INVALID_ARGUMENT));
    },
  );

  test.each([4, 101])("a dead letter policy with %d attempts is refused", async (maxDeliveryAttempts) => {
    const r = rig();
    const deadLetterPolicy = { deadLetterTopic: await r.topic(), maxDeliveryAttempts };
    // The emulator's code is OUT_OF_RANGE; the words are the same.
    await expect(r.subscription(await r.topic(), { deadLetterPolicy })).rejects.toMatchObject({
      details: expect.stringMatching(/The value for max_delivery_attempts is too (small|large)\. You passed/),
    });
  });

  test("a subscription whose topic is deleted says so and keeps its messages", async () => {
    const { publisher, subscriber, ...r } = rig();
    const topic = await r.topic();
    const subscription = await r.subscription(topic);
    await r.publish(topic, "left behind");
    await publisher.deleteTopic({ topic });
    expect((await subscriber.getSubscription({ subscription }))[0].topic).toBe("_deleted-topic_");
    expect(texts(await r.pullAll(subscription, 1))).toEqual(["left behind"]);
  });

  test.skipIf(target.isGoogleEmulator)(
    "a subscription has Google's expiration (the emulator cannot)",
    async () => {
      const { subscriber, ...r } = rig();
      const subscription = await r.subscription(await r.topic());
      const [{ expirationPolicy }] = await subscriber.getSubscription({ subscription });
      expect(Number(expirationPolicy?.ttl?.seconds)).toBe(31 * 24 * 3600);
    },
  );

  test.skipIf(target.isGoogleEmulator)(
    "the list of a topic that does not exist is not found (the emulator cannot)",
    async () => {
      const listing = rig().publisher.listTopicSubscriptions({ topic: freshTopic() });
      await expect(listing).rejects.toEqual(refused(status.NOT_FOUND));
    },
  );

  test.skipIf(target.isGoogleEmulator)(
    "a dead letter topic that does not exist is not found (the emulator cannot)",
    async () => {
      const r = rig();
      const creating = r.subscription(await r.topic(), {
        deadLetterPolicy: { deadLetterTopic: freshTopic() },
      });
      await expect(creating).rejects.toEqual(refused(status.NOT_FOUND));
    },
  );
}
