/** The checks that only Google Cloud can answer: each against answers as Google's APIs have them, one that holds and one that doesn't. */
import { expect, test } from "vitest";
import type { Evidence } from "#infra/acceptance/assumption.ts";
import { ASSUMPTIONS } from "#infra/acceptance/assumptions/index.ts";
import { checkAll } from "#infra/acceptance/check-all.ts";
import type { Deployment } from "#infra/acceptance/deployment.ts";
import type { Observed } from "#infra/acceptance/observed.ts";
import type { LogLine } from "#infra/local/demo/log-lines.ts";

import { type Scripted, scriptApi } from "#test/support/scripted-api.ts";
import { sleepingClock } from "#test/support/sleeping-clock.ts";

const DATASET = "acc_0a1b2c";
const OBSERVED: Observed = {
  startedAt: 0,
  deployedAt: 0,
  kills: [],
  requests: 1_000,
  bytes: 700_000,
  idle: { from: 0, until: 600_000 },
};

interface Given {
  readonly answers?: readonly Scripted[];
  readonly lines?: readonly Partial<LogLine>[];
  readonly observed?: Partial<Observed>;
}

function evidenceOf({ answers = [], lines = [], observed = {} }: Given): Evidence {
  const deployment: Deployment = {
    kind: "google",
    prefix: "acc-0a1b2c",
    receiverUrl: "https://receiver.example",
    env: {
      GOOGLE_CLOUD_PROJECT: "lent-project",
      GOOGLE_CLOUD_LOCATION: "us-central1",
      BIGQUERY_DATASET: DATASET,
      GCS_BUCKET: "lent-project-acc-0a1b2c",
      PUBSUB_TOPIC: "acc-0a1b2c-events",
      PUBSUB_SUBSCRIPTION: "acc-0a1b2c-events-batcher",
      TASKS_QUEUE_DRAIN: "acc-0a1b2c-drain",
      TASKS_QUEUE_LOAD: "acc-0a1b2c-load",
      TASKS_QUEUE_ROLLUP: "acc-0a1b2c-rollup",
      WINDOW_SECONDS: "10",
    },
    credentials: { zot: "", msr: "", harbor: "", distribution: "" },
    signature: { outcome: "unsigned", reason: "a test" },
    api: scriptApi(answers),
    pollMs: 1,
    patienceMs: 60_000,
    leaseMs: 60_000,
    kill: async () => "",
    refuseMerges: async () => {},
    allowMerges: async () => {},
    lines: async () => lines as readonly LogLine[],
    settle: async () => {},
  };
  return { deployment, observed: { ...OBSERVED, ...observed }, clock: sleepingClock() };
}

const job = (jobId: string, more: object) => ({
  jobReference: { jobId },
  configuration: { query: { query: `… ${DATASET} …` } },
  status: { state: "DONE" },
  ...more,
});
const jobs = (...all: object[]): readonly Scripted[] => [
  { api: "bigquery", path: "/jobs", body: { jobs: all } },
];
const merge = (read: number, billed: number) =>
  job("pullhouse-merge-01-a0", {
    statistics: { query: { totalBytesProcessed: String(read), totalBytesBilled: String(billed) } },
  });
const series = (...all: object[]): readonly Scripted[] => [
  { api: "monitoring", path: "/timeSeries", body: { timeSeries: all } },
];
const seconds = (value: number) => ({
  resource: { labels: { service_name: "acc-0a1b2c-receiver" } },
  points: [{ value: { doubleValue: value } }],
});
const starts = (count: number, mean: number) => ({
  points: [{ value: { distributionValue: { count: String(count), mean } } }],
});
const attempts = (code: string) => ({
  metric: { labels: { response_code: code } },
  points: [{ value: { int64Value: "3" } }],
});
const subscription = (body: object): readonly Scripted[] => [
  { api: "pubsub", path: "/subscriptions/", body },
];
const refusal = (reason: string): Partial<Observed> => ({ refusal: { reason, afterMs: 120_000 } });
const policy = (duration: string) => ({
  conditions: [
    { conditionThreshold: { evaluationMissingData: "EVALUATION_MISSING_DATA_INACTIVE", duration } },
  ],
});

