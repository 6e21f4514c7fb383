/** `pullhouse cost --from-deployment` on loads that the pipeline made, and on a billing export beside them. */
import { BigQuery } from "@google-cloud/bigquery";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { JOB_ERRORS } from "#infra/local/faults/bigquery-errors.ts";
import { type FaultyBigQuery, startFaultyBigQuery } from "#infra/local/faults/faulty-bigquery.ts";
import { drain } from "#services/batcher/drain.ts";
import { load } from "#services/loader/load.ts";
import { pullMessage } from "#test/support/pull-message.ts";
import {
  drainLimits,
  loadLimits,
  type StandInCloud,
  startStandInCloud,
} from "#test/support/stand-in-cloud.ts";
import { pullhouseHere, type Ran } from "../cli/run-command.ts";

const PROJECT = "pullhouse-local";
const never = new AbortController().signal;
let bigquery: FaultyBigQuery;
let cloud: StandInCloud;
let client: BigQuery;
let isOver = () => {};

beforeAll(async () => {
  cloud = await startStandInCloud(async (url) => {
    bigquery = await startFaultyBigQuery(url);
    return bigquery.url;
  });
  client = new BigQuery({ projectId: PROJECT, apiEndpoint: bigquery.url });
  for (const id of ["a", "b", "b", "c"]) await cloud.publish(pullMessage(id));
  expect((await drain(cloud.ports, drainLimits, never)).messages).toBe(4);
  await load(cloud.ports, { ...loadLimits, inline: true }, never);
  await client.createDataset("billing");
});
afterEach(() => isOver());
afterAll(async () => {
  await cloud.close();
  await bigquery.close();
});

const cost = (...args: string[]): Promise<Ran> =>
  pullhouseHere(["cost", "--from-deployment", ...args], cloud.env);

interface Document {
  readonly days: number;
  readonly quantities: readonly { readonly name: string; readonly counted: number | null }[];
  readonly counted: { readonly workload: { readonly eventsPerDay: number }; readonly dollars: number };
  readonly byAssumptions: { readonly dollars: number };
  readonly billed: null | {
    readonly byLabel: boolean;
    readonly rest: number;
    readonly products: readonly {
      readonly product: string;
      readonly dollars: number;
      readonly credits: number;
    }[];
  };
  readonly notes: readonly string[];
}

async function costJson(...args: string[]): Promise<Document> {
  const { status, out, error } = await cost("--json", ...args);
  expect({ status, error }).toEqual({ status: 0, error: "" });
  return JSON.parse(out) as Document;
}

function countedOf({ quantities }: Document, name: string): number | null {
  const found = quantities.find((quantity) => quantity.name === name);
  expect(found, name).toBeDefined();
  return found?.counted ?? null;
}

/** https://cloud.google.com/billing/docs/how-to/export-data-bigquery-tables/standard-usage, without what is not read. */
const KEY_VALUE = [
  { name: "key", type: "STRING" },
  { name: "value", type: "STRING" },
];
const EXPORT = [
  { name: "billing_account_id", type: "STRING" },
  {
    name: "service",
    type: "RECORD",
    fields: [
      { name: "id", type: "STRING" },
      { name: "description", type: "STRING" },
    ],
  },
  { name: "usage_start_time", type: "TIMESTAMP" },
  {
    name: "project",
    type: "RECORD",
    fields: [
      { name: "id", type: "STRING" },
      { name: "labels", type: "RECORD", mode: "REPEATED", fields: KEY_VALUE },
    ],
  },
  { name: "labels", type: "RECORD", mode: "REPEATED", fields: KEY_VALUE },
  { name: "export_time", type: "TIMESTAMP" },
  { name: "cost", type: "FLOAT" },
  { name: "currency", type: "STRING" },
  { name: "currency_conversion_rate", type: "FLOAT" },
  {
    name: "credits",
    type: "RECORD",
    mode: "REPEATED",
    fields: [
      { name: "name", type: "STRING" },
      { name: "amount", type: "FLOAT" },
    ],
  },
  { name: "cost_type", type: "STRING" },
];

/** Usage of now: service, label, cost, credit, and where it is not of this project, regular, and in dollars. */
type Usage = readonly [
  service: string,
  label: string,
  cost: number,
  credit: number,
  other?: { project?: string; costType?: string; rate?: number },
];

