/** Rules of Google's APIs that neither Terraform nor its provider knows: each one has stopped a deployment somewhere. */
import { describe, expect, test } from "vitest";
import { everyStack } from "#test/support/every-stack.ts";
import { type Resource, type Stack, synthesizeStack } from "#test/support/stack.ts";

const secondsOf = (duration: string) => Number(/^(\d+)s$/.exec(duration)?.[1] ?? Number.NaN);

/** Every condition of every alert policy, with the policy's name. */
function conditionsOf(stack: Stack): readonly { readonly name: string; readonly condition: Resource }[] {
  return stack
    .all("google_monitoring_alert_policy")
    .flatMap(({ display_name: name, conditions }) =>
      (conditions as Resource[]).map(({ condition_threshold: condition }) => ({ name, condition })),
    );
}

describe("alert policies", () => {
  const conditions = conditionsOf(synthesizeStack({ alerts: "metrics" }));

  // https://github.com/hashicorp/terraform-provider-google/issues/16892
  test("a condition that says what missing data means has a duration of a minute or more", () => {
    const saying = conditions.filter(({ condition }) => condition["evaluation_missing_data"] !== undefined);
    expect(saying.length).toBeGreaterThan(5);
    const tooShort = saying.filter(({ condition }) => !(secondsOf(condition["duration"]) >= 60));
    expect(tooShort.map(({ name }) => name)).toEqual([]);
  });

  // https://docs.cloud.google.com/monitoring/api/ref_v3/rest/v3/projects.alertPolicies#MetricThreshold
  test("durations and alignment periods are whole minutes", () => {
    for (const { name, condition } of conditions)
      for (const duration of [
        condition["duration"],
        ...condition["aggregations"].map((one: Resource) => one["alignment_period"]),
      ])
        expect(secondsOf(duration) % 60, name).toBe(0);
  });

  // A point of a delta or of a distribution must still be in its window when the duration is over.
  test("what a single log line starts lasts for longer than the duration", () => {
    const logged = conditions.filter(({ condition }) =>
      condition["filter"].includes("logging.googleapis.com/user/"),
    );
    expect(logged.length).toBeGreaterThan(5);
    for (const { name, condition } of logged)
      expect(secondsOf(condition["aggregations"][0].alignment_period), name).toBeGreaterThanOrEqual(
        2 * secondsOf(condition["duration"]),
      );
  });

  test("no spelling of a task's success counts as a failed call", () => {
    const filters = conditions.filter(({ condition }) => condition["filter"].includes("task_attempt_count"));
    expect(filters).toHaveLength(3);
    for (const { condition } of filters)
      for (const success of ["ok", "OK", "200"])
        expect(condition["filter"]).toContain(`metric.labels.response_code!="${success}"`);
  });
});

// https://cloud.google.com/monitoring/api/ref_v3/rest/v3/projects.alertPolicies#AlertStrategy
test("a policy for log lines has one condition and a limit for its notifications", () => {
  const policies = synthesizeStack().all("google_monitoring_alert_policy");
  expect(policies).toHaveLength(2);
  for (const { conditions, alert_strategy: strategy } of policies) {
    expect(conditions).toEqual([expect.objectContaining({ condition_matched_log: expect.anything() })]);
    expect(secondsOf(strategy.notification_rate_limit.period)).toBeGreaterThanOrEqual(300);
    expect(secondsOf(strategy.auto_close)).toBeGreaterThanOrEqual(1_800);
  }
});

// Proto3 JSON leaves out fields that have their default value: https://protobuf.dev/programming-guides/json/
test("the dashboard has no value that the API drops, so that a second plan is empty", () => {
  const dropped: string[] = [];
  const look = (value: unknown, path: string) => {
    if (value === 0 || value === "" || value === false || value === null) dropped.push(path);
    else if (Array.isArray(value) && value.length === 0) dropped.push(path);
    else if (typeof value === "object")
      for (const [key, inner] of Object.entries(value)) look(inner, `${path}.${key}`);
  };
  const [dashboard] = synthesizeStack().all("google_monitoring_dashboard");
  look(JSON.parse(dashboard?.["dashboard_json"]), "dashboard");
  expect(dropped).toEqual([]);
});

/** The API that makes a resource, by the beginning of its type; `undefined` where it is enabled before Terraform starts. */
const API_OF: Readonly<Record<string, string | undefined>> = {
  google_artifact_registry_: "artifactregistry",
  google_bigquery_: "bigquery",
  google_cloud_run_v2_: "run",
  google_cloud_scheduler_: "cloudscheduler",
  google_cloud_tasks_: "cloudtasks",
  google_compute_: "compute",
  google_logging_: "logging",
  google_monitoring_: "monitoring",
  google_project_iam_custom_role: "iam",
  google_project_iam_member: "cloudresourcemanager",
  google_project_service: undefined,
  google_pubsub_: "pubsub",
  google_secret_manager_: "secretmanager",
  google_service_account: "iam",
  google_storage_bucket: "storage",
  google_storage_transfer_: "storagetransfer",
  chainguard_: undefined,
};

function apiOf(type: string): string | undefined {
  const beginnings = Object.keys(API_OF).filter((beginning) => type.startsWith(beginning));
  const longest = beginnings.toSorted((a, b) => b.length - a.length)[0];
  if (longest === undefined) throw new Error(`${type}: which API makes it?`);
  return API_OF[longest];
}

/** Addresses that a resource waits for, directly or through others. */
function reachableFrom(start: string, bodies: ReadonlyMap<string, unknown>): ReadonlySet<string> {
  const reached = new Set<string>();
  const visit = (address: string) => {
    if (reached.has(address)) return;
    reached.add(address);
    const text = JSON.stringify(bodies.get(address) ?? {});
    for (const [, found = ""] of text.matchAll(/\b((?:data\.)?google_[a-z0-9_]+\.[A-Za-z0-9_-]+)/g))
      if (bodies.has(found)) visit(found);
  };
  visit(start);
  return reached;
}

test.each(everyStack())("every resource waits for its API: %s", (_what, settings) => {
  const { resource, text } = synthesizeStack(settings);
  const { data } = JSON.parse(text) as { data: Record<string, Record<string, unknown>> };
  const entries = (byType: Record<string, Record<string, unknown>>, prefix: string) =>
    Object.entries(byType).flatMap(([type, byName]) =>
      Object.entries(byName).map(([name, body]) => [`${prefix}${type}.${name}`, body] as const),
    );
  const bodies = new Map<string, unknown>([...entries(resource, ""), ...entries(data, "data.")]);
  const unreached = entries(resource, "").flatMap(([address]) => {
    const api = apiOf(address.split(".")[0] ?? "");
    if (api === undefined || reachableFrom(address, bodies).has(`google_project_service.api-${api}`))
      return [];
    return [`${address} needs ${api}`];
  });
  expect(unreached).toEqual([]);
});
