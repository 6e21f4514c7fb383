/** The methods of Google's APIs that the control plane answers, by Discovery document. */

const methods = (resource: string, names: string) => names.split(" ").map((name) => `${resource}.${name}`);

const POLICY = "getIamPolicy setIamPolicy";
const STANDARD = "create get list patch delete";

export const METHODS: Readonly<Record<string, readonly string[]>> = {
  "serviceusage.v1": [
    ...methods("serviceusage.services", "enable batchEnable get list disable"),
    "serviceusage.operations.get",
  ],
  "serviceusage.v1beta1": ["serviceusage.services.generateServiceIdentity"],
  "cloudresourcemanager.v1": methods("cloudresourcemanager.projects", `get ${POLICY}`),
  "cloudbilling.v1": ["cloudbilling.projects.getBillingInfo"],
  "iam.v1": [
    ...methods("iam.projects.serviceAccounts", `${STANDARD} ${POLICY}`),
    ...methods("iam.projects.roles", `${STANDARD} undelete`),
  ],
  "storage.v1": [
    ...methods(
      "storage.buckets",
      `insert get list patch update delete lockRetentionPolicy getStorageLayout ${POLICY}`,
    ),
    ...methods("storage.objects", "insert list get delete"),
    "storage.anywhereCaches.list",
    "storage.managedFolders.list",
  ],
  "pubsub.v1": [
    ...methods("pubsub.projects.topics", `${STANDARD} ${POLICY}`),
    ...methods("pubsub.projects.subscriptions", `${STANDARD} ${POLICY}`),
  ],
  "bigquery.v2": [
    ...methods("bigquery.datasets", "insert get list patch update delete"),
    ...methods("bigquery.tables", "insert get list patch update delete"),
  ],
  "run.v2": [
    ...methods("run.projects.locations.services", `${STANDARD} ${POLICY}`),
    "run.projects.locations.operations.get",
  ],
  "cloudtasks.v2": methods("cloudtasks.projects.locations.queues", `${STANDARD} pause resume ${POLICY}`),
  "cloudscheduler.v1": methods("cloudscheduler.projects.locations.jobs", `${STANDARD} pause resume`),
  "secretmanager.v1": [
    ...methods("secretmanager.projects.secrets", `${STANDARD} addVersion ${POLICY}`),
    ...methods("secretmanager.projects.secrets.versions", "get list access destroy"),
  ],
  "artifactregistry.v1": [
    ...methods("artifactregistry.projects.locations.repositories", `${STANDARD} ${POLICY}`),
    "artifactregistry.projects.locations.operations.get",
  ],
  "storagetransfer.v1": [
    ...methods("storagetransfer.transferJobs", STANDARD),
    "storagetransfer.googleServiceAccounts.get",
  ],
  "logging.v2": [
    ...methods("logging.projects.metrics", "create get list update delete"),
    ...methods("logging.projects.exclusions", STANDARD),
  ],
  "monitoring.v3": methods("monitoring.projects.alertPolicies", STANDARD),
  "monitoring.v1": methods("monitoring.projects.dashboards", STANDARD),
};
