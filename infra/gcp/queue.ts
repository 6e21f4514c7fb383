/** Pub/Sub: the events, and what becomes of those that nobody can take. */
import { PubsubSubscription } from "@cdktf/provider-google/lib/pubsub-subscription/index.js";
import { PubsubSubscriptionIamMember } from "@cdktf/provider-google/lib/pubsub-subscription-iam-member/index.js";
import { PubsubTopic } from "@cdktf/provider-google/lib/pubsub-topic/index.js";
import { PubsubTopicIamMember } from "@cdktf/provider-google/lib/pubsub-topic-iam-member/index.js";
import { DEAD_LETTERS } from "../../services/shared/objects.ts";
import { DAY_SECONDS, OUTAGE_MAX_DAYS } from "../../services/shared/retention.ts";
import { type Context, type Grants, member, protection } from "./context.ts";
import type { DeadLetterParts } from "./dead-letters.ts";

/** Paid only for what is not acknowledged within a day: $0.27 per GiB and month (https://cloud.google.com/pubsub/pricing). */
const RETENTION = `${OUTAGE_MAX_DAYS * DAY_SECONDS}s`;
/** A subscription that nobody asks for 31 days is deleted by default; one that scales to zero must say never. */
const NEVER = { ttl: "" };

/**
 * The largest number that Pub/Sub takes: it counts outages like deaths, and which message kills batchers the batcher
 * finds out itself (docs/operate/dead-letters.md).
 */
const MAX_DELIVERY_ATTEMPTS = 100;

/**
 * The batcher looks once more LEASE_SECONDS (60) after an empty round; what is given back must be on offer again by
 * then, or it waits for the next event.
 */
const BACKOFF = { minimumBackoff: "1s", maximumBackoff: "10s" };

export interface QueueParts {
  readonly topic: PubsubTopic;
  readonly subscription: PubsubSubscription;
  readonly deadLetters: PubsubSubscription;
  readonly grants: Grants;
}

export function createQueue(context: Context, { bucket, agentMayWrite }: DeadLetterParts): QueueParts {
  const { stack, config, names, labels, apis, pubsubAgent, terms } = context;
  const encryption = terms.given("kmsKeyName", config.encryptionKey);
  const topic = new PubsubTopic(stack, "events", {
    name: names.topic,
    labels,
    ...encryption,
    ...protection(config),
    dependsOn: apis,
  });
  const deadLetterTopic = new PubsubTopic(stack, "dead-letters", {
    name: names.deadLetters,
    labels,
    ...encryption,
    ...protection(config),
    dependsOn: apis,
  });
  const agentMayForward = new PubsubTopicIamMember(stack, "dead-letters-agent", {
    topic: deadLetterTopic.name,
    role: "roles/pubsub.publisher",
    ...pubsubAgent,
  });

  const deadLetters = new PubsubSubscription(stack, "dead-letters-bucket", {
    name: names.deadLetters,
    topic: deadLetterTopic.id,
    labels,
    messageRetentionDuration: RETENTION,
    expirationPolicy: NEVER,
    // A Cloud Storage subscription must give a file at least this long.
    ackDeadlineSeconds: 300,
    cloudStorageConfig: {
      bucket: bucket.name,
      filenamePrefix: DEAD_LETTERS,
      filenameSuffix: ".avro",
      maxDuration: "300s",
      // The attributes are half of an event, and only Avro carries them.
      avroConfig: { writeMetadata: true },
    },
    ...protection(config),
    dependsOn: agentMayWrite,
  });

  const subscription = new PubsubSubscription(stack, "events-batcher", {
    name: names.subscription,
    topic: topic.id,
    labels,
    ackDeadlineSeconds: 60,
    messageRetentionDuration: RETENTION,
    expirationPolicy: NEVER,
    retryPolicy: BACKOFF,
    deadLetterPolicy: { deadLetterTopic: deadLetterTopic.id, maxDeliveryAttempts: MAX_DELIVERY_ATTEMPTS },
    ...protection(config),
    // A dead letter without a subscription would be lost.
    dependsOn: [deadLetters, agentMayForward],
  });

  return {
    topic,
    subscription,
    deadLetters,
    grants: [
      new PubsubTopicIamMember(stack, "events-receiver", {
        topic: topic.name,
        role: "roles/pubsub.publisher",
        member: member(context, "receiver"),
      }),
      new PubsubSubscriptionIamMember(stack, "events-batcher-batcher", {
        subscription: subscription.name,
        role: "roles/pubsub.subscriber",
        member: member(context, "batcher"),
      }),
      // Without it Pub/Sub forwards dead letters, and does not forget them here.
      new PubsubSubscriptionIamMember(stack, "events-batcher-agent", {
        subscription: subscription.name,
        role: "roles/pubsub.subscriber",
        ...pubsubAgent,
      }),
    ],
  };
}