async function exportOf(
  name: string,
  usage: readonly Usage[],
  partitions: string | undefined,
): Promise<string> {
  await client.dataset("billing").createTable(name, {
    schema: { fields: EXPORT },
    ...(partitions === undefined ? {} : { timePartitioning: { type: "DAY", field: partitions } }),
  });
  for (const [service, label, dollars, credit, other = {}] of usage) {
    const { project = PROJECT, costType = "regular", rate = 1 } = other;
    await client.query(`INSERT INTO billing.${name}
      (service, usage_start_time, export_time, project, labels, cost, currency_conversion_rate, credits, cost_type)
      SELECT STRUCT('A-1' AS id, '${service}' AS description), CURRENT_TIMESTAMP(), CURRENT_TIMESTAMP(),
        STRUCT('${project}' AS id, CAST([] AS ARRAY<STRUCT<key STRING, value STRING>>) AS labels),
        [STRUCT('app' AS key, '${label}' AS value)], ${dollars.toFixed(2)}, ${rate.toFixed(1)},
        [STRUCT('free tier' AS name, ${credit.toFixed(2)} AS amount)], '${costType}'`);
  }
  return `${PROJECT}.billing.${name}`;
}

test("rows, plans, objects, bytes and the jobs' seconds are counted, and stand beside the assumptions", async () => {
  const document = await costJson();
  expect(document.days).toBe(1);
  expect(document.notes[0]).toContain("less than a day old");
  const of = (name: string) => countedOf(document, name);
  expect({ events: of("events"), plans: of("plans"), drains: of("drains"), objects: of("objects") }).toEqual({
    events: 3,
    plans: 1,
    drains: 1,
    objects: 1,
  });
  expect({ inline: of("inline"), duplicates: of("duplicates") }).toEqual({ inline: 100, duplicates: 25 });
  const [{ bytes } = { bytes: 0 }] = await cloud.query<{ bytes: number }>("SELECT bytes FROM loads");
  expect(of("object bytes")).toBe(bytes);
  const [merge] = await cloud.query<{ seconds: number; billed: number }>(
    `SELECT TIMESTAMP_DIFF(end_time, creation_time, MILLISECOND) / 1000 AS seconds, total_bytes_billed AS billed
     FROM \`region-us\`.INFORMATION_SCHEMA.JOBS WHERE STARTS_WITH(job_id, 'pullhouse-merge-')`,
  );
  expect({ seconds: of("mergeSeconds"), billed: of("MERGE bytes") }).toEqual(merge);
  expect(of("bookSeconds")).toBeGreaterThan(0);
  // Nothing was staged, and no day is over.
  expect({ staged: of("loadJobSeconds"), rollups: of("rollupBytes") }).toEqual({
    staged: null,
    rollups: null,
  });
  expect(document.counted.workload.eventsPerDay).toBe(3);
  expect(document.billed).toBeNull();
});

test("tables and sentences, for a terminal and in Markdown", async () => {
  const [terminal, markdown] = [await cost(), await cost("--markdown")];
  for (const { status, out } of [terminal, markdown]) {
    expect(status).toBe(0);
    expect(out).toContain("What was counted");
    expect(out).toContain("A month of it, in dollars");
    expect(out).toMatch(/25\.0 % of the messages were duplicates/);
    expect(out).toMatch(/Read: .*; BigQuery bills 10 MiB at least/);
  }
  expect(markdown.out).toContain("| plans | a day, one MERGE each | 1 |");
});

test("a given option or assumption is not replaced by what was counted", async () => {
  const document = await costJson("--types", "7", "--assume", "mergeSeconds=9");
  expect(document.counted).toMatchObject({ workload: { types: 7 }, assumed: { mergeSeconds: 9 } });
  expect(document.notes).toContain("Given, and so not replaced by what was counted: types, mergeSeconds.");
});

test("without the right to list jobs, their figures stay assumed, and all else is counted", async () => {
  const rule = bigquery.onJobs(({ query }) => query?.query.includes("INFORMATION_SCHEMA.JOBS") ?? false, {
    fault: "refused",
    status: 403,
    error: JOB_ERRORS.accessDenied,
  });
  isOver = () => rule.stop();
  const document = await costJson();
  expect(rule.hits).toBeGreaterThan(0);
  expect(document.notes).toContain(
    "The jobs' bytes and times are assumed: you may not list the project's jobs (bigquery.jobs.listAll, in roles/bigquery.resourceViewer).",
  );
  expect({ seconds: countedOf(document, "mergeSeconds"), plans: countedOf(document, "plans") }).toEqual({
    seconds: null,
    plans: 1,
  });
});

