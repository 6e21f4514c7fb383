/** The project's APIs and the accounts of the services. */
import { DataGoogleProject } from "@cdktf/provider-google/lib/data-google-project/index.js";
import { ProjectService } from "@cdktf/provider-google/lib/project-service/index.js";
import { ServiceAccount } from "@cdktf/provider-google/lib/service-account/index.js";
import type { TerraformStack } from "cdktf";
import type { DeployConfig } from "./config.ts";
import { ACCOUNTS, type AccountName, type Names } from "./names.ts";

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
const OPTIONAL_APIS = {
  secretmanager: ({ secrets }: DeployConfig) => secrets.length > 0,
  storagetransfer: ({ retention }: DeployConfig) => retention.lockedArchiveDays !== null,
} as const;

const PURPOSE: Record<AccountName, string> = {
  receiver: "takes the events of registries",
  batcher: "writes events to Cloud Storage",
  loader: "loads events into BigQuery",
  alarms: "calls batcher and loader, and can do nothing else",
  build: "builds the image of the services",
};

export function enableApis(stack: TerraformStack, config: DeployConfig): ProjectService[] {
  const optional = Object.entries(OPTIONAL_APIS)
    .filter(([, isUsed]) => isUsed(config))
    .map(([api]) => api);
  return [...APIS, ...optional].map(
    (api) =>
      new ProjectService(stack, `api-${api}`, {
        service: `${api}.googleapis.com`,
        // Somebody else in the project may use it.
        disableOnDestroy: false,
      }),
  );
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
