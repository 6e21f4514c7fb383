/** StreamingPull, as the client's `Subscription` uses it and by hand. */
import { once } from "node:events";
import type { Message } from "@google-cloud/pubsub";
import { status } from "@grpc/grpc-js";
import { expect, test, vi } from "vitest";
import { freshSubscription, type Rig, refused } from "./rig.ts";
import type { Target } from "./target.ts";

export function streamContract(target: Target): void {
  const { rig } = target;

  test("a subscription of the client receives every message once", async () => {
    const r = rig();
    const topic = await r.topic();
    const name = await r.subscription(topic, { ackDeadlineSeconds: 60 });
    const sent = Array.from({ length: 1000 }, (_, index) => `m${index}`);
    await r.publish(topic, ...sent);
    const got: string[] = [];
    const subscription = r.pubsub.subscription(name, { flowControl: { maxMessages: 100 } });
    await new Promise<void>((resolve, reject) => {
      subscription.on("error", reject);
      subscription.on("message", (message: Message) => {
        got.push(message.data.toString());
        message.ack();
        if (got.length >= sent.length) resolve();
      });
    });
    await subscription.close();
    expect(got.toSorted()).toEqual(sent.toSorted());
    expect(await r.pull(name, 10, true)).toEqual([]);
  });

  test("a message that the client gives back comes again", async () => {
    const r = rig();
    const topic = await r.topic();
    const name = await r.subscription(topic);
    await r.publish(topic, "a");
    const ids: string[] = [];
    const subscription = r.pubsub.subscription(name);
    await new Promise<void>((resolve, reject) => {
      subscription.on("error", reject);
      subscription.on("message", (message: Message) => {
        ids.push(message.id);
        if (ids.length === 1) return message.nack();
        message.ack();
        resolve();
      });
    });
    await subscription.close();
    expect(ids).toEqual([ids[0], ids[0]]);
  });

  test("a message reaches an open stream when it is published", async () => {
    const r = rig();
    const topic = await r.topic();
    const stream = open(r, await r.subscription(topic));
    await r.publish(topic, "a");
    await vi.waitFor(() => expect(stream.got).toHaveLength(1));
    stream.end();
  });

  test.skipIf(target.isGoogleEmulator)(
    "no more messages are outstanding than a stream allows (the emulator cannot)",
    async () => {
      const r = rig();
      const topic = await r.topic();
      const name = await r.subscription(topic);
      await r.publish(topic, ...Array.from({ length: 20 }, (_, index) => `m${index}`));
      const stream = open(r, name, { maxOutstandingMessages: 5 });
      await vi.waitFor(() => expect(stream.got).toHaveLength(5));
      // A pull is answered after the stream had its chance, and gets what the stream may not have.
      expect(await r.pull(name, 1, true)).toHaveLength(1);
      expect(stream.got).toHaveLength(5);
      await r.subscriber.acknowledge({ subscription: name, ackIds: stream.got.slice(0, 2) });
      await vi.waitFor(() => expect(stream.got).toHaveLength(7));
      stream.write({ ackIds: stream.got.slice(2, 5) });
      await vi.waitFor(() => expect(stream.got).toHaveLength(10));
      expect(await r.pull(name, 1, true)).toHaveLength(1);
      expect(stream.got).toHaveLength(10);
      stream.end();
    },
  );

  test.skipIf(target.isGoogleEmulator)(
    "no more bytes are outstanding than a stream allows (the emulator cannot)",
    async () => {
      const r = rig();
      const topic = await r.topic();
      const name = await r.subscription(topic);
      for (let index = 0; index < 5; index++) await r.publish(topic, "x".repeat(100_000));
      const stream = open(r, name, { maxOutstandingBytes: 250_000 });
      await vi.waitFor(() => expect(stream.got.length).toBeGreaterThanOrEqual(2));
      expect(await r.pull(name, 1, true)).toHaveLength(1);
      expect(stream.got.length).toBeLessThanOrEqual(3);
      stream.end();
    },
  );

  test("a deadline of 0 on the stream gives a message back", async () => {
    const r = rig();
    const topic = await r.topic();
    const name = await r.subscription(topic);
    const [id] = await r.publish(topic, "a");
    const stream = open(r, name);
    await vi.waitFor(() => expect(stream.got).toHaveLength(1));
    stream.write({ modifyDeadlineAckIds: stream.got.slice(0, 1), modifyDeadlineSeconds: [0] });
    await vi.waitFor(() => expect(stream.ids).toEqual([id, id]));
    stream.end();
  });

  test("a stream on a subscription that does not exist is not found", async () => {
    const stream = open(rig(), freshSubscription());
    expect(await stream.failure).toEqual(refused(status.NOT_FOUND));
  });

  test("a stream with a deadline under 10 s is refused", async () => {
    const r = rig();
    const stream = open(r, await r.subscription(await r.topic()), { streamAckDeadlineSeconds: 5 });
    expect(await stream.failure).toEqual(refused(status.INVALID_ARGUMENT));
  });

  test("a stream ends when its subscription is deleted", async () => {
    const r = rig();
    const topic = await r.topic();
    const name = await r.subscription(topic);
    const stream = open(r, name);
    await r.publish(topic, "shows that the stream is open");
    await vi.waitFor(() => expect(stream.got).toHaveLength(1));
    await r.subscriber.deleteSubscription({ subscription: name });
    expect(await stream.failure).toEqual(refused(status.NOT_FOUND));
  });
}

function open(r: Rig, subscription: string, settings: object = {}) {
  const call = r.subscriber.streamingPull();
  const got: string[] = [];
  const ids: string[] = [];
  const failure = once(call, "error").then(([error]: unknown[]) => error);
  call.on("data", ({ receivedMessages }) => {
    for (const { ackId, message } of receivedMessages) {
      got.push(ackId);
      ids.push(message.messageId);
    }
  });
  call.write({ subscription, streamAckDeadlineSeconds: 60, ...settings });
  return {
    /** Ack ids in the order of arrival, and the messages' ids. */
    got,
    ids,
    /** Resolves with the error that ends the call. */
    failure,
    write: (request: object) => call.write(request),
    end: () => call.end(),
  };
}
