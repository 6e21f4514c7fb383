/** Variables by which Terraform's Google provider finds the local control plane. */

/** By the provider's name of the API: host and path of its default endpoint (docs: `custom_endpoint` in https://registry.terraform.io/providers/hashicorp/google/latest/docs/guides/provider_reference). */
const ENDPOINTS: Readonly<Record<string, string>> = {
  ARTIFACT_REGISTRY: "artifactregistry.googleapis.com/v1/",
  BIG_QUERY: "bigquery.googleapis.com/bigquery/v2/",
  CLOUD_BILLING: "cloudbilling.googleapis.com/v1/",
  CLOUD_RUN_V2: "run.googleapis.com/v2/",
  CLOUD_SCHEDULER: "cloudscheduler.googleapis.com/v1/",
  CLOUD_TASKS: "cloudtasks.googleapis.com/v2/",
  CORE_BILLING: "cloudbilling.googleapis.com/v1/",
  IAM: "iam.googleapis.com/v1/",
  IAM_BETA: "iam.googleapis.com/v1/",
  LOGGING: "logging.googleapis.com/v2/",
  MONITORING: "monitoring.googleapis.com/",
  PUBSUB: "pubsub.googleapis.com/v1/",
  RESOURCE_MANAGER: "cloudresourcemanager.googleapis.com/v1/",
  SECRET_MANAGER: "secretmanager.googleapis.com/v1/",
  SERVICE_USAGE: "serviceusage.googleapis.com/v1/",
  STORAGE: "storage.googleapis.com/storage/v1/",
  STORAGE_TRANSFER: "storagetransfer.googleapis.com/v1/",
};

/** @param url of the control plane, as `startControlPlane` gives it */
export function controlPlaneEnvironment(url: string): Readonly<Record<string, string>> {
  const endpoints = Object.entries(ENDPOINTS).map(([name, path]) => [
    `GOOGLE_${name}_CUSTOM_ENDPOINT`,
    `${url}/${path}`,
  ]);
  return {
    ...(Object.fromEntries(endpoints) as Record<string, string>),
    // Any text is an owner's token.
    GOOGLE_OAUTH_ACCESS_TOKEN: "local",
    // The provider asks openidconnect.googleapis.com whose token it is; the control plane refuses that at once.
    HTTPS_PROXY: url,
    NO_PROXY: "127.0.0.1,localhost",
  };
}
