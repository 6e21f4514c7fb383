/** The optional second bucket: copies of the archive that nobody can delete before their time, not even an owner. */
import { DataGoogleStorageTransferProjectServiceAccount } from "@cdktf/provider-google/lib/data-google-storage-transfer-project-service-account/index.js";
import { StorageBucket } from "@cdktf/provider-google/lib/storage-bucket/index.js";
import { StorageBucketIamMember } from "@cdktf/provider-google/lib/storage-bucket-iam-member/index.js";
import { StorageTransferJob } from "@cdktf/provider-google/lib/storage-transfer-job/index.js";
import { EVENTS } from "../../services/shared/objects.ts";
import type { Context } from "./context.ts";

const DAY_SECONDS = 86_400;

/** A retention policy counts for a whole bucket; in the first it would hold the pending marks, too. */
export function createLockedArchive(context: Context, source: StorageBucket): void {
  const { stack, config, names, labels, apis } = context;
  const days = config.retention.lockedArchiveDays;
  if (days === null) return;
  const archive = new StorageBucket(stack, "archive", {
    name: names.archive,
    location: config.datasetLocation,
    labels,
    storageClass: "ARCHIVE",
    ...(config.encryptionKey === undefined
      ? {}
      : { encryption: { defaultKmsKeyName: config.encryptionKey } }),
    uniformBucketLevelAccess: true,
    publicAccessPrevention: "enforced",
    softDeletePolicy: { retentionDurationSeconds: 0 },
    // Locked for good: it can be made longer, never shorter, and the bucket cannot go while it holds anything.
    retentionPolicy: { retentionPeriod: days * DAY_SECONDS, isLocked: true },
    dependsOn: apis,
  });
  const agent = new DataGoogleStorageTransferProjectServiceAccount(stack, "transfer-agent", {
    dependsOn: apis,
  });
  const grant = (id: string, bucket: StorageBucket, role: string) =>
    new StorageBucketIamMember(stack, id, {
      bucket: bucket.name,
      role: `roles/storage.${role}`,
      member: `serviceAccount:${agent.email}`,
    });
  new StorageTransferJob(stack, "archive-copy", {
    description: `${config.prefix}: copies new objects of the archive once a day`,
    transferSpec: {
      gcsDataSource: { bucketName: source.name },
      gcsDataSink: { bucketName: archive.name },
      objectConditions: { includePrefixes: [EVENTS] },
      transferOptions: { overwriteWhen: "NEVER" },
    },
    // A schedule without an end repeats every 24 hours.
    schedule: {
      scheduleStartDate: { year: 2026, month: 1, day: 1 },
      startTimeOfDay: { hours: 3, minutes: 30, seconds: 0, nanos: 0 },
    },
    dependsOn: [
      // https://cloud.google.com/storage-transfer/docs/iam-cloud#required_permissions
      grant("transfer-reads", source, "objectViewer"),
      grant("transfer-looks", source, "legacyBucketReader"),
      grant("transfer-writes", archive, "objectCreator"),
      grant("transfer-looks-at-archive", archive, "legacyBucketReader"),
    ],
  });
}
