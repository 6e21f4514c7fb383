/** Looks at a bucket: where it is, what deletes from it and how that is kept, and what the caller may do. */
import { openBucket, type StoreOptions } from "../storage.ts";
import { grantedOr, orMissing } from "./looked.ts";

interface BucketSettings {
  /** Milliseconds of the epoch; absent where the bucket does not say. */
  readonly createdAt?: number;
  /** `US`, `EUROPE-WEST1`, … */
  readonly location: string;
  /** `region`, `dual-region` or `multi-region`. */
  readonly locationType: string;
  /** How long what is deleted is kept and paid; 0: not at all. */
  readonly softDeleteSeconds: number;
  readonly isPublicAccessPrevented: boolean;
  /** The rules that delete objects. */
  readonly deletions: readonly Deletion[];
}

export interface Deletion {
  /** Days after an object's creation; 0 for a rule with a condition of another kind. */
  readonly age: number;
  /** Where it deletes; everywhere without any. */
  readonly prefixes: readonly string[];
}

export interface BucketLook {
  settings(): Promise<BucketSettings | undefined>;
  /** Those of the permissions that the caller has; `undefined` where that cannot be asked. */
  granted(permissions: readonly string[]): Promise<readonly string[] | undefined>;
}

/** https://cloud.google.com/storage/docs/json_api/v1/buckets#resource */
interface Metadata {
  readonly timeCreated?: string;
  readonly location?: string;
  readonly locationType?: string;
  readonly softDeletePolicy?: { readonly retentionDurationSeconds?: string | number };
  readonly iamConfiguration?: { readonly publicAccessPrevention?: string };
  readonly lifecycle?: { readonly rule?: readonly Rule[] };
}

interface Rule {
  readonly action?: { readonly type?: string };
  readonly condition?: {
    readonly age?: number;
    readonly matchesPrefix?: readonly string[];
    readonly isLive?: boolean;
    readonly numNewerVersions?: number;
    readonly daysSinceNoncurrentTime?: number;
    readonly noncurrentTimeBefore?: string;
  };
}

export function createBucketLook(options: StoreOptions): BucketLook {
  const bucket = openBucket(options);
  return {
    async settings() {
      const found = await orMissing("STORE_UNAVAILABLE", bucket.getMetadata());
      if (found === undefined) return undefined;
      const metadata = found[0] as Metadata;
      const {
        location = "",
        locationType,
        softDeletePolicy,
        iamConfiguration,
        lifecycle,
        timeCreated,
      } = metadata;
      return {
        ...(timeCreated === undefined ? {} : { createdAt: Date.parse(timeCreated) }),
        location,
        locationType: locationType ?? "",
        softDeleteSeconds: Number(softDeletePolicy?.retentionDurationSeconds ?? 0),
        isPublicAccessPrevented: iamConfiguration?.publicAccessPrevention === "enforced",
        deletions: (lifecycle?.rule ?? []).flatMap(deletionOf),
      };
    },
    async granted(permissions) {
      const asking = bucket.iam.testPermissions([...permissions]);
      const answer = await grantedOr("STORE_UNAVAILABLE", asking);
      return answer && permissions.filter((permission) => answer[0][permission] === true);
    },
  };
}

/** A rule for versions that are not live any more deletes nothing that is there. */
function deletionOf({ action, condition = {} }: Rule): readonly Deletion[] {
  const { age, matchesPrefix, isLive, numNewerVersions, daysSinceNoncurrentTime, noncurrentTimeBefore } =
    condition;
  const isOfVersions = [numNewerVersions, daysSinceNoncurrentTime, noncurrentTimeBefore].some(
    (one) => one !== undefined,
  );
  if (action?.type !== "Delete" || isLive === false || isOfVersions) return [];
  return [{ age: age ?? 0, prefixes: matchesPrefix ?? [] }];
}
