/** `pullhouse doctor` on a pipeline that is well, and on one where each thing is broken for real. */
import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { PENDING } from "#services/shared/objects.ts";
import { freePorts } from "#test/support/free-ports.ts";
import { PULL_TYPE } from "#test/support/pull-message.ts";
import { missing } from "#test/support/pull-traffic.ts";
import { type Recorder, startRecorder } from "#test/support/recorder.ts";
import { pullhouse } from "../cli/run-command.ts";
import { about, type Patient, startPatient, trouble } from "./patient.ts";

let patient: Patient;

beforeAll(async () => {
  patient = await startPatient();
});
afterAll(() => patient?.stop());

async function put(name: string, content = "{}"): Promise<void> {
  await patient.pipeline.bucket.file(name).save(content, { resumable: false });
}

describe("a pipeline that is well", () => {
  const recorders: Recorder[] = [];
  afterAll(() => Promise.all(recorders.map((recorder) => recorder.close())));

  test("every line is ok or says that there is nothing to ask, and nothing is asked for but reads", async () => {
    const ids = Array.from({ length: 3 }, () => randomUUID());
    for (const id of ids) expect(await patient.post(id, PULL_TYPE)).toBe(202);
    await expect.poll(() => missing(patient.pipeline, ids)).toBe(0);
    // Rows can be seen a moment before their load is in the books and its marks go.
    const marks = () => patient.pipeline.bucket.getFiles({ prefix: PENDING });
    await expect.poll(async () => (await marks())[0]).toEqual([]);

    const env: Record<string, string> = {};
    for (const [name, scheme] of [
      ["PUBSUB_EMULATOR_HOST", ""],
      ["CLOUD_TASKS_EMULATOR_HOST", ""],
      ["STORAGE_EMULATOR_HOST", "http://"],
      ["BIGQUERY_EMULATOR_HOST", "http://"],
    ] as const) {
      const target = patient.of(name);
      const recorder =
        scheme === ""
          ? await startRecorder(`http://${target}`, "http2")
          : await startRecorder(target, "http");
      recorders.push(recorder);
      env[name] = `${scheme}127.0.0.1:${recorder.port}`;
    }
    const report = await patient.doctor([], env);
    expect(trouble(report)).toEqual([]);
    expect(report).toMatchObject({ status: 0, healthy: true });
    expect(new Set(report.findings.map(({ check }) => check))).toEqual(
      new Set([
        "configuration",
        "permissions",
        "receiver",
        "lag",
        "last-load",
        "rollups",
        "dead-letters",
        "alarms",
      ]),
    );
    expect(about(report, PULL_TYPE)?.found).toMatch(/in 24 h 3 rows/);

    expect(recorders.every(({ seen }) => seen.length > 0)).toBe(true);
    const read =
      /^GET |^\/[\w.]+\/(?:Get|List|TestIamPermissions)|^POST \S+:testIamPermissions|^POST \S+\/jobs\S* \{.*"query":"(?:SELECT|WITH) /;
    expect(recorders.flatMap(({ seen }) => seen).filter((request) => !read.test(request))).toEqual([]);
  });

  test("people read a line for each finding and a last one that sums up", async () => {
    const { status, out } = await pullhouse(["doctor", "--only", "lag,alarms"], { ...patient.pipeline.env });
    expect(status).toBe(0);
    expect(out).toMatch(/^Lag\n/);
    expect(out).toMatch(/\nAlarms\n/);
    expect(out).toMatch(/ {2}ok +pending\/: no pending marks\n/);
    expect(out).toMatch(/\nHealthy: nothing is broken, 0 to look at, \d+ ok\.\n$/);
  });
});

describe("what waits or was put away", () => {
  test("a paused queue is broken and can be resumed", async () => {
    await patient.tasks.pauseQueue({ name: patient.loadQueue });
    const report = await patient.doctor(["--only", "alarms"]);
    const what = `queue ${patient.of("TASKS_QUEUE_LOAD")}`;
    expect(report.status).toBe(1);
    expect(trouble(report)).toEqual([`broken ${what}`]);
    expect(about(report, what)).toMatchObject({
      found: expect.stringMatching(/^it is paused, with \d+ tasks?: nobody is woken$/),
      advice: expect.stringMatching(/^gcloud tasks queues resume /),
    });
  });

  test("marks, plans, spilled events and trials are broken once they are late, and fine before", async () => {
    await patient.tasks.pauseQueue({ name: patient.drainQueue });
    const names = [`pending/${PULL_TYPE}/01`, "plans/other.json", "spill/01.json", "trials/01"];
    for (const name of names) await put(name);
    const places = ["pending/", "plans/", "spill/", "trials/"];
    const soon = await patient.doctor(["--only", "lag"]);
    expect(soon.status).toBe(0);
    expect(about(soon, "pending/")?.found).toMatch(/^1 pending mark, the oldest for /);
    const late = await patient.doctor(["--only", "lag", "--late-after", "0.001"]);
    expect(late.status).toBe(1);
    expect(trouble(late)).toEqual(places.map((place) => `broken ${place}`));
    for (const name of names) await patient.pipeline.bucket.file(name).delete();
  });

  test("a task whose service fails says what it fails with, and is broken once it is late", async () => {
    const closed = Object.values(await freePorts())[0];
    const url = `http://127.0.0.1:${closed}/drain`;
    await patient.tasks.createTask({
      parent: patient.drainQueue,
      task: { name: `${patient.drainQueue}/tasks/fails`, httpRequest: { url } },
    });
    await patient.tasks.resumeQueue({ name: patient.drainQueue });
    const view = { name: `${patient.drainQueue}/tasks/fails` };
    const lastStatus = async () =>
      (await patient.tasks.getTask(view))[0].lastAttempt?.responseStatus?.code ?? 0;
    await expect.poll(lastStatus).toBeGreaterThan(0);
    const what = `queue ${patient.of("TASKS_QUEUE_DRAIN")}`;
    const soon = await patient.doctor(["--only", "alarms"]);
    expect(about(soon, what)).toMatchObject({
      verdict: "look",
      found: expect.stringContaining(`${url} fails`),
    });
    const late = await patient.doctor(["--only", "alarms", "--late-after", "0.001"]);
    expect(about(late, what)).toMatchObject({ verdict: "broken" });
    await patient.tasks.deleteTask(view);
    await patient.tasks.resumeQueue({ name: patient.loadQueue });
  });

  test("dead letters and what is in quarantine are broken, with the first one's reason", async () => {
    const letter = { attributes: { "ce-type": PULL_TYPE }, data_base64: "", reason: "it kills batchers" };
    const names = ["dead-letters/17.json", "dead-letters/2026.avro", `quarantine/${PULL_TYPE}/01.ndjson.gz`];
    await put(names[0] as string, JSON.stringify(letter));
    await put(names[1] as string);
    await put(names[2] as string);
    await put(`quarantine/${PULL_TYPE}/01.reason.json`, JSON.stringify({ reason: "no such field" }));
    const report = await patient.doctor(["--only", "dead-letters"]);
    expect(report.status).toBe(1);
    expect(trouble(report)).toEqual([
      "broken dead letters",
      "broken quarantine",
      "broken files from Pub/Sub",
    ]);
    expect(about(report, "dead letters")?.found).toMatch(/^1; the first is 17, since .*: it kills batchers$/);
    expect(about(report, "quarantine")?.found).toMatch(/^1; the first is \S+\/01, since .*: no such field$/);
    await patient.pipeline.bucket.deleteFiles({ prefix: "dead-letters/" });
    await patient.pipeline.bucket.deleteFiles({ prefix: "quarantine/" });
  });

  test("what is no dead letter is broken, too, and hides none of the rest", async () => {
    await put("dead-letters/17.json", "[]");
    await put("quarantine/pending/dev.example/01", "not a mark");
    const report = await patient.doctor(["--only", "dead-letters"]);
    expect(trouble(report)).toEqual(["broken dead letters", "broken quarantine"]);
    expect(about(report, "dead letters")?.found).toMatch(/is not a dead letter; 0 before it$/);
    await patient.pipeline.bucket.deleteFiles({ prefix: "dead-letters/" });
    await patient.pipeline.bucket.deleteFiles({ prefix: "quarantine/" });
  });

  test("events of an unknown type are to be looked at, and nothing is broken", async () => {
    expect(await patient.post(randomUUID(), "dev.chainguard.unheard.v1")).toBe(202);
    const count = async () =>
      (
        await patient.pipeline.query<{ n: number }>(
          "SELECT COUNT(*) AS n FROM loads WHERE type = 'unregistered_events'",
        )
      )[0]?.n;
    await expect.poll(count).toBe(1);
    const report = await patient.doctor(["--only", "last-load"]);
    expect(report.status).toBe(0);
    expect(trouble(report)).toEqual(["look unregistered_events"]);
  });
});

describe("the receiver", () => {
  test("one that does not ask for a token is broken, and so is its absence; clocks that differ are to be looked at", async () => {
    const server = createServer((_request, response) => {
      response.setHeader("date", new Date(Date.now() + 3_600_000).toUTCString()).end();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const open = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const report = await patient.doctor(["--only", "receiver", "--receiver", open]);
    expect(report.status).toBe(1);
    expect(trouble(report)).toEqual(["look clocks", `broken POST ${open}/`]);
    expect(about(report, "clocks")?.found).toMatch(
      /^the receiver's is (?:59|60) min ahead of this machine's$/,
    );
    await new Promise((resolve) => server.close(resolve));
    const gone = await patient.doctor(["--only", "receiver", "--receiver", open]);
    expect(trouble(gone)).toEqual([`broken ${open}/health`, `broken POST ${open}/`]);
  });

  test("an issuer that answers wrongly is broken, one that this machine does not reach is unknown", async () => {
    const issuer = `http://127.0.0.1:${new URL(patient.of("CHAINGUARD_ISSUER")).port}/nothing`;
    const report = await patient.doctor(["--only", "receiver"], { CHAINGUARD_ISSUER: issuer });
    expect(report.status).toBe(1);
    expect(trouble(report)).toEqual([`broken issuer ${issuer}`]);
    const away = `http://127.0.0.1:${Object.values(await freePorts())[0]}`;
    const unreached = await patient.doctor(["--only", "receiver"], { CHAINGUARD_ISSUER: away });
    expect(unreached.status).toBe(2);
    expect(trouble(unreached)).toEqual([`unknown issuer ${away}`]);
  });
});

describe("what is not as it should be set up", () => {
  const only = ["--only", "configuration"];

  test("a wrong value of a variable is broken, and everything else is looked at all the same", async () => {
    const report = await patient.doctor(only, { REQUEST_TIMEOUT_MS: "soon", LOAD_WORKERS: "0" });
    expect(report.status).toBe(1);
    expect(trouble(report)).toEqual(["broken variables of every service", "broken variables of the loader"]);
    expect(about(report, "variables of every service")?.found).toMatch(/^REQUEST_TIMEOUT_MS is "soon"/);
    expect(about(report, "views")?.verdict).toBe("ok");
  });

  test("names of what does not exist are broken", async () => {
    const report = await patient.doctor(
      [...only, "--bucket", "no-such-bucket", "--dataset", "no_such_dataset"],
      {
        BIGQUERY_STAGING_DATASET: "no_such_dataset_staging",
        PUBSUB_TOPIC: "no-such-topic",
        PUBSUB_SUBSCRIPTION: "no-such-subscription",
        TASKS_QUEUE_DRAIN: "no-such-queue",
      },
    );
    expect(report.status).toBe(1);
    expect(trouble(report)).toEqual([
      "broken bucket no-such-bucket",
      "broken topic no-such-topic",
      "broken subscription no-such-subscription",
      "broken queue no-such-queue",
      "broken dataset no_such_dataset",
      "broken dataset no_such_dataset_staging",
    ]);
  });

  test("a bucket far from its dataset is broken, one that keeps what is deleted is to be looked at", async () => {
    const { bucket } = patient.pipeline;
    const far = bucket.storage.bucket("far-away");
    await far.create({ location: "EUROPE-WEST1", softDeletePolicy: { retentionDurationSeconds: 604_800 } });
    await patient.dataset.bigQuery.createDataset("in_tokyo", { location: "asia-northeast1" });
    const report = await patient.doctor([...only, "--bucket", "far-away", "--dataset", "in_tokyo"]);
    const found = report.findings.filter(({ what }) => what === "bucket far-away").map(({ found }) => found);
    expect(found).toEqual([
      "soft delete keeps what is deleted for 7 days, and it is paid",
      "it is in EUROPE-WEST1, and a dataset in asia-northeast1 cannot load from there",
    ]);
    expect(report.status).toBe(1);
  });
});

describe("what cannot be found out", () => {
  test("a part that hangs is unknown once the time is up, what does not is examined, and the status is 2", async () => {
    patient.pipeline.signal("storage", "SIGSTOP");
    try {
      const report = await patient.doctor(["--only", "lag", "--timeout", "3"]);
      expect(report.status).toBe(2);
      expect(trouble(report)).toEqual([
        "unknown pending/",
        "unknown plans/",
        "unknown spill/",
        "unknown trials/",
        "unknown failing loads",
      ]);
      expect(about(report, `subscription ${patient.of("PUBSUB_SUBSCRIPTION")}`)?.verdict).toBe("ok");
    } finally {
      patient.pipeline.signal("storage", "SIGCONT");
    }
  });

  test("schema files that cannot be read leave the tables unknown", async () => {
    const report = await patient.doctor(["--only", "configuration"], { SCHEMAS_FOLDER: "/nonexistent" });
    const what = `dataset ${patient.of("BIGQUERY_DATASET")}`;
    expect(about(report, what)).toMatchObject({
      verdict: "unknown",
      advice: expect.stringContaining("SCHEMAS_FOLDER"),
    });
  });
});

test("a queue and a subscription that were deleted are broken", async () => {
  await patient.tasks.deleteQueue({ name: patient.loadQueue });
  await patient.pubsub.subscription(patient.of("PUBSUB_SUBSCRIPTION")).delete();
  const report = await patient.doctor(["--only", "configuration,alarms"]);
  expect(report.status).toBe(1);
  const queue = `queue ${patient.of("TASKS_QUEUE_LOAD")}`;
  const broken = report.findings.filter(({ verdict }) => verdict === "broken").map(({ what }) => what);
  expect(broken).toEqual(
    expect.arrayContaining([`subscription ${patient.of("PUBSUB_SUBSCRIPTION")}`, queue]),
  );
  expect(broken.filter((what) => what === queue)).toHaveLength(2);
});
