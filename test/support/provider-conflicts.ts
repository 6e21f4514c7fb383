/**
 * Fields of which a resource may have one only, or must have one: the schema that Terraform prints does not have them. From the
 * sources of the provider, `ConflictsWith`, `ExactlyOneOf` and the oneofs of the API that it leaves to Google
 * (https://github.com/hashicorp/terraform-provider-google/tree/v6.50.0/google/services).
 */
interface Choice {
  readonly type: string;
  /** Where the fields are, blocks by their names; empty for the resource itself. */
  readonly path: readonly string[];
  readonly fields: readonly string[];
  readonly isRequired?: true;
}

const CHOICES: readonly Choice[] = [
  {
    type: "google_pubsub_subscription",
    path: [],
    fields: ["push_config", "bigquery_config", "cloud_storage_config"],
  },
  {
    type: "google_pubsub_subscription",
    path: ["cloud_storage_config"],
    fields: ["avro_config", "text_config"],
  },
  {
    type: "google_cloud_scheduler_job",
    path: [],
    fields: ["pubsub_target", "http_target", "app_engine_http_target"],
    isRequired: true,
  },
  {
    type: "google_cloud_scheduler_job",
    path: ["http_target"],
    fields: ["oidc_token", "oauth_token"],
  },
  { type: "google_cloud_tasks_queue", path: ["http_target"], fields: ["oidc_token", "oauth_token"] },
  {
    type: "google_secret_manager_secret",
    path: ["replication"],
    fields: ["auto", "user_managed"],
    isRequired: true,
  },
  {
    type: "google_bigquery_table",
    path: [],
    fields: ["schema", "view", "materialized_view", "external_data_configuration"],
  },
  { type: "google_bigquery_table", path: [], fields: ["time_partitioning", "range_partitioning"] },
  {
    type: "google_logging_metric",
    path: ["bucket_options"],
    fields: ["linear_buckets", "exponential_buckets", "explicit_buckets"],
    isRequired: true,
  },
  {
    type: "google_monitoring_alert_policy",
    path: ["conditions"],
    fields: [
      "condition_absent",
      "condition_matched_log",
      "condition_monitoring_query_language",
      "condition_prometheus_query_language",
      "condition_sql",
      "condition_threshold",
    ],
    isRequired: true,
  },
  {
    type: "google_cloud_run_v2_service",
    path: ["template", "containers", "env"],
    fields: ["value", "value_source"],
    isRequired: true,
  },
  {
    type: "google_cloud_run_v2_service",
    path: ["template", "containers", "startup_probe"],
    fields: ["tcp_socket", "http_get", "grpc"],
  },
  {
    type: "google_cloud_run_v2_service",
    path: ["template", "containers", "liveness_probe"],
    fields: ["tcp_socket", "http_get", "grpc"],
  },
  {
    type: "google_artifact_registry_repository",
    path: ["cleanup_policies"],
    fields: ["condition", "most_recent_versions"],
  },
  {
    type: "google_storage_transfer_job",
    path: [],
    fields: ["transfer_spec", "replication_spec"],
    isRequired: true,
  },
  { type: "google_storage_transfer_job", path: [], fields: ["schedule", "event_stream"] },
  {
    type: "google_storage_transfer_job",
    path: ["transfer_spec"],
    fields: ["gcs_data_sink", "posix_data_sink"],
    isRequired: true,
  },
  {
    type: "google_storage_transfer_job",
    path: ["transfer_spec"],
    fields: [
      "gcs_data_source",
      "aws_s3_data_source",
      "http_data_source",
      "azure_blob_storage_data_source",
      "posix_data_source",
      "hdfs_data_source",
    ],
    isRequired: true,
  },
];

type Json = Readonly<Record<string, unknown>>;

/** @returns one line per choice that is made twice, or not at all where it must be */
export function conflictsOf(type: string, address: string, body: Json): readonly string[] {
  return CHOICES.filter((choice) => choice.type === type).flatMap(({ path, fields, isRequired }) =>
    within(body, path).flatMap((block) => {
      const made = fields.filter((field) => block[field] !== undefined && block[field] !== null);
      const where = [address, ...path].join(".");
      if (made.length > 1) return [`${where}: has ${made.join(" and ")}`];
      return made.length === 0 && isRequired ? [`${where}: has none of ${fields.join(", ")}`] : [];
    }),
  );
}

function within(body: Json, [name, ...rest]: readonly string[]): readonly Json[] {
  if (name === undefined) return [body];
  const value = body[name];
  if (value === undefined) return [];
  const blocks = (Array.isArray(value) ? value : [value]) as Json[];
  return blocks.flatMap((block) => within(block, rest));
}
