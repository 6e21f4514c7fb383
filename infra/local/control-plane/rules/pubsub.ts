/** What Pub/Sub refuses. */
import { AGENTS } from "../accounts.ts";
import { bucketName, bucketPolicyName } from "../apis/storage.ts";
import { type Call, projectOf, type Rule } from "../call.ts";
import { fullName, namedIn } from "../collection.ts";
import { type Json, numberAt, textAt } from "../json.ts";
import { hasRole } from "../policy.ts";
import { isOutside, resourceIn, rule, secondsAt, writes } from "./rule.ts";

const SUBSCRIPTION = "pubsub.projects.subscriptions";
const REFERENCE = "https://cloud.google.com/pubsub/docs/reference/rest/v1/projects.subscriptions";

const DAY = 86_400;

/** Roles that have `storage.buckets.get` and `storage.objects.create` (https://cloud.google.com/storage/docs/access-control/iam-roles). */
const READS_BUCKET = [
  "roles/storage.legacyBucketReader",
  "roles/storage.legacyBucketWriter",
  "roles/storage.admin",
];
const CREATES_OBJECTS = [
  "roles/storage.objectCreator",
  "roles/storage.objectUser",
  "roles/storage.objectAdmin",
  "roles/storage.legacyBucketWriter",
  "roles/storage.admin",
];

const subscriptionIn = (call: Call) => resourceIn(call, "subscription");

/** Every limit of the REST reference, by field: seconds or a count. */
function beyondLimits(subscription: Json): string | undefined {
  const limits: readonly (readonly [string, number, number, number])[] = [
    ["ack_deadline_seconds", numberAt(subscription, "ackDeadlineSeconds"), 10, 600],
    ["message_retention_duration", secondsAt(subscription, "messageRetentionDuration"), 600, 31 * DAY],
    ["expiration_policy.ttl", secondsAt(subscription, "expirationPolicy.ttl"), DAY, Number.POSITIVE_INFINITY],
    ["max_delivery_attempts", numberAt(subscription, "deadLetterPolicy.maxDeliveryAttempts"), 5, 100],
    ["minimum_backoff", secondsAt(subscription, "retryPolicy.minimumBackoff"), 0, 600],
    ["maximum_backoff", secondsAt(subscription, "retryPolicy.maximumBackoff"), 0, 600],
    ["max_duration", secondsAt(subscription, "cloudStorageConfig.maxDuration"), 60, 600],
  ];
  const wrong = limits.find(([, value, min, max]) => isOutside(value, min, max));
  if (wrong === undefined) return undefined;
  const [field, value, min, max] = wrong;
  return `Invalid value of ${field}: ${value} is not between ${min} and ${max}`;
}

/** What Pub/Sub's agent lacks on the whole bucket: a condition on objects' names is not looked at for it. */
function lacksRight(call: Call, bucket: string): boolean {
  const agent = `serviceAccount:${AGENTS.pubsub(projectOf(namedIn(call)) ?? "")}`;
  // Both are looked at: a grant that is shown late counts the requests that need it.
  const has = [READS_BUCKET, CREATES_OBJECTS].map((roles) =>
    hasRole(call.world, bucketPolicyName(bucket), agent, roles, true),
  );
  return has.includes(false);
}

export const PUBSUB_RULES: readonly Rule[] = [
  rule({
    id: "limits-of-subscription",
    source: REFERENCE,
    methods: writes(SUBSCRIPTION),
    code: "INVALID_ARGUMENT",
    message: (call) => beyondLimits(subscriptionIn(call)),
  }),
  rule({
    id: "file-longer-than-ack-deadline",
    source: `${REFERENCE}#CloudStorageConfig.FIELDS.max_duration`,
    methods: [`${SUBSCRIPTION}.create`],
    code: "INVALID_ARGUMENT",
    message: (call) => {
      const { ackDeadlineSeconds = 10, cloudStorageConfig } = subscriptionIn(call);
      const isLonger = secondsAt(cloudStorageConfig, "maxDuration") > Number(ackDeadlineSeconds);
      return isLonger ? "max_duration may not exceed the subscription's acknowledgment deadline" : undefined;
    },
  }),
  rule({
    id: "topic-not-found",
    source: REFERENCE,
    methods: [`${SUBSCRIPTION}.create`],
    code: "NOT_FOUND",
    message: (call) => {
      const topics = [textAt(call.body, "topic"), textAt(call.body, "deadLetterPolicy.deadLetterTopic")];
      const missing = topics.find(
        (name) => name !== "" && !call.world.state.resources.has(fullName(call, name)),
      );
      return missing === undefined ? undefined : `Resource not found (resource=${missing}).`;
    },
  }),
  rule({
    id: "agent-may-not-write-bucket",
    // The words are those of the error that https://github.com/GoogleCloudPlatform/dotnet-docs-samples/pull/2449 tells of.
    source:
      "https://cloud.google.com/pubsub/docs/create-cloudstorage-subscription#assign_roles_to_the_pubsub_service_account",
    methods: [`${SUBSCRIPTION}.create`],
    code: "INVALID_ARGUMENT",
    message: (call) => {
      const bucket = textAt(call.body, "cloudStorageConfig.bucket");
      if (bucket === "") return undefined;
      const isMissing = !call.world.state.resources.has(bucketName(bucket));
      return isMissing || lacksRight(call, bucket)
        ? `Cloud Pub/Sub did not have the necessary permissions configured to access the provided bucket ${bucket} (or the bucket may not exist). Please verify that the service account ${AGENTS.pubsub(projectOf(namedIn(call)) ?? "")} was granted the Storage Legacy Bucket Reader and Storage Object Creator roles.`
        : undefined;
    },
  }),
];
