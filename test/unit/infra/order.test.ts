/** What has to be there before something else may be made. */
import { expect, test } from "vitest";
import { loadRegistry } from "#services/shared/schema/registry.ts";
import { loadViews } from "#services/shared/schema/views.ts";
import { synthesizeStack } from "#test/support/stack.ts";

const stack = synthesizeStack({ secrets: ["ZOT_TOKENS"] });

test("a service starts after every grant to its account", () => {
  const grants = Object.entries(stack.resource)
    .filter(([type]) => type.endsWith("_iam_member"))
    .flatMap(([type, byName]) =>
      Object.entries(byName).map(([name, body]) => ({
        address: `${type}.${name}`,
        member: String(body["member"]),
      })),
    );
  for (const [name, service] of Object.entries(stack.resource["google_cloud_run_v2_service"] ?? {})) {
    const account = `google_service_account.account-${name.split("-")[0]}.member`;
    const needed = grants.filter(({ member }) => member.includes(account)).map(({ address }) => address);
    expect(needed.length, name).toBeGreaterThan(2);
    expect(service["depends_on"], name).toEqual(expect.arrayContaining(needed));
  }
});

test("a service starts after every table", () => {
  const tables = Object.keys(stack.resource["google_bigquery_table"] ?? {}).filter((name) =>
    name.startsWith("table-"),
  );
  for (const service of stack.all("google_cloud_run_v2_service"))
    expect(service["depends_on"]).toEqual(
      expect.arrayContaining(tables.map((name) => `google_bigquery_table.${name}`)),
    );
});

test("a service starts after every queue, so that an upgrade makes a new one before there is code that asks for it", () => {
  const queues = Object.keys(stack.resource["google_cloud_tasks_queue"] ?? {});
  expect(queues).toEqual(["queue-drain", "queue-load", "queue-rollup"]);
  for (const service of stack.all("google_cloud_run_v2_service"))
    expect(service["depends_on"]).toEqual(
      expect.arrayContaining(queues.map((name) => `google_cloud_tasks_queue.${name}`)),
    );
});

test("nothing can be a dead letter before dead letters are kept", () => {
  expect(stack.one("google_pubsub_subscription", "events-batcher")["depends_on"]).toEqual([
    "google_pubsub_subscription.dead-letters-bucket",
    "google_pubsub_topic_iam_member.dead-letters-agent",
  ]);
  expect(stack.one("google_pubsub_subscription", "dead-letters-bucket")["depends_on"]).toEqual([
    "google_storage_bucket_iam_member.dead-letter-files-pubsub-looks",
    "google_storage_bucket_iam_member.dead-letter-files-pubsub-writes",
  ]);
});

test("a grant to Pub/Sub's own account waits for Pub/Sub's API, with which that account comes", () => {
  const grants = ["google_pubsub_topic", "google_pubsub_subscription", "google_storage_bucket"]
    .flatMap((type) => stack.all(`${type}_iam_member`))
    .filter(({ member }) => String(member).includes("gcp-sa-pubsub"));
  expect(grants).toHaveLength(4);
  for (const grant of grants) expect(grant["depends_on"]).toEqual(["google_project_service.api-pubsub"]);
});

test("a view is made after all that it reads", () => {
  for (const view of loadViews(loadRegistry())) {
    const made = stack.one("google_bigquery_table", `view-${view.name}`)["depends_on"] as string[];
    const names = made.map((address) => address.replace(/^google_bigquery_table\.(table|view)-/, ""));
    expect(names.toSorted(), view.name).toEqual(view.reads.toSorted());
  }
});

test("the safety net calls after it may", () => {
  expect(stack.one("google_cloud_scheduler_job", "safety-net-drain")["depends_on"]).toEqual([
    "google_cloud_run_v2_service_iam_member.batcher-alarms",
  ]);
});

test("the first resource of each kind waits for its API", () => {
  for (const type of [
    "google_pubsub_topic",
    "google_storage_bucket",
    "google_bigquery_dataset",
    "google_cloud_tasks_queue",
    "google_artifact_registry_repository",
    "google_service_account",
    "google_secret_manager_secret",
    "google_logging_metric",
  ])
    for (const resource of stack.all(type))
      expect(resource["depends_on"].toSorted(), type).toEqual(
        Object.keys(stack.resource["google_project_service"] ?? {}).map(
          (name) => `google_project_service.${name}`,
        ),
      );
});

test("the project's number is known whenever a plan is made", () => {
  const data = JSON.parse(stack.text) as { data: { google_project: { project: { depends_on: string[] } } } };
  expect(data.data.google_project.project.depends_on).toEqual([
    "google_project_service.api-cloudresourcemanager",
  ]);
});
