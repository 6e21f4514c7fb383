/** A stack of one resource of each kind that the deploy commands tell apart, under the addresses of the real one. */
import type { DeployConfig } from "#infra/gcp/config.ts";
import { namesOf } from "#infra/gcp/names.ts";
import { stateFile } from "#infra/gcp/state.ts";

/** @param changes resources by address, over those that are there; `undefined` takes one out */
export function smallStack(config: DeployConfig, changes: Readonly<Record<string, object | undefined>> = {}) {
  const { project, prefix, dataset, deletionProtection: isProtected } = config;
  const names = namesOf(config);
  const lifecycle = isProtected ? { lifecycle: { prevent_destroy: true } } : {};
  const api = { depends_on: ["google_project_service.api-pubsub"] };
  const batcher = "google_cloud_run_v2_service.batcher";
  const all: Record<string, object | undefined> = {
    "google_project_service.api-pubsub": { service: "pubsub.googleapis.com" },
    "google_service_account.account-receiver": {
      account_id: names.account("receiver"),
      project,
      ...api,
    },
    "google_storage_bucket.bucket": { name: names.bucket, force_destroy: !isProtected, ...lifecycle, ...api },
    "google_bigquery_dataset.dataset": {
      dataset_id: dataset,
      project,
      delete_contents_on_destroy: !isProtected,
      ...lifecycle,
    },
    "google_bigquery_table.table-pulls": {
      dataset_id: "${google_bigquery_dataset.dataset.dataset_id}",
      table_id: "pulls",
      deletion_protection: isProtected,
    },
    "google_pubsub_topic.events": { name: names.topic, ...lifecycle, ...api },
    "google_pubsub_subscription.events": {
      name: names.subscription,
      topic: "${google_pubsub_topic.events.id}",
      ...lifecycle,
    },
    [batcher]: {
      template: { containers: [{ image: "${var.image}" }] },
      depends_on: ["google_pubsub_subscription.events", "google_service_account.account-receiver"],
    },
    "google_monitoring_dashboard.dashboard": { depends_on: [batcher] },
    ...changes,
  };
  const resource: Record<string, Record<string, object>> = {};
  for (const [address, body] of Object.entries(all)) {
    const [type = "", name = ""] = address.split(".");
    if (body !== undefined) resource[type] = { ...resource[type], [name]: body };
  }
  const output = (value: string) => ({ value, depends_on: [batcher] });
  return {
    terraform: { backend: { local: { path: `../../../${stateFile(config)}` } } },
    variable: { image: { type: "string" } },
    resource,
    output: {
      project: output(project),
      prefix: output(prefix),
      dataset: output("${google_bigquery_dataset.dataset.dataset_id}"),
      webhook_url: output(`https://${prefix}-receiver-123456789012.us-central1.run.app`),
      image: output(`\${${batcher}.template[0].containers[0].image}`),
    },
  };
}
