/** Looks at a bucket: where it is, how it keeps what is deleted, and what the caller may do. */
import { openBucket, type StoreOptions } from "../storage.ts";
import { grantedOr, orMissing } from "./looked.ts";

interface BucketSettings {
  /** `US`, `EUROPE-WEST1`, … */
  readonly location: string;
  /** `region`, `dual-region` or `multi-region`. */
  readonly locationType: string;
  /** How long what is deleted is kept and paid; 0: not at all. */
  readonly softDeleteSeconds: number;
  readonly isPublicAccessPrevented: boolean;
}

export interface BucketLook {
  settings(): Promise<BucketSettings | undefined>;
  /** Those of the permissions that the caller has; `undefined` where that cannot be asked. */
  granted(permissions: readonly string[]): Promise<readonly string[] | undefined>;
}

/** https://cloud.google.com/storage/docs/json_api/v1/buckets#resource */
interface Metadata {
  readonly location?: string;
  readonly locationType?: string;
  readonly softDeletePolicy?: { readonly retentionDurationSeconds?: string | number };
  readonly iamConfiguration?: { readonly publicAccessPrevention?: string };
}

export function createBucketLook(options: StoreOptions): BucketLook {
  const bucket = openBucket(options);
  return {
    async settings() {
      const found = await orMissing("STORE_UNAVAILABLE", bucket.getMetadata());
      if (found === undefined) return undefined;
      const { location = "", locationType, softDeletePolicy, iamConfiguration } = found[0] as Metadata;
      return {
        location,
        locationType: locationType ?? "",
        softDeleteSeconds: Number(softDeletePolicy?.retentionDurationSeconds ?? 0),
        isPublicAccessPrevented: iamConfiguration?.publicAccessPrevention === "enforced",
      };
    },
    async granted(permissions) {
      const asking = bucket.iam.testPermissions([...permissions]);
      const answer = await grantedOr("STORE_UNAVAILABLE", asking);
      return answer && permissions.filter((permission) => answer[0][permission] === true);
    },
  };
}
