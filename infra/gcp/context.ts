/** What each part of the stack is built with. */
import type { DataGoogleProject } from "@cdktf/provider-google/lib/data-google-project/index.js";
import type { ServiceAccount } from "@cdktf/provider-google/lib/service-account/index.js";
import type { ITerraformDependable, TerraformStack } from "cdktf";
import type { DeployConfig } from "./config.ts";
import type { AccountName, Names, ServiceName } from "./names.ts";
import type { Terms } from "./terms.ts";

export interface Context {
  readonly stack: TerraformStack;
  readonly config: DeployConfig;
  readonly terms: Terms;
  readonly names: Names;
  readonly labels: Record<string, string>;
  /** Its number is part of the service agents' and of Cloud Run's addresses. */
  readonly project: DataGoogleProject;
  /** Everything waits for the APIs. */
  readonly apis: ITerraformDependable[];
  readonly accounts: Readonly<Record<AccountName, ServiceAccount>>;
  /** Pub/Sub's own account, which forwards dead letters and writes them to the bucket. */
  readonly pubsubAgent: Agent;
}

/** Google's account that acts for one of its services; there is none before that service's API is enabled. */
export interface Agent {
  readonly member: string;
  readonly dependsOn: ITerraformDependable[];
}

/** A grant, or whatever else must be there before a service runs. */
export type Grants = ITerraformDependable[];

/** What holds events is neither destroyed nor replaced while the deployment is protected. */
export function protection({ deletionProtection }: DeployConfig): {
  readonly lifecycle?: { readonly preventDestroy: true };
} {
  return deletionProtection ? { lifecycle: { preventDestroy: true } } : {};
}

/** `serviceAccount:…`, as IAM names a member. */
export function member(context: Context, name: AccountName): string {
  return context.accounts[name].member;
}

/**
 * Cloud Run's address of a service, known before the service is there, so that a service can be told its own
 * (https://cloud.google.com/run/docs/triggering/https-request#deterministic).
 */
export function serviceUrl({ project, names }: Context, service: ServiceName, region: string): string {
  return `https://${names.service(service)}-${project.number}.${region}.run.app`;
}
