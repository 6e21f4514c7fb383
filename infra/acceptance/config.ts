/** The deployment of an acceptance run: everything that the product has, in the smallest shape, and gone afterwards. */
import { type DeployConfig, readDeployConfig } from "../gcp/config.ts";

export interface Place {
  readonly project: string;
  readonly region: string;
  readonly prefix: string;
  /** UIDP of the group whose events are signed. */
  readonly group: string;
  /** Who signs in Chainguard's place; Chainguard itself, if left out. */
  readonly issuer?: string;
  /** Bucket of Terraform's state, of this run alone. */
  readonly stateBucket?: string;
}

/** Of a place that is found again for its removal: no event is taken there. */
export const NO_GROUP = "0".repeat(40);

/** The shortest window that a deployment takes, so that the run is short. */
const WINDOW_SECONDS = 10;

export function settingsOf({ project, region, prefix, group, issuer, stateBucket }: Place): object {
  return {
    project,
    region,
    prefix,
    dataset: prefix.replaceAll("-", "_"),
    chainguard: { groups: [group] },
    secrets: ["ZOT_TOKENS", "MSR_SECRETS", "HARBOR_AUTHORIZATION", "DISTRIBUTION_AUTHORIZATION"],
    windowSeconds: WINDOW_SECONDS,
    deletionProtection: false,
    settings: {
      ...(issuer === undefined ? {} : { receiver: { CHAINGUARD_ISSUER: issuer } }),
      // What a killed batcher held comes back sooner.
      batcher: { LEASE_SECONDS: "10" },
    },
    ...(stateBucket === undefined ? {} : { state: { bucket: stateBucket } }),
  };
}

export function configOf(place: Place): DeployConfig {
  return readDeployConfig(settingsOf(place), `the acceptance run's configuration of ${place.prefix}`);
}
