/** The store and the queues at work in it: what a publish, a new subscription and a deletion do to both. */

import { giveBack } from "./give-back.ts";
import type { PubsubMessage } from "./messages.ts";
import { DELETED_TOPIC } from "./names.ts";
import type { SubscriptionSettings } from "./settings.ts";
import { alreadyExists, notFound } from "./status-error.ts";
import type { Store } from "./store.ts";
import type { SubscriptionRecord } from "./store-subscriptions.ts";
import type { TopicRecord } from "./store-topics.ts";
import { createSubscriptionQueue, type SubscriptionQueue } from "./subscription-queue.ts";

export interface Broker {
  /**
   * Returns the messages' ids after the commit.
   * @throws StatusError NOT_FOUND
   */
  publish(topic: string, messages: readonly PubsubMessage[]): string[];
  /** @throws StatusError NOT_FOUND */
  topic(name: string): TopicRecord;
  deleteTopic(name: string): void;
  /** @throws StatusError NOT_FOUND */
  queue(subscription: string): SubscriptionQueue;
  /** @throws StatusError NOT_FOUND for a topic, ALREADY_EXISTS */
  createSubscription(name: string, topic: string, settings: SubscriptionSettings): SubscriptionRecord;
  /** @throws StatusError NOT_FOUND */
  updateSubscription(name: string, settings: SubscriptionSettings): SubscriptionRecord;
  /** @throws StatusError NOT_FOUND */
  deleteSubscription(name: string): void;
  /** Ends all waiting pulls and open streams. */
  close(reason: Error): void;
}

export function createBroker(store: Store, now: () => number): Broker {
  /** The subscriptions that somebody used since the start. */
  const queues = new Map<string, SubscriptionQueue>();

  /** Call it within a transaction; the deliveries that it causes begin after it. */
  function insert(topic: string, messages: readonly PubsubMessage[]): number[] {
    const targets = store.subscriptions.targets(topic);
    const ids = store.messages.insert(
      targets.map(({ id }) => id),
      messages,
      now(),
    );
    for (const { name } of targets) queues.get(name)?.notify(true);
    return ids;
  }

  function forward(topic: string, message: PubsubMessage): boolean {
    if (!store.topics.get(topic)) return false;
    insert(topic, [message]);
    return true;
  }

  function checkDeadLetterTopic({ deadLetterPolicy }: SubscriptionSettings): void {
    if (deadLetterPolicy) broker.topic(deadLetterPolicy.deadLetterTopic);
  }

  const broker: Broker = {
    publish(topic, messages) {
      broker.topic(topic);
      return store.atomically(() => insert(topic, messages)).map(String);
    },
    topic(name) {
      const topic = store.topics.get(name);
      if (!topic) throw notFound(name);
      return topic;
    },
    deleteTopic(name) {
      broker.topic(name);
      store.atomically(() => {
        store.topics.remove(name);
        store.subscriptions.orphan(name);
      });
      for (const queue of queues.values()) {
        if (queue.record.topic === name) queue.record = { ...queue.record, topic: DELETED_TOPIC };
      }
    },
    queue(name) {
      const known = queues.get(name);
      if (known) return known;
      const record = store.subscriptions.get(name);
      if (!record) throw notFound(name);
      const queue = createSubscriptionQueue(record, store, now, (...returned) =>
        giveBack(store, forward, ...returned),
      );
      queues.set(name, queue);
      return queue;
    },
    createSubscription(name, topic, settings) {
      broker.topic(topic);
      checkDeadLetterTopic(settings);
      if (store.subscriptions.get(name)) throw alreadyExists(name);
      return store.subscriptions.create(name, topic, settings);
    },
    updateSubscription(name, settings) {
      const queue = broker.queue(name);
      checkDeadLetterTopic(settings);
      queue.record = { ...queue.record, settings };
      store.subscriptions.update(queue.record);
      return queue.record;
    },
    deleteSubscription(name) {
      const queue = broker.queue(name);
      store.atomically(() => {
        store.messages.drop(queue.record.id);
        store.subscriptions.remove(queue.record.id);
      });
      queues.delete(name);
      queue.close(notFound(name));
    },
    close(reason) {
      for (const queue of queues.values()) queue.close(reason);
      queues.clear();
    },
  };
  return broker;
}
