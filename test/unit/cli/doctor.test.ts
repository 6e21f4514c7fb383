/** Judgements of `pullhouse doctor` that no stand-in can bring about: Google's own APIs, places and columns. */
import { describe, expect, test } from "vitest";
import { ageText } from "#services/cli/age.ts";
import { alarms } from "#services/cli/doctor/alarms.ts";
import type { Check, Finding } from "#services/cli/doctor/check.ts";
import { compareColumns } from "#services/cli/doctor/compare-columns.ts";
import type { Exam } from "#services/cli/doctor/exam.ts";
import { lag } from "#services/cli/doctor/lag.ts";
import { canLoad } from "#services/cli/doctor/locations.ts";
import { variablesPart } from "#services/cli/doctor/variables.ts";
import { createBacklogLook } from "#services/shared/gcp/look/backlog.ts";

const NOW = Date.parse("2026-11-21T12:00:00Z");

/** An exam on Google Cloud: what a check asks beside the given parts, it finds empty. */
function examOf(given: Partial<Exam>): Exam {
  return {
    deployment: {
      project: "my-project",
      location: "europe-west1",
      subscription: "events-batcher",
      queues: { TASKS_QUEUE_DRAIN: "drain", TASKS_QUEUE_LOAD: "load", TASKS_QUEUE_ROLLUP: "rollup" },
      isLocal: false,
    },
    variables: {},
    list: async function* () {},
    tasks: { state: async () => "RUNNING", tasks: async () => [] },
    google: async () => ({}),
    backlog: async () => undefined,
    lateAfterMs: 600_000,
    now: () => NOW,
    ...given,
  } as unknown as Exam;
}

async function find(check: Check, exam: Exam, what: RegExp): Promise<readonly Finding[]> {
  const findings = await Promise.all(check.parts(exam).map((part) => part.look()));
  return findings.flat().filter((finding) => what.test(finding.what));
}

describe("what waits in the subscription, as Cloud Monitoring knows it", () => {
  const figure = (value: string) => ({ timeSeries: [{ points: [{ value: { int64Value: value } }] }] });
  const look = async (messages: object, oldest: object, asked: URL[] = []) => {
    const google = async (url: URL) => {
      asked.push(url);
      return url.search.includes("num_undelivered_messages") ? messages : oldest;
    };
    const backlog = createBacklogLook({
      project: "my-project",
      google,
      requestTimeoutMs: 1_000,
      now: () => NOW,
    });
    return (await find(lag, examOf({ backlog }), /^subscription/))[0];
  };

  test("is asked for by subscription and of the last ten minutes", async () => {
    const asked: URL[] = [];
    await look(figure("0"), figure("0"), asked);
    const metrics = ["num_undelivered_messages", "oldest_unacked_message_age"];
    expect(asked.map(({ pathname }) => pathname)).toEqual(
      metrics.map(() => "/v3/projects/my-project/timeSeries"),
    );
    expect(asked.map(({ searchParams }) => Object.fromEntries(searchParams))).toEqual(
      metrics.map((metric) => ({
        filter: `metric.type = "pubsub.googleapis.com/subscription/${metric}" AND resource.labels.subscription_id = "events-batcher"`,
        "interval.startTime": "2026-11-21T11:50:00.000Z",
        "interval.endTime": "2026-11-21T12:00:00.000Z",
      })),
    );
  });

  test("is fine while it is young, broken once it is late, and never fine without a figure", async () => {
    expect(await look(figure("7"), figure("30"))).toMatchObject({ verdict: "ok" });
    expect(await look(figure("7"), figure("3600"))).toMatchObject({
      verdict: "broken",
      found: "7 messages, the oldest for 60 min",
    });
    expect(await look(figure("0"), figure("0"))).toMatchObject({ verdict: "ok", found: "no messages" });
    expect(await look({}, {})).toMatchObject({ verdict: "not checked" });
  });
});

describe("the safety net", () => {
  const job = (path: string, more: object = {}) => ({
    name: `projects/my-project/locations/europe-west1/jobs/net-${path.slice(1)}`,
    state: "ENABLED",
    lastAttemptTime: "2026-11-21T06:07:00Z",
    httpTarget: { uri: `https://service.example${path}` },
    ...more,
  });
  const net = async (jobs: readonly object[]) => {
    const findings = await find(alarms, examOf({ google: async () => ({ jobs }) }), /^safety net/);
    return findings.map(({ verdict, found }) => `${verdict}: ${found}`);
  };

  test("is fine with an enabled job for each service", async () => {
    expect(await net([job("/load"), job("/drain")])).toEqual([
      "ok: net-drain, last call 2026-11-21T06:07:00Z",
      "ok: net-load, last call 2026-11-21T06:07:00Z",
    ]);
  });

  test("is to be looked at when a job is missing, paused or fails", async () => {
    expect(await net([job("/drain", { state: "PAUSED" })])).toEqual([
      "look: the job net-drain is paused",
      expect.stringMatching(/^look: no job of Cloud Scheduler in europe-west1 calls it/),
    ]);
    const failing = job("/load", { status: { code: 7, message: "forbidden" } });
    expect((await net([job("/drain"), failing]))[1]).toBe(
      "look: the last call of the job net-load failed: forbidden (7)",
    );
  });
});

