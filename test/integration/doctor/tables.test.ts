/** `pullhouse doctor --only configuration` on tables and views that are not as their files say. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { about, type Patient, startPatient } from "./patient.ts";

const only = ["--only", "configuration"];
let patient: Patient;

beforeAll(async () => {
  patient = await startPatient();
});
afterAll(() => patient?.stop());

test("columns of another type are broken; missing ones, added ones and tables to come are to be looked at", async () => {
  const [changed, gone] = ["harbor_tag_created", "harbor_quota_warned"] as const;
  const [{ schema }] = await patient.dataset.table(changed).getMetadata();
  const fields = (schema as { fields: { name: string; type: string }[] }).fields
    .filter(({ name }) => name !== "ce_actor")
    .map((field) => (field.name === "ce_subject" ? { ...field, type: "INTEGER" } : field));
  await patient.dataset.table(changed).delete();
  await patient.dataset.createTable(changed, {
    schema: { fields: [...fields, { name: "by_hand", type: "STRING" }] },
  });
  await patient.dataset.table(gone).delete();
  await patient.dataset.table("pulls_daily").delete();
  const report = await patient.doctor(only);
  expect(report.status).toBe(1);
  const found = report.findings.filter(({ what }) => what === `table ${changed}`);
  expect(found.map(({ verdict, found }) => `${verdict}: ${found}`)).toEqual([
    "broken: ce_subject is INTEGER, should be STRING: its loads are refused, and their objects wait",
    "look: ce_actor is missing",
    "look: by_hand is in no schema file",
    "look: it is not partitioned by day on ce_time: every query and MERGE reads all of it",
  ]);
  expect(about(report, "tables")?.found).toMatch(/^1 of \d+ are not there: harbor_quota_warned$/);
  expect(about(report, "views")).toMatchObject({ verdict: "look", found: "pulls_daily is missing" });
});

test("a table of counts is to be looked at, and what says that they are there goes with it", async () => {
  const { dataset } = patient;
  const place = `${patient.of("GOOGLE_CLOUD_PROJECT")}:${patient.of("BIGQUERY_DATASET")}`;
  const drop = (name: string) => `bq rm -f -t ${place}.${name}`;
  const [{ schema }] = await dataset.table("daily_errors").getMetadata();
  const { fields } = schema as { fields: { name: string; type: string }[] };
  for (const name of ["daily_errors", "daily_tags"]) await dataset.table(name).delete();
  await dataset.createTable("daily_errors", {
    schema: {
      fields: fields
        .filter(({ name }) => name !== "last_seen")
        .map((field) => (field.name === "errors" ? { ...field, type: "STRING" } : field)),
    },
  });
  const found = async () =>
    (await patient.doctor(only)).findings
      .filter(({ what, found }) => what === "table daily_errors" || found.includes("daily_tags"))
      .map(({ verdict, found, advice }) => `${verdict}: ${found} → ${advice}`);
  const again = "the loader makes what is missing and counts the days again, at once with `pullhouse rollup`";
  const both = `${drop("daily_errors")} && ${drop("rolled_up")}; ${again}`;
  expect(await found()).toEqual([
    `look: errors is STRING, should be INTEGER: no day is counted, and questions read events → ${both}`,
    "look: last_seen is missing → the loader adds it when it next counts a day, at once with `pullhouse rollup`",
    `look: it is not partitioned by day on day: every question and every count reads all of it → ${both}`,
    expect.stringMatching(`1 of \\d+ are not there: daily_tags → ${drop("rolled_up")}; ${again}$`),
  ]);
  await dataset.table("rolled_up").delete();
  expect((await found()).at(-1)).toMatch(
    /2 of \d+ are not there: daily_tags, rolled_up → the loader makes .*; questions read events until then$/,
  );
});
