/** What a deployment creates, and the settings that Google's defaults would get wrong. */
import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { PROJECT, type Resource, synthesizedText, synthesizeStack } from "#test/support/stack.ts";

const stack = synthesizeStack();

test("it holds everything that the pipeline needs, once", () => {
  const counts = Object.fromEntries(
    Object.entries(stack.resource)
      .filter(([type]) => !type.endsWith("_iam_member") && type !== "google_bigquery_table")
      .map(([type, byName]) => [type, Object.keys(byName).length]),
  );
  expect(counts).toEqual({
    google_artifact_registry_repository: 1,
    google_bigquery_dataset: 2,
    google_cloud_run_v2_service: 3,
    google_cloud_scheduler_job: 2,
    google_cloud_tasks_queue: 3,
    google_logging_metric: 8,
    google_logging_project_exclusion: 1,
    google_monitoring_alert_policy: 2,
    google_monitoring_dashboard: 1,
    google_project_iam_custom_role: 1,
    google_project_service: 12,
    google_pubsub_subscription: 2,
    google_pubsub_topic: 2,
    google_service_account: 5,
    google_storage_bucket: 2,
  });
});

test("whatever can carry the labels does", () => {
  const labelled = [
    "google_artifact_registry_repository",
    "google_bigquery_dataset",
    "google_bigquery_table",
    "google_cloud_run_v2_service",
    "google_pubsub_subscription",
    "google_pubsub_topic",
    "google_storage_bucket",
  ];
  const { all } = synthesizeStack({ labels: { team: "platform" } });
  for (const type of labelled)
    for (const { labels } of all(type)) expect(labels, type).toEqual({ app: "pullhouse", team: "platform" });
  for (const { user_labels: labels } of all("google_monitoring_alert_policy"))
    expect(labels).toEqual({ app: "pullhouse", team: "platform" });
});

test("every service scales to zero, is paid per request, boosted at its start and probed", () => {
  for (const { name, template } of stack.all("google_cloud_run_v2_service")) {
    expect(template.scaling.min_instance_count).toBe(0);
    const [container] = template.containers;
    expect(container.resources).toEqual({
      cpu_idle: true,
      startup_cpu_boost: true,
      limits: name === "pullhouse-loader" ? { cpu: "0.5", memory: "256Mi" } : { cpu: "1", memory: "512Mi" },
    });
    expect(container.liveness_probe.http_get).toEqual({ path: "/health", port: 8080 });
    // One attempt that waits for the port; several would be whole seconds apart.
    expect(container.startup_probe).toEqual({
      tcp_socket: { port: 8080 },
      period_seconds: 240,
      timeout_seconds: 240,
      failure_threshold: 1,
    });
  }
});

test("an instance is full before it answers 503, and no round is cut off by its own service", () => {
  const receiver = stack.one("google_cloud_run_v2_service", "receiver-us-central1")["template"];
  expect(receiver.max_instance_request_concurrency).toBeLessThan(128);
  for (const name of ["batcher", "loader"]) {
    const { timeout } = stack.one("google_cloud_run_v2_service", name)["template"];
    // ROUND_MAX_SECONDS and JOB_TIMEOUT_SECONDS, and what Cloud Tasks waits at most.
    expect(Number.parseInt(timeout, 10)).toBeGreaterThanOrEqual(240 + 200);
    expect(Number.parseInt(timeout, 10)).toBeLessThanOrEqual(600);
  }
});

test("the loader is deployed before the batcher, whose rows may have columns that an older loader does not know", () => {
  const { depends_on: after } = stack.one("google_cloud_run_v2_service", "batcher");
  expect(after).toContain("google_cloud_run_v2_service.loader");
});

test("the image is one for all services, pinned by its digest", () => {
  const images = stack.all("google_cloud_run_v2_service").map(({ template }) => template.containers[0].image);
  expect(new Set(images)).toEqual(new Set(["${var.image}"]));
  expect(stack.variable["image"]?.["validation"][0].condition).toContain("@sha256:[0-9a-f]{64}$");
});

