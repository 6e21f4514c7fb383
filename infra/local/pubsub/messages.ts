/** The messages of google.pubsub.v1 as the descriptor's options give them (`service-definition.ts`). */

export interface Duration {
  readonly seconds: number;
  readonly nanos: number;
}

export interface PubsubMessage {
  readonly data: Uint8Array;
  readonly attributes: Readonly<Record<string, string>>;
  readonly orderingKey: string;
}

/** What a subscriber gets: the message as it was published, with its id and time. */
export interface ReceivedMessage {
  readonly ackId: string;
  readonly message: PubsubMessage & { readonly messageId: string; readonly publishTime: Duration };
  /** 0 without a dead letter policy. */
  readonly deliveryAttempt: number;
}

export interface DeadLetterPolicy {
  readonly deadLetterTopic: string;
  readonly maxDeliveryAttempts: number;
}

export interface RetryPolicy {
  readonly minimumBackoff: Duration | null;
  readonly maximumBackoff: Duration | null;
}

export interface TopicMessage {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly messageRetentionDuration: Duration | null;
}

export interface SubscriptionMessage {
  readonly name: string;
  readonly topic: string;
  readonly ackDeadlineSeconds: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly messageRetentionDuration: Duration | null;
  /** Present without a ttl: the subscription never expires. */
  readonly expirationPolicy: { readonly ttl: Duration | null } | null;
  readonly deadLetterPolicy: DeadLetterPolicy | null;
  readonly retryPolicy: RetryPolicy | null;
}

export interface FieldMask {
  readonly paths: readonly string[];
}

/** What a list answers at most, and without a page size. */
export const MAX_PER_PAGE = 1000;

export interface StreamingPullRequest {
  readonly subscription: string;
  readonly ackIds: readonly string[];
  readonly modifyDeadlineSeconds: readonly number[];
  readonly modifyDeadlineAckIds: readonly string[];
  readonly streamAckDeadlineSeconds: number;
  readonly maxOutstandingMessages: number;
  readonly maxOutstandingBytes: number;
  readonly protocolVersion: number;
}
