/** The bucket: who may do what below which prefix, and how long it is kept. */
import { StorageBucket, type StorageBucketConfig } from "@cdktf/provider-google/lib/storage-bucket/index.js";
import { StorageBucketIamMember } from "@cdktf/provider-google/lib/storage-bucket-iam-member/index.js";
import {
  DEAD_LETTERS,
  EVENTS,
  PENDING,
  PLANS,
  QUARANTINE,
  SPILL,
  TRIALS,
} from "../../services/shared/objects.ts";
import { DAY_SECONDS } from "../../services/shared/retention.ts";
import type { DeployConfig } from "./config.ts";
import { type Context, type Grants, member, protection } from "./context.ts";
import type { BlockContent, Terms } from "./terms.ts";

/** Source of a build; gone the day after. */
export const BUILDS = "builds/";

export interface BucketParts {
  readonly bucket: StorageBucket;
  readonly grants: Grants;
  /** The build's account may read what it builds. */
  readonly buildMayRead: Grants;
}

export function createBucket(context: Context): BucketParts {
  const { stack, config, names, terms } = context;
  const { retention, deletionProtection } = config;
  const bucket = createPrivateBucket(context, "bucket", {
    name: names.bucket,
    // Marks and plans are deleted all day; by default each would be kept, and paid, for a week more.
    softDeletePolicy: { retentionDurationSeconds: terms.times(retention.softDeleteDays, DAY_SECONDS) },
    versioning: { enabled: false },
    forceDestroy: terms.not(deletionProtection),
  });
  terms.blocks(bucket, "lifecycle_rule", lifecycle(retention, terms));

  /** @param prefixes where the role counts; everywhere, if none is named */
  const grant = (id: string, who: string, role: string, prefixes: readonly string[] = []) =>
    new StorageBucketIamMember(stack, `bucket-${id}`, {
      bucket: bucket.name,
      member: who,
      role: `roles/storage.${role}`,
      ...(prefixes.length === 0 ? {} : { condition: below(bucket.name, prefixes) }),
    });
  const receiver = member(context, "receiver");
  const batcher = member(context, "batcher");
  const loader = member(context, "loader");

  return {
    bucket,
    grants: [
      grant("receiver-writes", receiver, "objectCreator", [SPILL]),
      // Listing asks the bucket, not its objects, so that no condition on their names can hold.
      grant("batcher-lists", batcher, "legacyBucketReader"),
      grant("batcher-writes", batcher, "objectCreator", [EVENTS, PENDING]),
      grant("batcher-moves", batcher, "objectUser", [SPILL, TRIALS, DEAD_LETTERS, QUARANTINE]),
      // And BigQuery, which loads as the loader, asks for the bucket itself.
      grant("loader-lists", loader, "legacyBucketReader"),
      grant("loader-reads", loader, "objectViewer", [EVENTS]),
      grant("loader-moves", loader, "objectUser", [PENDING, PLANS, QUARANTINE]),
    ],
    buildMayRead: [grant("build-reads", member(context, "build"), "objectViewer", [BUILDS])],
  };
}

/** A bucket that nobody outside can read, protected as what holds events, with the deployment's own key where it names one. */
export function createPrivateBucket(
  { stack, config, labels, apis, terms }: Context,
  id: string,
  own: Omit<StorageBucketConfig, "location">,
): StorageBucket {
  const bucket = new StorageBucket(stack, id, {
    // BigQuery loads only from its dataset's location.
    location: config.datasetLocation,
    labels,
    uniformBucketLevelAccess: true,
    publicAccessPrevention: "enforced",
    ...protection(config),
    dependsOn: apis,
    ...own,
  });
  const key = config.encryptionKey;
  terms.block(bucket, "encryption", terms.isGiven(key), { default_kms_key_name: key });
  return bucket;
}

/** https://cloud.google.com/iam/docs/conditions-attribute-reference#resource-name */
function below(bucket: string, prefixes: readonly string[]) {
  const names = prefixes.map(
    (prefix) => `resource.name.startsWith("projects/_/buckets/${bucket}/objects/${prefix}")`,
  );
  return { title: prefixes.join(" ").replaceAll("/", ""), expression: names.join(" || ") };
}

/**
 * Marks, plans, trials and spilled events have no rule: what they stand for is not in the table yet. An object of the
 * archive may still be pending, too, and no condition of a rule can see its mark: so the config takes no fewer days than
 * the longest outage, and an alert comes after fifteen minutes (monitoring/alerts.ts).
 */
function lifecycle(
  { events, quarantineDeleteAfterDays, deadLettersDeleteAfterDays }: DeployConfig["retention"],
  terms: Terms,
): Parameters<Terms["blocks"]>[2] {
  const rule = (action: BlockContent, prefix: string, age: number | null) => ({
    when: terms.isGiven(age),
    content: { action, condition: { age, matches_prefix: [prefix] } },
  });
  const colder = (storageClass: string, age: number | null) =>
    rule({ type: "SetStorageClass", storage_class: storageClass }, EVENTS, age);
  const gone = (prefix: string, age: number | null) => rule({ type: "Delete" }, prefix, age);
  return [
    colder("NEARLINE", events.nearlineAfterDays),
    colder("COLDLINE", events.coldlineAfterDays),
    colder("ARCHIVE", events.archiveAfterDays),
    gone(EVENTS, events.deleteAfterDays),
    gone(QUARANTINE, quarantineDeleteAfterDays),
    gone(DEAD_LETTERS, deadLettersDeleteAfterDays),
    gone(BUILDS, 1),
  ];
}