test("neither subscription expires, and each keeps its messages for 31 days, as long as Pub/Sub can", () => {
  for (const subscription of stack.all("google_pubsub_subscription")) {
    expect(subscription["expiration_policy"]).toEqual({ ttl: "" });
    expect(subscription["message_retention_duration"]).toBe(`${31 * 86_400}s`);
  }
});

test("somebody is told of what waits long before a clock deletes it", () => {
  const policies = synthesizeStack({ alerts: "metrics" }).all("google_monitoring_alert_policy");
  const secondsOf = (name: string) =>
    policies.find(({ display_name: text }) => text === `pullhouse: ${name}`)?.["conditions"][0]
      .condition_threshold.threshold_value;
  for (const name of ["events wait in the queue", "objects wait for their load"])
    expect(secondsOf(name), name).toBeLessThanOrEqual(86_400 / 24);
  const { filter } = stack.one("google_monitoring_alert_policy", "alert-events-are-held-up")["conditions"][0]
    .condition_matched_log;
  expect(Number(/oldestPendingSeconds>(\d+)/.exec(filter)?.[1])).toBeLessThanOrEqual(86_400 / 24);
});

test("alerts are on log lines or on metrics, and true is what it was: on", () => {
  const names = (settings: Record<string, unknown>) =>
    Object.keys(synthesizeStack(settings).resource["google_monitoring_alert_policy"] ?? {}).toSorted();
  const logs = ["alert-events-are-held-up", "alert-something-to-look-at"];
  expect(names({})).toEqual(logs);
  expect(names({ alerts: true })).toEqual(logs);
  expect(names({ alerts: false })).toEqual([]);
  expect(names({ alerts: "metrics" })).toHaveLength(9);
  expect(names({ alerts: "metrics" })).not.toEqual(expect.arrayContaining(logs));
});

