/** `pullhouse doctor` on what deletes by itself, and on loads that fail until it does. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { about, type Patient, startPatient } from "./patient.ts";

let patient: Patient;

beforeAll(async () => {
  patient = await startPatient();
});
afterAll(() => patient?.stop());

async function put(name: string, content: string): Promise<void> {
  await patient.pipeline.bucket.file(name).save(content, { resumable: false });
}

describe("clocks that delete", () => {
  const only = ["--only", "configuration"];

  test("a subscription that loses messages is said to, by each of its settings", async () => {
    const topic = "other-topic";
    await patient.pubsub.createTopic(topic);
    await patient.pubsub.createSubscription(topic, "careless", {
      messageRetentionDuration: { seconds: 3600 },
    });
    const report = await patient.doctor(only, { PUBSUB_SUBSCRIPTION: "careless" });
    const found = report.findings.filter(({ what }) => what === "subscription careless");
    expect(found.map(({ verdict }) => verdict)).toEqual(["broken", "look", "look"]);
    expect(found.map(({ found }) => found).join("\n")).toMatch(
      /other-topic.*\n.*0\.0 days.*\n.*no dead-letter topic/,
    );
  });

  test("dead letters that are kept for less than an outage may last are to be looked at", async () => {
    const [letters, events] = ["brief-letters", "careful"];
    await patient.pubsub.createTopic(letters);
    await patient.pubsub.createSubscription(letters, letters);
    await patient.pubsub.createSubscription(patient.of("PUBSUB_TOPIC"), events, {
      messageRetentionDuration: { seconds: 31 * 86_400 },
      deadLetterPolicy: {
        deadLetterTopic: `projects/${patient.of("GOOGLE_CLOUD_PROJECT")}/topics/${letters}`,
        maxDeliveryAttempts: 100,
      },
    });
    const report = await patient.doctor(only, { PUBSUB_SUBSCRIPTION: events });
    expect(about(report, `subscription ${letters}`)).toMatchObject({
      verdict: "look",
      found: "it keeps dead letters for 7.0 days: one that nobody fetches by then is lost",
    });
  });

  test("a rule that deletes what may still wait is broken, one that outlasts every outage is fine", async () => {
    const name = "tidy";
    const bucket = patient.pipeline.bucket.storage.bucket(name);
    const rule = (age: number, ...matchesPrefix: string[]) => ({
      action: { type: "Delete" },
      condition: { age, ...(matchesPrefix.length === 0 ? {} : { matchesPrefix }) },
    });
    const foundFor = async (...rules: object[]) => {
      await bucket.setMetadata({ lifecycle: { rule: rules as never } });
      const { findings } = await patient.doctor([...only, "--bucket", name]);
      return findings.filter(({ what }) => what === `bucket ${name}`);
    };
    await bucket.create();
    const old = { action: { type: "Delete" }, condition: { daysSinceNoncurrentTime: 1 } };
    const colder = { action: { type: "SetStorageClass" }, condition: { age: 1 } };
    expect(await foundFor(rule(31, "events/"), rule(1, "builds/"), old, colder)).toMatchObject([
      { verdict: "ok" },
    ]);
    const found = await foundFor(rule(14, "events/"), rule(400), rule(60, "spill/"));
    expect(found.map(({ verdict, found }) => `${verdict}: ${found.split(":")[0]}`)).toEqual([
      "broken: a lifecycle rule deletes from events/ after 14 days",
      "broken: a lifecycle rule deletes from pending/, plans/, spill/, trials/ after 400 days",
      "broken: a lifecycle rule deletes from spill/ after 60 days",
    ]);
  });

  test("a staging dataset without an expiration, or elsewhere, is said to", async () => {
    const { bigQuery } = patient.dataset;
    await bigQuery.createDataset("staging_for_good");
    await bigQuery.createDataset("staging_of_a_day", { defaultTableExpirationMs: "86400000" });
    await bigQuery.createDataset("staging_in_tokyo", { location: "asia-northeast1" });
    const verdict = async (dataset: string) =>
      about(await patient.doctor(only, { BIGQUERY_STAGING_DATASET: dataset }), `dataset ${dataset}`);
    expect(await verdict("staging_for_good")).toMatchObject({
      verdict: "look",
      advice: expect.stringContaining("--default_table_expiration=604800 "),
    });
    expect(await verdict("staging_of_a_day")).toMatchObject({
      verdict: "look",
      found: "its tables expire after 24 h: a load that is held up for longer begins again",
    });
    expect(await verdict("staging_in_tokyo")).toMatchObject({ verdict: "broken" });
    expect(await verdict(patient.of("BIGQUERY_STAGING_DATASET"))).toMatchObject({
      verdict: "ok",
      found: "in US, its tables expire after 7 days",
    });
  });

  test("rows that go before an outage may be over, and a table that goes as a whole, are said to", async () => {
    const name = "harbor_scan_stopped";
    const table = patient.dataset.table(name);
    const of = async (days: number) => {
      const expirationMs = String(days * 86_400_000);
      await table.setMetadata({ timePartitioning: { type: "DAY", field: "ce_time", expirationMs } });
      const { findings } = await patient.doctor(only);
      return findings.find(({ found }) => found.includes("after their ce_time"));
    };
    expect(await of(30)).toMatchObject({ verdict: "look", found: expect.stringContaining("1 tables are") });
    expect(await of(400)).toMatchObject({ verdict: "ok" });
    await table.setMetadata({ expirationTime: String(Date.now() + 86_400_000) });
    expect(about(await patient.doctor(only), `table ${name}`)).toMatchObject({
      verdict: "broken",
      found: expect.stringMatching(/^the whole table is deleted at 2/),
    });
    await table.delete();
  });
});

test("a load that fails says of which type, since when, of how many objects and why", async () => {
  await patient.tasks.pauseQueue({ name: patient.loadQueue });
  const since = new Date(Date.now() - 3_600_000 * 3).toISOString();
  const plan = (type: string, more: object) =>
    put(
      `plans/${type}.json`,
      JSON.stringify({ id: "01", type, objects: [{}, {}], createdAt: since, ...more }),
    );
  await plan("first.try", { attempt: 0, since });
  await plan("old.try", { attempt: 3, since, reason: "merge refused: notFound: Dataset p:d" });
  await plan("new.try", { attempt: 1, since: new Date().toISOString(), reason: "accessDenied: no right" });
  // Before it knew its attempts.
  await plan("before", {});
  const { findings } = await patient.doctor(["--only", "lag"]);
  const failing = findings.filter(({ what }) => what.startsWith("loads of"));
  expect(failing).toEqual([
    expect.objectContaining({
      verdict: "look",
      what: "loads of new.try",
      advice: expect.stringContaining("dataEditor"),
    }),
    {
      check: "lag",
      verdict: "broken",
      what: "loads of old.try",
      found: "2 objects wait for 3 h, 3 plans failed: merge refused: notFound: Dataset p:d",
      advice: expect.stringContaining("--only configuration"),
    },
  ]);
  await patient.pipeline.bucket.deleteFiles({ prefix: "plans/" });
  await patient.tasks.resumeQueue({ name: patient.loadQueue });
});
