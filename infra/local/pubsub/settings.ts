/** What a topic and a subscription can be told, checked; what is not served here is refused, never ignored. */
import { checkDuration } from "./durations.ts";
import type { DeadLetterPolicy, RetryPolicy, SubscriptionMessage, TopicMessage } from "./messages.ts";
import { checkTopicName } from "./names.ts";
import { checkRange } from "./range.ts";
import { unimplemented } from "./status-error.ts";

export type TopicSettings = Omit<TopicMessage, "name">;
export type SubscriptionSettings = Omit<SubscriptionMessage, "name" | "topic">;

const MINUTE = 60;
const DAY = 24 * 60 * MINUTE;

/** Retention is shown but nothing is ever dropped for its age, and no subscription expires for want of use. */
const RETENTION = { minSeconds: 10 * MINUTE, maxSeconds: 31 * DAY } as const;
const DEFAULT_RETENTION = { seconds: 7 * DAY, nanos: 0 };
const DEFAULT_EXPIRATION = { ttl: { seconds: 31 * DAY, nanos: 0 } };

/** pubsub.proto, `Subscription.ack_deadline_seconds`. */
const ACK_DEADLINE = { defaultSeconds: 10, minSeconds: 10, maxSeconds: 600 } as const;

const TOPIC_UNSERVED = [
  "messageStoragePolicy",
  "kmsKeyName",
  "schemaSettings",
  "ingestionDataSourceSettings",
  "messageTransforms",
  "tags",
];

const SUBSCRIPTION_UNSERVED = [
  "bigqueryConfig",
  "cloudStorageConfig",
  "bigtableConfig",
  "retainAckedMessages",
  "enableMessageOrdering",
  "filter",
  "enableExactlyOnceDelivery",
  "messageTransforms",
  "tags",
];

/** @throws StatusError INVALID_ARGUMENT, UNIMPLEMENTED */
export function topicSettings(given: TopicMessage): TopicSettings {
  refuse(given, "Topic", TOPIC_UNSERVED);
  const retention = given.messageRetentionDuration;
  if (retention) checkRetention(retention);
  return { labels: given.labels, messageRetentionDuration: retention };
}

/** @throws StatusError INVALID_ARGUMENT, UNIMPLEMENTED */
export function subscriptionSettings(given: SubscriptionMessage): SubscriptionSettings {
  refuse(given, "Subscription", SUBSCRIPTION_UNSERVED);
  const push = (given as { readonly pushConfig?: { readonly pushEndpoint?: string } | null }).pushConfig;
  if (push?.pushEndpoint) throw unimplemented("Subscription.pushConfig.pushEndpoint");
  return {
    ackDeadlineSeconds: checkAckDeadline(given.ackDeadlineSeconds || ACK_DEADLINE.defaultSeconds),
    labels: given.labels,
    messageRetentionDuration: checkRetention(given.messageRetentionDuration ?? DEFAULT_RETENTION),
    expirationPolicy: checkExpiration(given.expirationPolicy ?? DEFAULT_EXPIRATION),
    deadLetterPolicy: given.deadLetterPolicy && checkDeadLetters(given.deadLetterPolicy),
    retryPolicy: given.retryPolicy && checkRetry(given.retryPolicy),
  };
}

/** @throws StatusError INVALID_ARGUMENT */
export function checkAckDeadline(seconds: number): number {
  return checkRange("ack_deadline_seconds", seconds, ACK_DEADLINE.minSeconds, ACK_DEADLINE.maxSeconds);
}

function checkRetention(given: NonNullable<TopicMessage["messageRetentionDuration"]>) {
  return checkDuration("message_retention_duration", given, RETENTION.minSeconds, RETENTION.maxSeconds);
}

function checkExpiration(policy: NonNullable<SubscriptionMessage["expirationPolicy"]>) {
  if (policy.ttl) checkDuration("expiration_policy.ttl", policy.ttl, DAY, 365 * DAY);
  return policy;
}

/** pubsub.proto, `DeadLetterPolicy`: 5 to 100 attempts, 5 when it is not said. */
function checkDeadLetters(policy: DeadLetterPolicy): DeadLetterPolicy {
  const maxDeliveryAttempts = checkRange("max_delivery_attempts", policy.maxDeliveryAttempts || 5, 5, 100);
  return { deadLetterTopic: checkTopicName(policy.deadLetterTopic), maxDeliveryAttempts };
}

/** pubsub.proto, `RetryPolicy`: 0 to 600 s each, 10 s and 600 s when not said. */
function checkRetry(policy: RetryPolicy): RetryPolicy {
  const minimumBackoff = policy.minimumBackoff ?? { seconds: 10, nanos: 0 };
  const maximumBackoff = policy.maximumBackoff ?? { seconds: 600, nanos: 0 };
  return {
    minimumBackoff: checkDuration("retry_policy.minimum_backoff", minimumBackoff, 0, 600),
    maximumBackoff: checkDuration("retry_policy.maximum_backoff", maximumBackoff, 0, 600),
  };
}

function refuse(given: object, kind: string, fields: readonly string[]): void {
  for (const field of fields) {
    const value = (given as Record<string, unknown>)[field];
    const unset = !value || (typeof value === "object" && Object.keys(value).length === 0);
    if (!unset) throw unimplemented(`${kind}.${field}`);
  }
}
