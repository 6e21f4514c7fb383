/** The project's APIs and the accounts of the services. */
import { DataGoogleProject } from "@cdktf/provider-google/lib/data-google-project/index.js";
import { ProjectService } from "@cdktf/provider-google/lib/project-service/index.js";
import { ServiceAccount } from "@cdktf/provider-google/lib/service-account/index.js";
import type { TerraformStack } from "cdktf";
import type { DeployConfig } from "./config.ts";
import type { Agent } from "./context.ts";
import { ACCOUNTS, type AccountName, type Names } from "./names.ts";
import type { Meta, Terms } from "./terms.ts";

const APIS = [
  "artifactregistry",
  "bigquery",
  "cloudbuild",
  "cloudresourcemanager",
  "cloudscheduler",
  "cloudtasks",
  "iam",
  "logging",
  "monitoring",
  "pubsub",
  "run",
  "storage",
] as const;

/** Of what only some deployments use. */
const OPTIONAL_APIS: Readonly<Record<string, (config: DeployConfig, terms: Terms) => boolean>> = {
  secretmanager: ({ secrets }, terms) => terms.isAny(secrets),
  storagetransfer: ({ retention }, terms) => terms.isGiven(retention.lockedArchiveDays),
};

const PURPOSE: Record<AccountName, string> = {
  receiver: "takes the events of registries",
  batcher: "writes events to Cloud Storage",
  loader: "loads events into BigQuery",
  alarms: "calls batcher and loader, and can do nothing else",
  build: "builds the image of the services",
};

export function enableApis(stack: TerraformStack, config: DeployConfig, terms: Terms): ProjectService[] {
  const optional = Object.entries(OPTIONAL_APIS).flatMap(([api, isUsed]) =>
    terms.made(isUsed(config, terms), (meta) => enableApi(stack, api, meta)),
  );
  return [...APIS.map((api) => enableApi(stack, api)), ...optional];
}

export function enableApi(stack: TerraformStack, api: string, meta: Meta = {}): ProjectService {
  return new ProjectService(stack, `api-${api}`, {
    service: `${api}.googleapis.com`,
    // Somebody else in the project may use it.
    disableOnDestroy: false,
    ...meta,
  });
}

export function createAccounts(
  stack: TerraformStack,
  { prefix }: DeployConfig,
  names: Names,
  apis: ProjectService[],
): Readonly<Record<AccountName, ServiceAccount>> {
  const accounts = ACCOUNTS.map((name) => [
    name,
    new ServiceAccount(stack, `account-${name}`, {
      accountId: names.account(name),
      displayName: `${prefix} ${name}`,
      description: PURPOSE[name],
      dependsOn: apis,
    }),
  ]);
  return Object.fromEntries(accounts) as Record<AccountName, ServiceAccount>;
}

/**
 * Pub/Sub's own account. Google makes it at some time after the API is enabled, and only the beta provider can ask for it;
 * `make deploy` asks with gcloud (https://docs.cloud.google.com/iam/docs/create-service-agents).
 */
export function pubsubAgentOf(project: DataGoogleProject, apis: ProjectService[]): Agent {
  return {
    member: `serviceAccount:service-${project.number}@gcp-sa-pubsub.iam.gserviceaccount.com`,
    dependsOn: apis.filter(({ serviceInput }) => serviceInput?.startsWith("pubsub.")),
  };
}

/** Waits for one API only: what it gives is in every address, and must be known whenever a plan is made. */
export function readProject(
  stack: TerraformStack,
  { project }: DeployConfig,
  apis: ProjectService[],
): DataGoogleProject {
  return new DataGoogleProject(stack, "project", {
    projectId: project,
    dependsOn: apis.filter(({ serviceInput }) => serviceInput?.startsWith("cloudresourcemanager.")),
  });
}
