/** Errors of real jobs, as public reports have them, for `faulty-bigquery.ts`. */

/** ErrorProto of BigQuery's API. */
export interface JobError {
  readonly reason: string;
  readonly message: string;
  readonly location?: string;
}

export const JOB_ERRORS = {
  /** https://github.com/Gatsby-Lee/gcp-bigquery-quota-testing, both. */
  quotaExceeded: {
    reason: "quotaExceeded",
    location: "load_job_per_table.long",
    message:
      "Quota exceeded: Your table exceeded quota for imports or query appends per table. " +
      "For more information, see https://cloud.google.com/bigquery/troubleshooting-errors",
  },
  rateLimitExceeded: {
    reason: "rateLimitExceeded",
    location: "table.write",
    message:
      "Exceeded rate limits: too many table update operations for this table. " +
      "For more information, see https://cloud.google.com/bigquery/troubleshooting-errors",
  },
  /** https://github.com/hashicorp/terraform-provider-google/issues/9577, there in the answer of jobs.insert. */
  accessDenied: {
    reason: "accessDenied",
    message:
      "Access Denied: Dataset my-project:my_dataset: Permission bigquery.tables.create denied on dataset " +
      "my-project:my_dataset (or it may not exist).",
  },
  /** https://github.com/PipedreamHQ/pipedream/pull/3070. */
  billingNotEnabled: {
    reason: "billingNotEnabled",
    message:
      "Billing has not been enabled for this project. Enable billing at https://console.cloud.google.com/billing. " +
      "DML queries are not allowed in the free tier. Set up a billing account to remove this restriction.",
  },
  /** https://github.com/googleapis/nodejs-bigquery/issues/8. */
  backendError: {
    reason: "backendError",
    message: "Error encountered during execution. Retrying may solve the problem.",
  },
  /** https://github.com/GoogleCloudPlatform/DataflowPythonSDK/issues/44, https://github.com/airbytehq/airbyte/issues/17013. */
  wrongLocation: {
    reason: "invalid",
    message: "Cannot read and write in different locations: source: US, destination: us-east4",
  },
  /** https://github.com/apache/beam/issues/19872. */
  tableNotFound: {
    reason: "notFound",
    message: "Not found: Table my-project:my_dataset.my_table was not found in location US",
  },
} as const satisfies Readonly<Record<string, JobError>>;
