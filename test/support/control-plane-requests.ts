/** Requests to the control plane's APIs, as short as a test wants them. */
import { projectNumber } from "#infra/local/control-plane/call.ts";
import { type Asked, PROJECT } from "./control-plane.ts";

const NUMBER = projectNumber(PROJECT);
export const HERE = `projects/${PROJECT}`;
export const REGION = `${HERE}/locations/us-central1`;
const IMAGE = `us-central1-docker.pkg.dev/${PROJECT}/pullhouse/services@sha256:${"a".repeat(64)}`;
export const email = (name: string) => `${name}@${PROJECT}.iam.gserviceaccount.com`;
const PUBSUB_AGENT = `service-${NUMBER}@gcp-sa-pubsub.iam.gserviceaccount.com`;
export const TRANSFER_AGENT = `project-${NUMBER}@storage-transfer-service.iam.gserviceaccount.com`;

const pubsub = (path: string) => `pubsub.googleapis.com/v1/${HERE}/${path}`;
export const storage = (path: string) => `storage.googleapis.com/storage/v1/${path}`;
export const bigquery = (path: string) => `bigquery.googleapis.com/bigquery/v2/${HERE}/${path}`;
const monitoring = (path: string) => `monitoring.googleapis.com/${path}`;

export const account = (accountId: string, serviceAccount: object = {}): Asked => [
  "POST",
  `iam.googleapis.com/v1/${HERE}/serviceAccounts`,
  { accountId, serviceAccount },
];
export const role = (roleId: string, title = "loader"): Asked => [
  "POST",
  `iam.googleapis.com/v1/${HERE}/roles`,
  { roleId, role: { title, includedPermissions: ["bigquery.tables.get"] } },
];
export const topic = (name: string, body: object = {}): Asked => ["PUT", pubsub(`topics/${name}`), body];
export const subscription = (body: object, name = "batcher"): Asked => [
  "PUT",
  pubsub(`subscriptions/${name}`),
  { topic: `${HERE}/topics/events`, ...body },
];
export const bucket = (name: string, body: object = {}): Asked => [
  "POST",
  storage(`b?project=${PROJECT}`),
  {
    name,
    location: "us-central1",
    iamConfiguration: { uniformBucketLevelAccess: { enabled: true } },
    ...body,
  },
];
export const bucketPolicy = (name: string, ...bindings: readonly object[]): Asked => [
  "PUT",
  storage(`b/${name}/iam`),
  { version: 3, bindings },
];
export const grant = (member: string, role: string, more: object = {}) => ({
  role,
  members: [member],
  ...more,
});
export const CONDITION = { title: "spill", expression: 'resource.name.startsWith("x")' };
export const projectPolicy = (policy: object): Asked => [
  "POST",
  `cloudresourcemanager.googleapis.com/v1/${HERE}:setIamPolicy`,
  { policy },
];
export const dataset = (datasetId: string, body: object = {}): Asked => [
  "POST",
  bigquery("datasets"),
  { datasetReference: { projectId: PROJECT, datasetId }, location: "us-central1", ...body },
];
export const table = (tableId: string, body: object): Asked => [
  "POST",
  bigquery("datasets/events/tables"),
  { tableReference: { projectId: PROJECT, datasetId: "events", tableId }, ...body },
];
export const columns = (...names: readonly string[]) => ({
  schema: { fields: names.map((name) => ({ name, type: name === "time" ? "TIMESTAMP" : "STRING" })) },
});
export const queue = (name: string, body: object = {}): Asked => [
  "POST",
  `cloudtasks.googleapis.com/v2/${REGION}/queues`,
  { name: `${REGION}/queues/${name}`, ...body },
];
export const job = (name: string, body: object = {}): Asked => [
  "POST",
  `cloudscheduler.googleapis.com/v1/${REGION}/jobs`,
  {
    name: `${REGION}/jobs/${name}`,
    schedule: "7 */6 * * *",
    httpTarget: { uri: "https://example.com" },
    ...body,
  },
];
export const service = (
  name: string,
  container: object = {},
  template: object = {},
  headers: Readonly<Record<string, string>> = {},
): Asked => [
  "POST",
  `run.googleapis.com/v2/${REGION}/services?serviceId=${name}`,
  { template: { containers: [{ image: IMAGE, ...container }], ...template } },
  headers,
];
export const secret = (name: string): Asked => [
  "POST",
  `secretmanager.googleapis.com/v1/${HERE}/secrets?secretId=${name}`,
  { replication: { automatic: {} } },
];
export const repository = (name: string): Asked => [
  "POST",
  `artifactregistry.googleapis.com/v1/${REGION}/repositories?repositoryId=${name}`,
  { format: "DOCKER" },
];
export const metric = (name: string, body: object = {}): Asked => [
  "POST",
  `logging.googleapis.com/v2/${HERE}/metrics`,
  { name, filter: "severity=ERROR", ...body },
];
export const exclusion = (name: string): Asked => [
  "POST",
  `logging.googleapis.com/v2/${HERE}/exclusions`,
  { name, filter: "severity=INFO" },
];
export const alertPolicy = (threshold: object, body: object = {}): Asked => [
  "POST",
  monitoring(`v3/${HERE}/alertPolicies`),
  {
    displayName: "receiver fails",
    combiner: "OR",
    conditions: [
      {
        displayName: "5xx",
        conditionThreshold: {
          filter: 'metric.type="run.googleapis.com/request_count" AND resource.type="cloud_run_revision"',
          comparison: "COMPARISON_GT",
          duration: "60s",
          ...threshold,
        },
      },
    ],
    ...body,
  },
];
export const dashboard = (tile: object): Asked => [
  "POST",
  monitoring(`v1/${HERE}/dashboards`),
  { displayName: "pullhouse", mosaicLayout: { columns: 12, tiles: [{ width: 4, height: 4, ...tile }] } },
];
export const transferJob: Asked = [
  "POST",
  "storagetransfer.googleapis.com/v1/transferJobs",
  {
    projectId: PROJECT,
    transferSpec: { gcsDataSource: { bucketName: "source" }, gcsDataSink: { bucketName: "archive" } },
  },
];
export const storageConfig = { cloudStorageConfig: { bucket: "dead-letters" } };
export const agentGrants = (more: object = {}) => [
  grant(`serviceAccount:${PUBSUB_AGENT}`, "roles/storage.legacyBucketReader"),
  grant(`serviceAccount:${PUBSUB_AGENT}`, "roles/storage.objectCreator", more),
];
