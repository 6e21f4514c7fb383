/** What becomes of a message whose lease ended by a nack or by its deadline: a later delivery, or a dead letter. */
import { durationOf, msOf } from "./durations.ts";
import type { PubsubMessage, RetryPolicy } from "./messages.ts";
import { projectOf } from "./names.ts";
import type { Store } from "./store.ts";
import type { StoredMessage } from "./store-messages.ts";
import type { SubscriptionRecord } from "./store-subscriptions.ts";

/** Publishes within the transaction that is open; false when there is no such topic. */
export type Forward = (topic: string, message: PubsubMessage) => boolean;

/**
 * Call it within a transaction.
 * @returns when the message may be delivered again (ms), or "gone": it is a dead letter now, or acknowledged
 */
export function giveBack(
  store: Store,
  forward: Forward,
  subscription: SubscriptionRecord,
  message: number,
  nowMs: number,
): number | "gone" {
  const { id, settings } = subscription;
  const failures = store.messages.countFailure(id, message);
  if (failures === undefined) return "gone";
  const policy = settings.deadLetterPolicy;
  if (policy && failures >= policy.maxDeliveryAttempts) {
    const stored = store.messages.get(id, message);
    // Without the topic the message stays here, as on Google Cloud, and the next failure tries again.
    if (stored && forward(policy.deadLetterTopic, deadLetter(subscription, stored))) {
      store.messages.acknowledge(id, message);
      return "gone";
    }
  }
  return nowMs + (settings.retryPolicy ? backoffMs(settings.retryPolicy, failures) : 0);
}

/** https://cloud.google.com/pubsub/docs/handling-failures#dead_letter_topic, "source" attributes. */
function deadLetter(subscription: SubscriptionRecord, stored: StoredMessage): PubsubMessage {
  const { name } = subscription;
  return {
    ...stored.message,
    attributes: {
      ...stored.message.attributes,
      CloudPubSubDeadLetterSourceDeliveryCount: String(stored.failures),
      CloudPubSubDeadLetterSourceSubscription: name.slice(name.lastIndexOf("/") + 1),
      CloudPubSubDeadLetterSourceSubscriptionProject: projectOf(name),
      CloudPubSubDeadLetterSourceTopicPublishTime: new Date(stored.publishMs).toISOString(),
    },
  };
}

/** The minimum after the first failure, then twice as long each time, up to the maximum. */
function backoffMs(policy: RetryPolicy, failures: number): number {
  const min = msOf(policy.minimumBackoff ?? durationOf(0));
  const max = msOf(policy.maximumBackoff ?? durationOf(0));
  return Math.min(min * 2 ** (failures - 1), Math.max(min, max));
}