test("the bill by service is that of the label, of this project, net of credits and in dollars", async () => {
  const table = await exportOf(
    "labelled",
    [
      ["Cloud Run", "pullhouse", 3, -1],
      ["Cloud Pub/Sub", "pullhouse", 8, 0, { rate: 2 }],
      ["Cloud Run", "pullhouse", 50, 0, { costType: "tax" }],
      ["Cloud Run", "pullhouse", 60, 0, { project: "another-project" }],
      ["Compute Engine", "shop", 70, -10],
    ],
    "export_time",
  );
  const document = await costJson("--billing-table", table);
  const { billed } = document;
  expect(billed).toMatchObject({ byLabel: true, rest: 60 });
  const paid = billed?.products.filter(({ dollars }) => dollars > 0);
  expect(paid).toMatchObject([
    { product: "Cloud Run", dollars: 3, credits: -1 },
    { product: "Pub/Sub", dollars: 4, credits: 0 },
  ]);
  const { out } = await cost("--billing-table", table, "--markdown");
  expect(out).toContain("**What Google billed, in dollars**");
  expect(out).toContain("All else of the project is $60.00 net");
});

test("a table without partitions and labels of ours: all of it is read, and it is the whole project", async () => {
  const table = await exportOf("whole", [["Compute Engine", "shop", 70, -10]], undefined);
  const { billed, notes } = await costJson("--billing-table", table);
  expect(billed).toMatchObject({ byLabel: false, rest: 0 });
  expect(notes.join("\n")).toContain(`${table} has no partitions, as an export has them`);
});

test("an export that is not there, is none, or has no row yet leaves the bill out and says why", async () => {
  const empty = await exportOf("empty", [], "export_time");
  await client.query("CREATE TABLE billing.other (service STRING, cost FLOAT64)");
  for (const [table, why] of [
    ["billing.none", "there is no table pullhouse-local.billing.none, or you may not see it"],
    ["nowhere.none", "pullhouse-local.nowhere.none"],
    [
      "billing.other",
      "lacks usage_start_time, project, labels, credits, currency_conversion_rate, cost_type",
    ],
    [empty, "has no row of the project pullhouse-local in these days"],
  ] as const) {
    const { billed, notes, quantities } = await costJson("--billing-table", table);
    expect(billed).toBeNull();
    expect(notes.filter((note) => note.startsWith("The bill is left out"))).toEqual([
      expect.stringContaining(why),
    ]);
    expect(quantities.length).toBeGreaterThan(10);
  }
});

test("no table loads: that is all it says; one without a row: all is assumed", async () => {
  const missing = await cost("--dataset", "billing");
  expect(missing).toMatchObject({ status: 1, out: "" });
  expect(missing.error).toContain("there is no table loads in pullhouse-local.billing");

  await client.createDataset("young");
  await client.query(
    `CREATE TABLE young.loads AS SELECT * FROM cloudevents_pull_event_recorder.loads WHERE FALSE`,
  );
  const { notes, counted, byAssumptions } = await costJson("--dataset", "young");
  expect(notes.join("\n")).toContain("The table loads has no row of these days");
  expect(counted.workload.eventsPerDay).toBe(0);
  expect(counted.dollars).toBe(byAssumptions.dollars);
});

test("loads of an older version without sizes and times are left out there, and it says so", async () => {
  await client.createDataset("older");
  await client.query(`CREATE TABLE older.loads AS SELECT * FROM cloudevents_pull_event_recorder.loads`);
  await client.query("UPDATE older.loads SET bytes = NULL, oldest_drained_at = NULL WHERE TRUE");
  const document = await costJson("--dataset", "older");
  expect(document.notes.join("\n")).toContain("1 of 1 loads do not say how large their objects are");
  expect(document.notes.join("\n")).toContain("1 of 1 loads do not say when their objects were drained");
  for (const name of ["object bytes", "drains", "hours"]) expect(countedOf(document, name)).toBeNull();
  expect(countedOf(document, "plans")).toBe(1);
});

test("with nobody there to ask, it says what to start", async () => {
  const nobody = { ...cloud.env, BIGQUERY_EMULATOR_HOST: "http://127.0.0.1:1" };
  const { status, error } = await pullhouseHere(["cost", "--from-deployment"], nobody);
  expect(status).toBe(1);
  expect(error).toContain("nothing answers at http://127.0.0.1:1");
});
