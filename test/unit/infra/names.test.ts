/** Names that Google takes, and that no other deployment in the project has. */
import { expect, test } from "vitest";
import { SECRETS } from "#infra/gcp/settings.ts";
import { type Resource, type Stack, synthesizeStack } from "#test/support/stack.ts";

const API = "https://docs.cloud.google.com";

/** What an attribute must be, with its source. Lengths are characters. */
const RULES: readonly (readonly [type: string, attribute: string, rule: RegExp, source: string])[] = [
  [
    "google_service_account",
    "account_id",
    /^[a-z][a-z0-9-]{4,28}[a-z0-9]$/,
    `${API}/iam/docs/reference/rest/v1/projects.serviceAccounts/create`,
  ],
  [
    "google_service_account",
    "display_name",
    /^.{1,100}$/,
    `${API}/iam/docs/reference/rest/v1/projects.serviceAccounts`,
  ],
  [
    "google_storage_bucket",
    "name",
    /^(?!goog)(?!.*g[o0]{2}gle)[a-z0-9][a-z0-9_-]{1,61}[a-z0-9]$/,
    `${API}/storage/docs/buckets#naming`,
  ],
  [
    "google_pubsub_topic",
    "name",
    /^(?!goog)[A-Za-z][\w.~+%-]{2,254}$/,
    `${API}/pubsub/docs/pubsub-basics#resource_names`,
  ],
  [
    "google_pubsub_subscription",
    "name",
    /^(?!goog)[A-Za-z][\w.~+%-]{2,254}$/,
    `${API}/pubsub/docs/pubsub-basics#resource_names`,
  ],
  [
    "google_cloud_tasks_queue",
    "name",
    /^[A-Za-z0-9-]{1,100}$/,
    `${API}/tasks/docs/reference/rest/v2/projects.locations.queues`,
  ],
  [
    "google_cloud_run_v2_service",
    "name",
    /^[a-z]([a-z0-9-]{0,47}[a-z0-9])?$/,
    `${API}/run/docs/reference/rest/v2/projects.locations.services/create`,
  ],
  [
    "google_cloud_scheduler_job",
    "name",
    /^[\w-]{1,500}$/,
    `${API}/scheduler/docs/reference/rest/v1/projects.locations.jobs`,
  ],
  [
    "google_cloud_scheduler_job",
    "description",
    /^.{0,500}$/,
    `${API}/scheduler/docs/reference/rest/v1/projects.locations.jobs`,
  ],
  ["google_bigquery_dataset", "dataset_id", /^\w{1,1024}$/, `${API}/bigquery/docs/datasets#dataset-naming`],
  ["google_bigquery_table", "table_id", /^\w{1,1024}$/, `${API}/bigquery/docs/tables#table_naming`],
  [
    "google_project_iam_custom_role",
    "role_id",
    /^[\w.]{3,64}$/,
    `${API}/iam/docs/creating-custom-roles#creating`,
  ],
  [
    "google_project_iam_custom_role",
    "title",
    /^.{1,100}$/,
    `${API}/iam/docs/reference/rest/v1/projects.roles`,
  ],
  [
    "google_logging_metric",
    "name",
    /^(?!\/)[\w\-.,+!*'()%/]{1,100}$/,
    `${API}/logging/docs/reference/v2/rest/v2/projects.metrics`,
  ],
  [
    "google_logging_project_exclusion",
    "name",
    /^[A-Za-z0-9][\w.-]{0,99}$/,
    `${API}/logging/docs/reference/v2/rest/v2/projects.exclusions`,
  ],
  [
    "google_secret_manager_secret",
    "secret_id",
    /^[\w-]{1,255}$/,
    `${API}/secret-manager/docs/reference/rest/v1/projects.secrets/create`,
  ],
  [
    "google_artifact_registry_repository",
    "repository_id",
    /^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/,
    `${API}/artifact-registry/docs/repositories/create-repos`,
  ],
  [
    "google_monitoring_alert_policy",
    "display_name",
    /^.{1,512}$/,
    `${API}/monitoring/api/ref_v3/rest/v3/projects.alertPolicies`,
  ],
];

/** The longest of all that the configuration takes, and the shortest. */
const EXTREMES: readonly (readonly [string, Record<string, unknown>])[] = [
  [
    "the longest",
    {
      project: "p".repeat(30),
      prefix: "x".repeat(20),
      queueSuffix: "s".repeat(8),
      dataset: "d".repeat(1016),
    },
  ],
  ["the shortest", { project: "abcdef", prefix: "abc" }],
];
const ALL = {
  secrets: [...SECRETS],
  retention: { lockedArchiveDays: 30 },
};

test.each(EXTREMES)("Google takes every name: %s", (_what, settings) => {
  const { all, resource } = synthesizeStack({ ...ALL, ...settings });
  for (const [type, attribute, rule, source] of RULES) {
    expect(all(type).length, type).toBeGreaterThan(0);
    for (const body of all(type)) expect(body[attribute], source).toMatch(rule);
  }
  const ruled = new Set(RULES.map(([type]) => type));
  const named = Object.entries(resource).filter(
    ([type, byName]) => !type.endsWith("_iam_member") && Object.values(byName).some(isNamedHere),
  );
  expect(named.map(([type]) => type).filter((type) => !ruled.has(type))).toEqual([]);
});

/** Its name is ours, not Google's. */
function isNamedHere(body: Resource): boolean {
  return ["name", "account_id", "repository_id", "dataset_id", "role_id", "secret_id"].some(
    (key) => body[key] !== undefined && !String(body[key]).startsWith("$"),
  );
}

// https://docs.cloud.google.com/run/docs/triggering/https-request#deterministic
test("a service's address has a label that DNS takes, with the longest project number", () => {
  const { all } = synthesizeStack({ ...ALL, ...EXTREMES[0]?.[1] });
  for (const { name } of all("google_cloud_run_v2_service"))
    expect(`${name}-${"9".repeat(19)}`.length).toBeLessThanOrEqual(63);
});

// https://docs.cloud.google.com/iam/docs/conditions-overview#structure-of-a-condition
test("a condition's title is short enough", () => {
  for (const { condition } of synthesizeStack().all("google_storage_bucket_iam_member"))
    expect((condition?.title ?? "").length).toBeLessThanOrEqual(100);
});

/** Names that are a project's, or the world's; names of display are not. */
function physicalNames({ resource }: Stack): readonly string[] {
  const keys = ["name", "account_id", "repository_id", "dataset_id", "role_id", "secret_id", "table_id"];
  return Object.entries(resource)
    .filter(([type]) => !type.endsWith("_iam_member"))
    .flatMap(([type, byName]) =>
      Object.values(byName).flatMap((body) => {
        const named = keys.filter((key) => body[key] !== undefined).map((key) => String(body[key]));
        const isShared = named.length === 0 || named.some((name) => name.startsWith("$"));
        return isShared ? [] : [`${type} ${named.join(" ")} ${body["location"] ?? ""}`];
      }),
    );
}

test.each([
  ["pullhouse-two", {}],
  // Its dataset has to be named: by default it would be the first's dataset of staging tables.
  ["pullhouse-staging", { dataset: "pullhouse_stage" }],
  ["pullhouse-loader", {}],
])("two prefixes in one project share nothing but the APIs: pullhouse and %s", (prefix, more) => {
  const first = new Set(physicalNames(synthesizeStack(ALL)));
  const second = synthesizeStack({ ...ALL, ...more, prefix });
  expect(first.size).toBeGreaterThan(35);
  expect(physicalNames(second)).toHaveLength(first.size);
  expect(physicalNames(second).filter((name) => first.has(name))).toEqual([]);
  // The rest has names that Google gives, or is inside of what has one.
  const unnamed = Object.entries(second.resource)
    .filter(([type, byName]) => !type.endsWith("_iam_member") && !Object.values(byName).some(isNamedHere))
    .map(([type]) => type);
  expect(unnamed.toSorted()).toEqual([
    "google_bigquery_table",
    "google_monitoring_alert_policy",
    "google_monitoring_dashboard",
    "google_project_service",
    "google_storage_transfer_job",
  ]);
});
