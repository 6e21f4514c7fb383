/** Cloud Storage, Storage Transfer and Pub/Sub. */
import { PROJECT } from "../control-plane.ts";
import {
  agentGrants,
  bucket,
  bucketPolicy,
  CONDITION,
  grant,
  HERE,
  REGION,
  storage,
  storageConfig,
  subscription,
  TRANSFER_AGENT,
  topic,
  transferJob,
} from "../control-plane-requests.ts";
import type { Scenario } from "./scenario.ts";

export const STORAGE: readonly Scenario[] = [
  {
    rule: "bucket-not-empty",
    given: [bucket("archive"), ["POST", storage("b/archive/o?name=events%2F1"), {}]],
    wrong: ["DELETE", storage("b/archive")],
    mend: [["DELETE", storage("b/archive/o/events%2F1")]],
  },
  {
    rule: "location-of-bucket-is-fixed",
    given: [bucket("archive")],
    wrong: ["PATCH", storage("b/archive"), { location: "EU" }],
    right: ["PATCH", storage("b/archive"), { location: "US-CENTRAL1" }],
  },
  {
    rule: "retention-is-locked",
    given: [
      bucket("archive", { retentionPolicy: { retentionPeriod: "86400" } }),
      ["POST", storage("b/archive/lockRetentionPolicy?ifMetagenerationMatch=1")],
    ],
    wrong: ["PATCH", storage("b/archive"), { retentionPolicy: null }],
    right: ["PATCH", storage("b/archive"), { retentionPolicy: { retentionPeriod: "172800" } }],
  },
  {
    rule: "lock-needs-metageneration",
    given: [bucket("archive", { retentionPolicy: { retentionPeriod: "86400" } })],
    wrong: ["POST", storage("b/archive/lockRetentionPolicy")],
    right: ["POST", storage("b/archive/lockRetentionPolicy?ifMetagenerationMatch=1")],
  },
  {
    rule: "stale-bucket",
    given: [bucket("archive")],
    wrong: ["PATCH", storage("b/archive?ifMetagenerationMatch=7"), { labels: { app: "pullhouse" } }],
    right: ["PATCH", storage("b/archive?ifMetagenerationMatch=1"), { labels: { app: "pullhouse" } }],
  },
  {
    rule: "soft-delete-duration",
    wrong: bucket("archive", { softDeletePolicy: { retentionDurationSeconds: "86400" } }),
    right: bucket("archive", { softDeletePolicy: { retentionDurationSeconds: "0" } }),
  },
  {
    rule: "key-in-location-of-bucket",
    wrong: bucket("archive", {
      encryption: { defaultKmsKeyName: `${HERE}/locations/europe-west1/keyRings/r/cryptoKeys/k` },
    }),
    right: bucket("archive", { encryption: { defaultKmsKeyName: `${REGION}/keyRings/r/cryptoKeys/k` } }),
  },
  {
    rule: "transfer-agent-may-not-look",
    given: [
      bucket("source"),
      bucket("archive"),
      ["GET", `storagetransfer.googleapis.com/v1/googleServiceAccounts/${PROJECT}`],
      bucketPolicy("source", grant(`serviceAccount:${TRANSFER_AGENT}`, "roles/storage.legacyBucketReader")),
    ],
    wrong: transferJob,
    mend: [
      bucketPolicy("archive", grant(`serviceAccount:${TRANSFER_AGENT}`, "roles/storage.legacyBucketReader")),
    ],
  },
];

export const PUBSUB: readonly Scenario[] = [
  {
    rule: "limits-of-subscription",
    given: [topic("events")],
    wrong: subscription({ ackDeadlineSeconds: 5 }),
    right: subscription({ ackDeadlineSeconds: 60 }),
  },
  { rule: "topic-not-found", wrong: subscription({}), mend: [topic("events")] },
  {
    rule: "file-longer-than-ack-deadline",
    given: [topic("events"), bucket("dead-letters"), bucketPolicy("dead-letters", ...agentGrants())],
    wrong: subscription({ cloudStorageConfig: { bucket: "dead-letters", maxDuration: "300s" } }),
    right: subscription({
      ackDeadlineSeconds: 300,
      cloudStorageConfig: { bucket: "dead-letters", maxDuration: "300s" },
    }),
  },
  {
    // A grant below a prefix does not count.
    rule: "agent-may-not-write-bucket",
    given: [
      topic("events"),
      bucket("dead-letters"),
      bucketPolicy("dead-letters", ...agentGrants({ condition: CONDITION })),
    ],
    wrong: subscription(storageConfig),
    mend: [bucketPolicy("dead-letters", ...agentGrants())],
  },
];
