/** The bucket of the messages that Pub/Sub gave up, into which only Pub/Sub's own account writes. */
import type { StorageBucket } from "@cdktf/provider-google/lib/storage-bucket/index.js";
import { StorageBucketIamMember } from "@cdktf/provider-google/lib/storage-bucket-iam-member/index.js";
import { DAY_SECONDS } from "../../services/shared/retention.ts";
import { createPrivateBucket } from "./bucket.ts";
import type { Context, Grants } from "./context.ts";

export interface DeadLetterParts {
  readonly bucket: StorageBucket;
  /** Pub/Sub's own account may write into it. */
  readonly agentMayWrite: Grants;
}

/**
 * Pub/Sub checks its account's rights on the bucket when the subscription is created, so a grant below one prefix may be refused;
 * one without a condition must not reach the archive (https://docs.cloud.google.com/pubsub/docs/create-cloudstorage-subscription).
 */
export function createDeadLetters(context: Context): DeadLetterParts {
  const { stack, config, names, pubsubAgent, terms } = context;
  const { retention, deletionProtection } = config;
  const { deadLettersDeleteAfterDays: age } = retention;
  const bucket = createPrivateBucket(context, "dead-letter-files", {
    name: names.deadLettersBucket,
    softDeletePolicy: { retentionDurationSeconds: terms.times(retention.softDeleteDays, DAY_SECONDS) },
    versioning: { enabled: false },
    forceDestroy: terms.not(deletionProtection),
  });
  const deletion = { action: { type: "Delete" }, condition: { age } };
  terms.blocks(bucket, "lifecycle_rule", [{ when: terms.isGiven(age), content: deletion }]);
  const grant = (id: string, role: string) =>
    new StorageBucketIamMember(stack, `dead-letter-files-${id}`, {
      bucket: bucket.name,
      role: `roles/storage.${role}`,
      ...pubsubAgent,
    });
  return {
    bucket,
    agentMayWrite: [grant("pubsub-looks", "legacyBucketReader"), grant("pubsub-writes", "objectCreator")],
  };
}