/** Name, what holds it, what doesn't. */
const CASES: readonly (readonly [string, Given, Given])[] = [
  [
    "load-jobs-are-free",
    { answers: jobs(job("pullhouse-stage-01-a0", { statistics: { load: { outputRows: "7" } } })) },
    {
      answers: jobs(
        job("pullhouse-stage-01-a0", { statistics: { query: { totalBytesBilled: "10485760" } } }),
      ),
    },
  ],
  [
    "merge-bills-what-it-reads",
    { answers: jobs(merge(4_000, 20_971_520)) },
    { answers: jobs(merge(4_000, 104_857_600)) },
  ],
  [
    "refused-merge",
    { observed: refusal("MERGE: accessDenied: Access Denied: Table …"), answers: jobs() },
    { observed: refusal("MERGE: invalidQuery: Unrecognized name"), answers: jobs() },
  ],
  [
    "loader-round",
    { lines: [{ message: "loaded", milliseconds: 4_000 }] },
    { lines: [{ message: "loaded", milliseconds: 14_000 }] },
  ],
  ["start-takes-two-seconds", { answers: series(starts(4, 900)) }, { answers: series(starts(4, 2_900)) }],
  [
    "ten-seconds-to-stop",
    { lines: [{ message: "stopping" }, { message: "stopped" }] },
    { lines: [{ message: "stopping" }] },
  ],
  ["idle-is-nothing", { answers: series(seconds(0)) }, { answers: series(seconds(12.5)) }],
  ["request-bills-100-ms", { answers: series(seconds(60)) }, { answers: series(seconds(400)) }],
  [
    "dead-letter-export-is-active",
    { answers: subscription({ cloudStorageConfig: { state: "ACTIVE" } }) },
    { answers: subscription({ cloudStorageConfig: { state: "PERMISSION_DENIED" } }) },
  ],
  [
    "dead-letter-becomes-a-file",
    {
      answers: [
        ...subscription({ cloudStorageConfig: { bucket: "letters" } }),
        { api: "pubsub", path: ":publish", body: {} },
        { api: "storage", path: "/b/letters/o", body: { items: [{ name: "2026-11-30.avro" }] } },
      ],
    },
    {
      answers: [
        ...subscription({ cloudStorageConfig: { bucket: "letters" } }),
        { api: "pubsub", path: ":publish", body: {} },
        { api: "storage", path: "/b/letters/o", body: {} },
      ],
    },
  ],
  [
    "subscription-never-expires",
    { answers: subscription({ expirationPolicy: {}, messageRetentionDuration: "2678400s" }) },
    {
      answers: subscription({ expirationPolicy: { ttl: "2678400s" }, messageRetentionDuration: "2678400s" }),
    },
  ],
  ["attempt-label-of-success", { answers: series(attempts("OK")) }, { answers: series(attempts("SUCCESS")) }],
  [
    "deleted-queue-blocks-its-name",
    // It seems to be created, and isn't.
    { answers: [{ api: "cloudtasks", method: "POST", path: "/queues", body: {} }] },
    { answers: [{ api: "cloudtasks", path: "/queues", body: {} }] },
  ],
  [
    "soft-delete-is-off",
    {
      answers: [
        { api: "storage", path: "/b/", body: { softDeletePolicy: { retentionDurationSeconds: "0" } } },
      ],
    },
    {
      answers: [
        { api: "storage", path: "/b/", body: { softDeletePolicy: { retentionDurationSeconds: "604800" } } },
      ],
    },
  ],
  [
    "conditions-on-prefixes",
    { lines: [{ message: "loaded" }] },
    { lines: [{ message: "loaded" }, { message: "round", reason: "no storage.objects.list access" }] },
  ],
  [
    "grants-are-seen-in-minutes",
    { observed: { ...refusal("Access Denied"), allowedAfterMs: 90_000 } },
    { observed: { ...refusal("Access Denied"), allowedAfterMs: 600_000 } },
  ],
  [
    "five-permissions-suffice",
    {
      lines: [
        { message: "loaded" },
        { message: "loaded in part", reason: "bigquery.tables.updateData denied" },
      ],
    },
    { lines: [{ message: "loaded" }, { message: "loaded in part", reason: "bigquery.tables.list denied" }] },
  ],
  [
    "queue-target-keeps-query",
    { lines: [{ message: "loaded" }, { message: "rolled up" }] },
    {
      answers: [{ api: "cloudtasks", method: "POST", path: "/acc-0a1b2c-rollup/tasks", body: {} }],
      lines: [{ message: "loaded" }],
    },
  ],
  [
    "deleted-role-blocks-its-name",
    { answers: [{ api: "iam", path: "/roles/acc_0a1b2c_loader", body: { deleted: true } }] },
    { answers: [] },
  ],
  [
    "log-metrics-become-visible",
    {
      answers: [
        {
          api: "monitoring",
          path: "/metricDescriptors",
          body: { metricDescriptors: Array.from({ length: 8 }, () => ({})) },
        },
      ],
    },
    { answers: [{ api: "monitoring", path: "/metricDescriptors", body: { metricDescriptors: [{}] } }] },
  ],
  [
    "alert-policies-are-accepted",
    { answers: [{ api: "monitoring", path: "/alertPolicies", body: { alertPolicies: [policy("60s")] } }] },
    { answers: [{ api: "monitoring", path: "/alertPolicies", body: { alertPolicies: [policy("0s")] } }] },
  ],
  [
    "lines-are-structured",
    { lines: [{ message: "listening", severity: "INFO" }] },
    { lines: [{ message: "listening", severity: "DEBUG" }] },
  ],
  [
    "request-logs-are-excluded",
    { answers: [{ api: "logging", path: "/entries:list", body: {} }] },
    { answers: [{ api: "logging", path: "/entries:list", body: { entries: [{ timestamp: "" }] } }] },
  ],
];

