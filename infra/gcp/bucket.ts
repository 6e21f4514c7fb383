/** The bucket: who may do what below which prefix, and how long it is kept. */
import {
  StorageBucket,
  type StorageBucketLifecycleRule,
} from "@cdktf/provider-google/lib/storage-bucket/index.js";
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
import type { DeployConfig } from "./config.ts";
import { type Agent, type Context, type Grants, member } from "./context.ts";

/** Source of a build; gone the day after. */
export const BUILDS = "builds/";

const DAY_SECONDS = 86_400;

export interface BucketParts {
  readonly bucket: StorageBucket;
  readonly grants: Grants;
  /** Pub/Sub's own account may write dead letters. */
  readonly agentMayWrite: Grants;
  /** The build's account may read what it builds. */
  readonly buildMayRead: Grants;
}

export function createBucket(context: Context): BucketParts {
  const { stack, config, names, labels, apis, pubsubAgent } = context;
  const { retention, datasetLocation, deletionProtection } = config;
  const bucket = new StorageBucket(stack, "bucket", {
    name: names.bucket,
    // BigQuery loads only from its dataset's location.
    location: datasetLocation,
    labels,
    ...(config.encryptionKey === undefined
      ? {}
      : { encryption: { defaultKmsKeyName: config.encryptionKey } }),
    uniformBucketLevelAccess: true,
    publicAccessPrevention: "enforced",
    // Marks and plans are deleted all day; by default each would be kept, and paid, for a week more.
    softDeletePolicy: { retentionDurationSeconds: retention.softDeleteDays * DAY_SECONDS },
    versioning: { enabled: false },
    lifecycleRule: lifecycle(retention),
    forceDestroy: !deletionProtection,
    dependsOn: apis,
  });

  /** @param prefixes where the role counts; everywhere, if none is named */
  const grant = (id: string, who: string | Agent, role: string, prefixes: readonly string[] = []) =>
    new StorageBucketIamMember(stack, `bucket-${id}`, {
      bucket: bucket.name,
      ...(typeof who === "string" ? { member: who } : who),
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
    agentMayWrite: [
      grant("pubsub-looks", pubsubAgent, "legacyBucketReader"),
      grant("pubsub-writes", pubsubAgent, "objectCreator", [DEAD_LETTERS]),
    ],
    buildMayRead: [grant("build-reads", member(context, "build"), "objectViewer", [BUILDS])],
  };
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
function lifecycle({
  events,
  quarantineDeleteAfterDays,
  deadLettersDeleteAfterDays,
}: DeployConfig["retention"]): StorageBucketLifecycleRule[] {
  const colder = (storageClass: string, age: number | null) =>
    age === null
      ? []
      : [{ action: { type: "SetStorageClass", storageClass }, condition: { age, matchesPrefix: [EVENTS] } }];
  const gone = (prefix: string, age: number | null) =>
    age === null ? [] : [{ action: { type: "Delete" }, condition: { age, matchesPrefix: [prefix] } }];
  return [
    ...colder("NEARLINE", events.nearlineAfterDays),
    ...colder("COLDLINE", events.coldlineAfterDays),
    ...colder("ARCHIVE", events.archiveAfterDays),
    ...gone(EVENTS, events.deleteAfterDays),
    ...gone(QUARANTINE, quarantineDeleteAfterDays),
    ...gone(DEAD_LETTERS, deadLettersDeleteAfterDays),
    ...gone(BUILDS, 1),
  ];
}