test("a task that is due for long without a try is broken: its queue runs and calls nobody", async () => {
  const task = { name: "t", url: "https://batcher.example/drain", scheduledAt: NOW - 3_600_000, attempts: 0 };
  const tasks = { state: async () => "RUNNING", tasks: async () => [task] } as unknown as Exam["tasks"];
  expect(await find(alarms, examOf({ tasks }), /^queue drain/)).toEqual([
    expect.objectContaining({ verdict: "broken", found: "running, 1 task, the oldest due for 60 min" }),
  ]);
});

describe("variables on Google Cloud", () => {
  test("unset ones are to be looked at, for they are set where the services run", async () => {
    const exam = examOf({ variables: { GOOGLE_CLOUD_PROJECT: "my-project", GCS_BUCKET: "my-bucket" } });
    expect(await variablesPart(exam).look()).toEqual([
      expect.objectContaining({
        verdict: "look",
        found: expect.stringMatching(/^BATCHER_URL, LOADER_URL: not set/),
      }),
    ]);
  });

  test("a wrong one is broken and told once, whoever reads it", async () => {
    const variables = { GOOGLE_CLOUD_PROJECT: "my-project", WINDOW_SECONDS: "often" };
    expect(await variablesPart(examOf({ variables })).look()).toEqual([
      expect.objectContaining({
        verdict: "broken",
        what: "variables of every service",
        found: 'WINDOW_SECONDS is "often", it takes seconds from 0.5 to 3600',
      }),
    ]);
  });
});

test.each([
  ["US", "ASIA-NORTHEAST1", "region", "yes"],
  ["europe-west1", "EUROPE-WEST1", "region", "yes"],
  ["europe-west1", "EUROPE-WEST4", "region", "no"],
  ["EU", "EUROPE-WEST4", "region", "yes"],
  ["EU", "EUR4", "dual-region", "yes"],
  ["EU", "US-CENTRAL1", "region", "no"],
  ["us-central1", "US", "multi-region", "unsure"],
])("a dataset in %s and a bucket in %s (%s): %s", (dataset, bucket, type, expected) => {
  expect(canLoad(dataset, bucket, type)).toBe(expected);
});

describe("columns of a table against its schema file", () => {
  test("compares at any depth, without regard to case and order", () => {
    const present = [
      { name: "B", type: "STRING" },
      { name: "a", type: "RECORD", fields: [{ name: "x", type: "INTEGER" }] },
    ] as const;
    const wanted = [
      {
        name: "a",
        type: "RECORD",
        fields: [
          { name: "x", type: "STRING" },
          { name: "y", type: "STRING" },
        ],
      },
      { name: "b", type: "STRING" },
    ] as const;
    expect(compareColumns(present, wanted)).toEqual([
      { kind: "other", path: "a.x", detail: "is INTEGER, should be STRING" },
      { kind: "missing", path: "a.y", detail: "is missing" },
    ]);
  });

  test("a relaxed column fits, a stricter or repeated one does not, nor one that nothing fills", () => {
    const column = (mode: "NULLABLE" | "REQUIRED" | "REPEATED") => [
      { name: "c", type: "STRING", mode } as const,
    ];
    expect(compareColumns(column("NULLABLE"), column("REQUIRED"))).toEqual([]);
    expect(compareColumns(column("REQUIRED"), column("NULLABLE"))).toMatchObject([{ kind: "other" }]);
    expect(compareColumns(column("NULLABLE"), column("REPEATED"))).toMatchObject([{ kind: "other" }]);
    expect(compareColumns(column("REQUIRED"), [])).toMatchObject([{ kind: "other" }]);
    expect(compareColumns(column("NULLABLE"), [])).toMatchObject([{ kind: "extra" }]);
  });
});

test("an age is in the unit that people would use, and never negative", () => {
  const ages = [-5_000, 1_500, 119_000, 120_000, 7_199_000, 7_200_000, 172_799_000, 172_800_000].map(ageText);
  expect(ages).toEqual(["0 ms", "1.5 s", "1 min 59 s", "2 min", "119 min", "2 h", "47 h", "2 days"]);
});