/** They ask a warehouse with SQL or a service over HTTP, send tasks and wait, or nobody can ask. */
const ELSEWHERE = [
  "merge-reads-keys-only",
  "internal-ingress",
  "queue-target-overrides-task",
  "task-name-is-taken-once",
  "idle-queue-may-be-not-found",
  "bill-agrees-with-the-model",
  "alert-policies-are-billed",
];

test("every check that the local cloud cannot answer is here, or named as an exception", () => {
  const here = [...CASES.map(([id]) => id), ...ELSEWHERE];
  const only = ASSUMPTIONS.filter(({ onlyGoogle }) => onlyGoogle !== undefined).map(({ id }) => id);
  expect(here.toSorted()).toEqual(only.toSorted());
});

test.each(CASES)("%s", async (id, holds, fails) => {
  const assumption = ASSUMPTIONS.filter((one) => one.id === id);
  const when = assumption[0]?.when ?? "while it runs";
  const outcomes = await Promise.all(
    [holds, fails].map(async (given) => (await checkAll(assumption, when, evidenceOf(given)))[0]),
  );
  expect(outcomes.map((one) => [one?.outcome, one?.seen])).toEqual([
    ["held", expect.any(String)],
    ["did not hold", expect.any(String)],
  ]);
});

test("a check that finds no answer says that it cannot be told", async () => {
  const assumption = ASSUMPTIONS.filter(({ id }) => id === "soft-delete-is-off");
  const [checked] = await checkAll(assumption, "while it runs", evidenceOf({}));
  expect(checked).toMatchObject({ outcome: "cannot be told here", seen: expect.stringContaining("404") });
});

test("a task wakes the batcher wherever it points, and a name is taken once", async () => {
  const created = { api: "cloudtasks", method: "POST", path: "/tasks", body: {} } as const;
  const names = ["queue-target-overrides-task", "task-name-is-taken-once"];
  const asked = ASSUMPTIONS.filter(({ id }) => names.includes(id));
  const outcomes = await checkAll(asked, "while it runs", evidenceOf({ answers: [created] }));
  // Nobody was woken, and the name was taken three times.
  expect(outcomes.map(({ outcome }) => outcome)).toEqual(["did not hold", "did not hold"]);
});
