/** Google's own clients on one Pub/Sub server, with names that no other test uses. */
import { randomUUID } from "node:crypto";
import { PubSub, v1 } from "@google-cloud/pubsub";
import { credentials, type status } from "@grpc/grpc-js";
import { expect } from "vitest";

const PROJECT = "pullhouse-local";
export const PARENT = `projects/${PROJECT}`;

type SubscriptionRequest = NonNullable<Parameters<v1.SubscriberClient["createSubscription"]>[0]>;
export type PublishedMessage = { data?: Buffer; attributes?: Record<string, string>; orderingKey?: string };

export interface Received {
  readonly ackId: string;
  readonly id: string;
  readonly text: string;
  readonly attributes: Record<string, string>;
  readonly deliveryAttempt: number;
}

export type Rig = ReturnType<typeof connect>;

export function connect(port: number) {
  const low = { apiEndpoint: "127.0.0.1", port, sslCreds: credentials.createInsecure(), projectId: PROJECT };
  const pubsub = new PubSub({ projectId: PROJECT, apiEndpoint: `127.0.0.1:${port}`, emulatorMode: true });
  const publisher = new v1.PublisherClient(low);
  const subscriber = new v1.SubscriberClient(low);
  return {
    pubsub,
    publisher,
    subscriber,

    async topic(): Promise<string> {
      const [topic] = await publisher.createTopic({ name: freshTopic() });
      return topic.name ?? "";
    },
    async subscription(topic: string, settings: SubscriptionRequest = {}): Promise<string> {
      const name = freshSubscription();
      await subscriber.createSubscription({ ...settings, name, topic });
      return name;
    },
    /** @returns the messages' ids */
    async publish(topic: string, ...messages: (string | PublishedMessage)[]): Promise<string[]> {
      const wire = messages.map((given) =>
        typeof given === "string" ? { data: Buffer.from(given) } : given,
      );
      const [{ messageIds }] = await publisher.publish({ topic, messages: wire });
      return messageIds ?? [];
    },
    /** One pull; it waits for a first message unless told not to. */
    async pull(subscription: string, maxMessages = 100, returnImmediately = false): Promise<Received[]> {
      const [{ receivedMessages }] = await subscriber.pull({ subscription, maxMessages, returnImmediately });
      return (receivedMessages ?? []).map(({ ackId, message, deliveryAttempt }) => ({
        ackId: ackId ?? "",
        id: message?.messageId ?? "",
        text: Buffer.from((message?.data as Uint8Array | undefined) ?? "").toString(),
        attributes: message?.attributes ?? {},
        deliveryAttempt: deliveryAttempt ?? 0,
      }));
    },
    /** Pulls until that many messages are there: a pull may give fewer than there are, and none. */
    async pullAll(subscription: string, count: number): Promise<Received[]> {
      const all: Received[] = [];
      while (all.length < count) all.push(...(await this.pull(subscription, count - all.length)));
      return all;
    },
    acknowledge: (subscription: string, messages: readonly Received[]) =>
      subscriber.acknowledge({ subscription, ackIds: messages.map(({ ackId }) => ackId) }),
    modify: (subscription: string, messages: readonly Received[], ackDeadlineSeconds: number) =>
      subscriber.modifyAckDeadline({
        subscription,
        ackIds: messages.map(({ ackId }) => ackId),
        ackDeadlineSeconds,
      }),
    async close(): Promise<void> {
      await Promise.all([pubsub.close(), publisher.close(), subscriber.close()]);
    },
  };
}

export const freshTopic = () => `${PARENT}/topics/t-${randomUUID()}`;
export const freshSubscription = () => `${PARENT}/subscriptions/s-${randomUUID()}`;
export const texts = (messages: readonly Received[]) => messages.map(({ text }) => text);
export const refused = (code: status, details?: RegExp) =>
  expect.objectContaining({ code, ...(details && { details: expect.stringMatching(details) }) });
