/** The optional second bucket: copies of the archive that nobody can delete before their time, not even an owner. */
import { DataGoogleStorageTransferProjectServiceAccount } from "@cdktf/provider-google/lib/data-google-storage-transfer-project-service-account/index.js";
import type { StorageBucket } from "@cdktf/provider-google/lib/storage-bucket/index.js";
import { StorageBucketIamMember } from "@cdktf/provider-google/lib/storage-bucket-iam-member/index.js";
import { StorageTransferJob } from "@cdktf/provider-google/lib/storage-transfer-job/index.js";
import { EVENTS } from "../../services/shared/objects.ts";
import { DAY_SECONDS } from "../../services/shared/retention.ts";
import { createPrivateBucket } from "./bucket.ts";
import type { Context } from "./context.ts";
import type { Meta } from "./terms.ts";

/** A retention policy counts for a whole bucket; in the first it would hold the pending marks, too. */
export function createLockedArchive(context: Context, source: StorageBucket): void {
  const { config, terms } = context;
  const days = config.retention.lockedArchiveDays;
  terms.made(terms.isGiven(days), (meta) => createArchive(context, source, days ?? 0, meta));
}

function createArchive(context: Context, source: StorageBucket, days: number, meta: Meta): void {
  const { stack, config, names, apis, terms } = context;
  const archive = createPrivateBucket(context, "archive", {
    name: names.archive,
    storageClass: "ARCHIVE",
    softDeletePolicy: { retentionDurationSeconds: 0 },
    // Locked for good: it can be made longer, never shorter, and the bucket cannot go while it holds anything.
    retentionPolicy: { retentionPeriod: terms.times(days, DAY_SECONDS), isLocked: true },
    ...meta,
  });
  const agent = new DataGoogleStorageTransferProjectServiceAccount(stack, "transfer-agent", {
    dependsOn: apis,
    ...meta,
  });
  const copies = terms.attribute(archive, "name");
  const grant = (id: string, bucket: string, role: string) =>
    new StorageBucketIamMember(stack, id, {
      bucket,
      role: `roles/storage.${role}`,
      member: `serviceAccount:${terms.attribute(agent, "email")}`,
      ...meta,
    });
  new StorageTransferJob(stack, "archive-copy", {
    description: `${config.prefix}: copies new objects of the archive once a day`,
    transferSpec: {
      gcsDataSource: { bucketName: source.name },
      gcsDataSink: { bucketName: copies },
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
      grant("transfer-reads", source.name, "objectViewer"),
      grant("transfer-looks", source.name, "legacyBucketReader"),
      grant("transfer-writes", copies, "objectCreator"),
      grant("transfer-looks-at-archive", copies, "legacyBucketReader"),
    ],
    ...meta,
  });
}