test("no alert looks for a line that the logs do not keep", () => {
  const exclusion = stack.all("google_logging_project_exclusion").map(({ filter }) => String(filter));
  expect(exclusion).toEqual([expect.stringContaining("httpRequest.status<400")]);
  const filters = stack
    .all("google_monitoring_alert_policy")
    .map(({ conditions }) => String(conditions[0].condition_matched_log.filter));
  const statuses = filters.flatMap((filter) => [...filter.matchAll(/httpRequest\.status[=>]+\(?(\d+)/g)]);
  expect(statuses.map(([, status]) => Number(status))).toEqual([500, 401]);
});

test("staging tables have a dataset of their own, which removes them after a week and may go with them", () => {
  const staging = stack.one("google_bigquery_dataset", "staging");
  expect(staging).toMatchObject({
    dataset_id: "pullhouse_staging",
    location: stack.one("google_bigquery_dataset", "dataset")["location"],
    default_table_expiration_ms: 7 * 86_400_000,
    delete_contents_on_destroy: true,
  });
  const loader = stack.one("google_cloud_run_v2_service", "loader")["template"].containers[0];
  expect(loader.env).toContainEqual({
    name: "BIGQUERY_STAGING_DATASET",
    value: "${google_bigquery_dataset.staging.dataset_id}",
  });
});

test("what is given back is on offer again before the batcher's last look", () => {
  const { retry_policy: retry } = stack.one("google_pubsub_subscription", "events-batcher");
  const leaseSeconds = 60;
  expect(Number.parseInt(retry.maximum_backoff, 10)).toBeLessThan(leaseSeconds);
});

test("dead letters become files with their attributes, where the command looks for them", () => {
  const events = stack.one("google_pubsub_subscription", "events-batcher");
  expect(events["dead_letter_policy"]).toEqual({
    dead_letter_topic: "${google_pubsub_topic.dead-letters.id}",
    max_delivery_attempts: 100,
  });
  const files = stack.one("google_pubsub_subscription", "dead-letters-bucket");
  expect(files["cloud_storage_config"].bucket).toBe("${google_storage_bucket.dead-letter-files.name}");
  expect(files["topic"]).toBe("${google_pubsub_topic.dead-letters.id}");
  expect(files["cloud_storage_config"]).toMatchObject({
    avro_config: { write_metadata: true },
    filename_prefix: "dead-letters/",
    filename_suffix: ".avro",
  });
  const seconds = (text: string) => Number.parseInt(text, 10);
  expect(seconds(files["cloud_storage_config"].max_duration)).toBeLessThanOrEqual(
    files["ack_deadline_seconds"],
  );
});

test("the bucket is private, beside its dataset, and says what deleted objects cost", () => {
  const { all } = synthesizeStack({ datasetLocation: "EU", region: "europe-west1" });
  const [bucket] = all("google_storage_bucket");
  expect(bucket).toMatchObject({
    location: "EU",
    uniform_bucket_level_access: true,
    public_access_prevention: "enforced",
    soft_delete_policy: { retention_duration_seconds: 0 },
  });
  expect(all("google_bigquery_dataset")[0]?.["location"]).toBe("EU");
});

test("objects move to colder classes only where that is asked for", () => {
  const settings = { retention: { events: { nearlineAfterDays: 30, archiveAfterDays: 365 } } };
  const steps = (of: typeof stack) =>
    (of.one("google_storage_bucket", "bucket")["lifecycle_rule"] as Resource[])
      .filter(({ action }) => action.type === "SetStorageClass")
      .map(({ action, condition }) => [action.storage_class, condition.age, condition.matches_prefix]);
  expect(steps(stack)).toEqual([]);
  expect(steps(synthesizeStack(settings))).toEqual([
    ["NEARLINE", 30, ["events/"]],
    ["ARCHIVE", 365, ["events/"]],
  ]);
});

test("less than one CPU takes one request at a time", () => {
  const small = stack
    .all("google_cloud_run_v2_service")
    .filter(({ template }) => Number(template.containers[0].resources.limits.cpu) < 1);
  expect(small.map(({ template }) => template.max_instance_request_concurrency)).toEqual([1]);
});

test("a request that failed is logged, one that went well is not", () => {
  const [exclusion] = stack.all("google_logging_project_exclusion");
  expect(exclusion?.["filter"]).toContain("httpRequest.status<400");
  expect(exclusion?.["filter"]).toContain('log_id("run.googleapis.com/requests")');
});

test("the lifecycle never touches what is not in the table yet", () => {
  const settings = { retention: { events: { deleteAfterDays: 2000 }, quarantineDeleteAfterDays: 90 } };
  const rules = synthesizeStack(settings).one("google_storage_bucket", "bucket")["lifecycle_rule"];
  const prefixes = rules.flatMap(
    (rule: { condition: { matches_prefix: string[] } }) => rule.condition.matches_prefix,
  );
  expect(new Set(prefixes)).toEqual(new Set(["events/", "quarantine/", "builds/"]));
});

test("every schema file is a table with the file's columns, in the spelling of BigQuery's API", () => {
  const files = readdirSync("schemas").filter((file) => /^[a-z].*\..*\.json$/.test(file));
  expect(files.length).toBeGreaterThan(80);
  for (const file of files) {
    const name = file.replace(/\.json$/, "").replaceAll(/\W/g, "_");
    const table = stack.one("google_bigquery_table", `table-${name}`);
    const columns = JSON.parse(table["schema"]) as { name: string; type: string }[];
    const own = JSON.parse(readFileSync(`schemas/${file}`, "utf8")) as { name: string }[];
    const envelope = JSON.parse(readFileSync("schemas/envelope.json", "utf8")) as { name: string }[];
    expect(columns).toEqual([...envelope, ...own]);
    expect(JSON.stringify(columns)).not.toMatch(/"type":"(INT64|FLOAT64|BOOL|STRUCT)"/);
    expect(table["time_partitioning"]).toEqual({ type: "DAY", field: "ce_time" });
    expect(table["clustering"].length).toBeGreaterThan(0);
    expect(table["deletion_protection"]).toBe(true);
  }
});

test("what the loader counts has a table for each of its files, and one says which days are counted", () => {
  const names = readdirSync("schemas/rollups").map((file) => file.replace(/\.sql$/, ""));
  expect(names.length).toBeGreaterThan(3);
  for (const name of [...names, "rolled_up"]) {
    const table = stack.one("google_bigquery_table", `table-${name}`);
    const columns = JSON.parse(table["schema"]) as { name: string; type: string; description: string }[];
    expect(columns[0]).toMatchObject({ name: "day", type: "DATE" });
    for (const column of columns) expect(column.description, `${name}.${column.name}`).not.toBe("");
    expect(table["time_partitioning"]).toEqual({ type: "DAY", field: "day" });
    expect(table["deletion_protection"]).toBe(true);
    expect(table["labels"]).toEqual(stack.one("google_bigquery_table", "table-loads")["labels"]);
    expect(table["description"]).toMatch(/\.$/);
  }
  expect(stack.one("google_bigquery_table", "table-daily_pulls")["clustering"]).toEqual([
    "registry",
    "repository",
    "outcome",
  ]);
});

test("rows can be told to expire: events, books and counts together", () => {
  const { all } = synthesizeStack({ retention: { rowsDeleteAfterDays: 400 } });
  const tables = all("google_bigquery_table").filter(({ view }) => view === undefined);
  expect(tables.length).toBeGreaterThan(100);
  for (const { table_id: name, time_partitioning: partitions } of tables)
    expect(partitions?.expiration_ms, String(name)).toBe(400 * 86_400_000);
});

test("every view is there, over the dataset's own tables", () => {
  const views = readdirSync("schemas/views").filter((file) => file.endsWith(".sql"));
  for (const file of views) {
    const view = stack.one("google_bigquery_table", `view-${file.replace(/\.sql$/, "")}`)["view"];
    expect(view.use_legacy_sql).toBe(false);
    expect(view.query).toContain(`\`${PROJECT}.pullhouse.`);
    expect(view.query).not.toContain("{dataset}");
  }
});

test("the name of a deleted queue or role can be gone around", () => {
  const { all } = synthesizeStack({ queueSuffix: "b" });
  expect(all("google_project_iam_custom_role")[0]?.["role_id"]).toBe("pullhouse_loader_b");
  expect(all("google_cloud_tasks_queue").map(({ name }) => name)).toEqual([
    "pullhouse-drain-b",
    "pullhouse-load-b",
    "pullhouse-rollup-b",
  ]);
});

test("receivers in several regions share one topic, one dataset and one set of queues", () => {
  const { all, one, output } = synthesizeStack({
    receiverRegions: ["us-central1", "europe-west1", "us-central1"],
  });
  expect(all("google_cloud_run_v2_service")).toHaveLength(4);
  expect(all("google_pubsub_topic")).toHaveLength(2);
  const variables = ["us-central1", "europe-west1"].map(
    (region) => one("google_cloud_run_v2_service", `receiver-${region}`)["template"].containers[0].env,
  );
  expect(variables[0]).toEqual(variables[1]);
  expect(Object.keys(output["webhook_urls"]?.["value"])).toEqual(["europe-west1", "us-central1"]);
});

test("the locked archive is a bucket of its own, and only where it was asked for", () => {
  expect(stack.all("google_storage_transfer_job")).toEqual([]);
  const locked = synthesizeStack({ retention: { lockedArchiveDays: 365 } });
  expect(locked.one("google_storage_bucket", "archive")["retention_policy"]).toEqual({
    is_locked: true,
    retention_period: 365 * 86_400,
  });
  expect(locked.one("google_storage_bucket", "bucket")).not.toHaveProperty("retention_policy");
  const job = locked.one("google_storage_transfer_job", "archive-copy");
  expect(job["transfer_spec"].object_conditions.include_prefixes).toEqual(["events/"]);
});

test("no state, no path of a machine and no time is in it, so that two runs give one text", () => {
  expect(synthesizedText()).toBe(stack.text);
  expect(stack.terraform["backend"]).toEqual({
    local: { path: "../../../terraform-state/acme-registry-events/pullhouse.tfstate" },
  });
  expect(stack.text).not.toContain(process.cwd());
  const { terraform } = synthesizeStack({ state: { bucket: "acme-state" } });
  expect(terraform["backend"]).toEqual({
    gcs: { bucket: "acme-state", prefix: "pullhouse/acme-registry-events/pullhouse" },
  });
});
