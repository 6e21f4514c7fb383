/** What Cloud Storage and Storage Transfer refuse. */
import { AGENTS } from "../accounts.ts";
import { bucketName, bucketPolicyName, objectsIn } from "../apis/storage.ts";
import type { Call, Rule } from "../call.ts";
import { type Json, numberAt, recordAt, textAt } from "../json.ts";
import { hasRole } from "../policy.ts";
import { isOutside, resourceIn, rule } from "./rule.ts";

const CHANGE = ["storage.buckets.patch", "storage.buckets.update"];
const WRITE = ["storage.buckets.insert", ...CHANGE];
const DAY_SECONDS = 86_400;
/** Roles that have `storage.buckets.get` (https://cloud.google.com/storage/docs/access-control/iam-roles). */
const LOOKS = ["roles/storage.legacyBucketReader", "roles/storage.legacyBucketWriter", "roles/storage.admin"];

const bucketOf = ({ world, params }: Call): Json =>
  world.state.resources.get(bucketName(params["bucket"] ?? "")) ?? {};

/** Whether a change would take a lock away, or shorten what it locks. */
function loosens(policy: Json, changes: Json): boolean {
  if (policy["isLocked"] !== true || !("retentionPolicy" in changes)) return false;
  const next = numberAt(changes, "retentionPolicy.retentionPeriod");
  return !(next >= numberAt(policy, "retentionPeriod"));
}

export const STORAGE_RULES: readonly Rule[] = [
  rule({
    id: "bucket-not-empty",
    source: "https://cloud.google.com/storage/docs/json_api/v1/buckets/delete",
    methods: ["storage.buckets.delete"],
    code: "ALREADY_EXISTS",
    message: (call) =>
      objectsIn(call, call.params["bucket"] ?? "").length > 0
        ? "The bucket you tried to delete is not empty."
        : undefined,
  }),
  rule({
    id: "location-of-bucket-is-fixed",
    source: "https://cloud.google.com/storage/docs/bucket-locations#considerations",
    methods: CHANGE,
    code: "INVALID_ARGUMENT",
    message: (call) => {
      const location = textAt(call.body, "location").toUpperCase();
      const isMoved = location !== "" && location !== textAt(bucketOf(call), "location");
      return isMoved ? "The location of a bucket cannot be changed." : undefined;
    },
  }),
  rule({
    id: "retention-is-locked",
    source: "https://cloud.google.com/storage/docs/bucket-lock#policy-locks",
    methods: CHANGE,
    code: "PERMISSION_DENIED",
    message: (call) =>
      loosens(recordAt(bucketOf(call), "retentionPolicy"), call.body)
        ? `Cannot reduce retention duration of a locked Retention Policy for bucket '${call.params["bucket"]}'.`
        : undefined,
  }),
  rule({
    id: "lock-needs-metageneration",
    source: "https://cloud.google.com/storage/docs/json_api/v1/buckets/lockRetentionPolicy",
    methods: ["storage.buckets.lockRetentionPolicy"],
    code: "CONDITION_NOT_MET",
    message: (call) =>
      call.query["ifMetagenerationMatch"] === bucketOf(call)["metageneration"]
        ? undefined
        : "At least one of the pre-conditions you specified did not hold.",
  }),
  rule({
    id: "soft-delete-duration",
    source: "https://cloud.google.com/storage/docs/soft-delete#retention-duration",
    methods: WRITE,
    code: "INVALID_ARGUMENT",
    message: ({ body }) => {
      const days = numberAt(body, "softDeletePolicy.retentionDurationSeconds") / DAY_SECONDS;
      return days !== 0 && isOutside(days, 7, 90)
        ? "The soft delete retention duration must be 0, or between 7 and 90 days."
        : undefined;
    },
  }),
  rule({
    id: "key-in-location-of-bucket",
    source: "https://cloud.google.com/storage/docs/encryption/customer-managed-keys#key-locations",
    methods: ["storage.buckets.insert"],
    code: "INVALID_ARGUMENT",
    message: ({ body }) => {
      const [, key = ""] = /\/locations\/([^/]+)\//.exec(textAt(body, "encryption.defaultKmsKeyName")) ?? [];
      const location = (textAt(body, "location") || "US").toLowerCase();
      return key !== "" && key.toLowerCase() !== location
        ? `The key's location ${key} must be the bucket's, ${location}.`
        : undefined;
    },
  }),
  rule({
    id: "transfer-agent-may-not-look",
    source: "https://github.com/The-Academic-Observatory/observatory-platform/issues/142",
    methods: ["storagetransfer.transferJobs.create"],
    code: "FAILED_PRECONDITION",
    message: (call) => {
      const agent = `serviceAccount:${AGENTS.storageTransfer(textAt(call.body, "projectId"))}`;
      const { transferSpec } = resourceIn(call, "transferJob");
      const buckets = ["gcsDataSource", "gcsDataSink"].map((end) =>
        textAt(transferSpec, `${end}.bucketName`),
      );
      const hidden = buckets.find(
        (bucket) => bucket !== "" && !hasRole(call.world, bucketPolicyName(bucket), agent, LOOKS),
      );
      return hidden === undefined
        ? undefined
        : `Failed to obtain the location of the Google Cloud Storage (GCS) bucket ${hidden} due to insufficient permissions. Please verify that the necessary permissions have been granted.`;
    },
  }),
];
