/** `pullhouse cost --from-deployment` on a deployment that has loaded, with and without rights and a bill. */
import { BigQuery, type TableSchema } from "@google-cloud/bigquery";
import { afterAll, beforeAll, expect, test } from "vitest";
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
import { pullhouseHere as pullhouse } from "../cli/run-command.ts";

const PROJECT = "pullhouse-local";
const BILLING = "billing.gcp_billing_export_v1_0123";
const never = new AbortController().signal;

let cloud: StandInCloud;
let faulty: FaultyBigQuery;
let bigquery: BigQuery;
beforeAll(async () => {
  cloud = await startStandInCloud(async (url) => {
    faulty = await startFaultyBigQuery(url);
    return faulty.url;
  });
  bigquery = new BigQuery({ projectId: PROJECT, apiEndpoint: faulty.url });
});
afterAll(async () => {
  await cloud.close();
  await faulty.close();
});

interface Quantity {
  readonly name: string;
  readonly counted: number | null;
  readonly assumed: number | null;
}

interface Document {
  readonly quantities: readonly Quantity[];
  readonly counted: { readonly dollars: number; readonly workload: { readonly eventsPerDay: number } };
  readonly byAssumptions: { readonly dollars: number };
  readonly billed: {
    readonly byLabel: boolean;
    readonly rest: number;
    readonly products: readonly {
      product: string;
      dollars: number;
      credits: number;
      modelled: number | null;
    }[];
  } | null;
  readonly notes: readonly string[];
  readonly bytesRead: number;
}

const cost = (...args: string[]) => pullhouse(["cost", "--from-deployment", ...args], cloud.env);

async function costJson(...args: string[]): Promise<Document> {
  const { status, out, error } = await cost("--json", ...args);
  expect([status, error]).toEqual([0, ""]);
  return JSON.parse(out) as Document;
}

const countedOf = ({ quantities }: Document) =>
  Object.fromEntries(quantities.map(({ name, counted }) => [name, counted]));

test("without the table loads it says where it looked", async () => {
  const { status, out, error } = await cost();
  expect([status, out]).toEqual([1, ""]);
  expect(error).toContain("there is no table loads in pullhouse-local.cloudevents_pull_event_recorder");
});

test("a table loads without rows leaves everything assumed, and says so", async () => {
  await cloud.ports.warehouse.ensureTable(cloud.ports.registry.loads);
  const document = await costJson();
  expect(document.counted).toMatchObject({ dollars: 0, workload: { eventsPerDay: 0 } });
  expect(document.notes).toContainEqual(expect.stringContaining("nothing was loaded"));
});

test("what the deployment counts of itself stands beside what is assumed", async () => {
  for (const inline of [true, false]) {
    for (const id of ["a", "b", "b", "c"]) await cloud.publish(pullMessage(`${id}-${inline}`));
    await drain(cloud.ports, drainLimits, never);
    await load(cloud.ports, { ...loadLimits, inline }, never);
  }
  const document = await costJson();
  const counted = countedOf(document);
  // Younger than a day: what there is counts for one.
  expect(counted).toMatchObject({ events: 6, types: 1, objects: 2, plans: 2, inline: 50, duplicates: 25 });
  expect(counted["plan rows"]).toBe(3);
  for (const name of [
    "row bytes",
    "object bytes",
    "mergeSeconds",
    "loadJobSeconds",
    "bookSeconds",
    "MERGE bytes",
  ])
    expect(counted[name], name).toBeGreaterThan(0);
  // The least is billed, which does not tell how much was read.
  expect(counted["mergeHours"]).toBeNull();
  expect(document.counted.workload.eventsPerDay).toBe(6);
  expect(document.byAssumptions.dollars).toBeGreaterThanOrEqual(0);
  expect(document.billed).toBeNull();
  expect(document.bytesRead).toBeGreaterThan(0);
  expect(document.notes).toContainEqual(expect.stringContaining("less than a day old"));
});

test("an assumption of the user's own is not replaced", async () => {
  const { out } = await cost("--json", "--assume", "mergeSeconds=77");
  expect(JSON.parse(out)).toMatchObject({ counted: { assumed: { mergeSeconds: 77 } } });
});

test("tables for people: both columns, both bills, and where they differ", async () => {
  const { status, out } = await cost();
  expect(status).toBe(0);
  for (const text of ["What was counted", "counted here", "as counted", "by assumptions", "difference"])
    expect(out).toContain(text);
  const markdown = await cost("--markdown");
  expect(markdown.out).toContain("| quantity | unit | counted here | assumed | source |");
});

test("who may not list the project's jobs gets the rest, and the role that is missing", async () => {
  const rule = faulty.onJobs(({ query }) => query?.query.includes("INFORMATION_SCHEMA.JOBS") === true, {
    fault: "refused",
    status: 403,
    error: JOB_ERRORS.accessDenied,
  });
  const document = await costJson();
  rule.stop();
  expect(rule.hits).toBeGreaterThan(0);
  expect(countedOf(document)).toMatchObject({ events: 6, mergeSeconds: null, bookSeconds: null });
  expect(document.notes).toContainEqual(expect.stringContaining("roles/bigquery.resourceViewer"));
});

test("a billing table that is not there, or no export, leaves the bill out and says why", async () => {
  const absent = await costJson("--billing-table", BILLING);
  expect(absent.billed).toBeNull();
  expect(absent.notes).toContainEqual(expect.stringContaining(`there is no table ${PROJECT}.${BILLING}`));
  const other = await costJson("--billing-table", "cloudevents_pull_event_recorder.loads");
  expect(other.notes).toContainEqual(expect.stringContaining("neither the standard nor the detailed"));
});

/** As documented: https://cloud.google.com/billing/docs/how-to/export-data-bigquery-tables/standard-usage */
const LABELS: TableSchema["fields"] = [
  { name: "key", type: "STRING" },
  { name: "value", type: "STRING" },
];
const EXPORT: TableSchema = {
  fields: [
    { name: "billing_account_id", type: "STRING" },
    {
      name: "service",
      type: "RECORD",
      fields: ["id", "description"].map((name) => ({ name, type: "STRING" })),
    },
    { name: "sku", type: "RECORD", fields: ["id", "description"].map((name) => ({ name, type: "STRING" })) },
    { name: "usage_start_time", type: "TIMESTAMP" },
    { name: "usage_end_time", type: "TIMESTAMP" },
    { name: "project", type: "RECORD", fields: ["id", "name"].map((name) => ({ name, type: "STRING" })) },
    { name: "labels", type: "RECORD", mode: "REPEATED", fields: LABELS },
    { name: "export_time", type: "TIMESTAMP" },
    { name: "cost", type: "FLOAT" },
    { name: "currency", type: "STRING" },
    { name: "currency_conversion_rate", type: "FLOAT" },
    { name: "cost_type", type: "STRING" },
    {
      name: "credits",
      type: "RECORD",
      mode: "REPEATED",
      fields: [
        { name: "name", type: "STRING" },
        { name: "amount", type: "FLOAT" },
      ],
    },
  ],
};

const usage = (
  service: string,
  cost: number,
  more: { label?: string; credit?: number; project?: string } = {},
) =>
  `SELECT STRUCT('id' AS id, '${service}' AS description) AS service,
    CURRENT_TIMESTAMP() AS usage_start_time, CURRENT_TIMESTAMP() AS export_time,
    STRUCT('${more.project ?? PROJECT}' AS id, 'name' AS name) AS project,
    [STRUCT('app' AS key, '${more.label ?? "other"}' AS value)] AS labels, ${cost}.0 AS cost, 'EUR' AS currency,
    0.5 AS currency_conversion_rate, 'regular' AS cost_type, [STRUCT('FREE' AS name, ${more.credit ?? 0}.0 AS amount)] AS credits`;

async function bill(...rows: readonly string[]): Promise<void> {
  await bigquery.query(`INSERT INTO ${BILLING} (service, usage_start_time, export_time, project, labels, cost, currency,
    currency_conversion_rate, cost_type, credits) ${rows.join(" UNION ALL ")}`);
}

test("an export without rows of the project says that it may be young", async () => {
  await bigquery.createDataset("billing");
  await bigquery
    .dataset("billing")
    .createTable("gcp_billing_export_v1_0123", { schema: EXPORT, timePartitioning: { type: "DAY" } });
  await bill(usage("Cloud Run", 9, { project: "somebody-elses" }));
  const document = await costJson("--billing-table", BILLING);
  expect(document.billed).toBeNull();
  expect(document.notes).toContainEqual(expect.stringContaining("no row of the project pullhouse-local"));
});

test("what was billed is the whole project's, and only the deployment's where its label is there", async () => {
  await bill(usage("BigQuery", 4, { credit: -1 }), usage("Cloud SQL", 8));
  const all = await costJson("--billing-table", `${PROJECT}.${BILLING}`);
  expect(all.billed).toMatchObject({ byLabel: false, rest: 0 });
  // In euros at half a euro for a dollar.
  expect(all.billed?.products).toContainEqual(
    expect.objectContaining({ product: "BigQuery", dollars: 8, credits: -2 }),
  );
  expect(all.billed?.products).toContainEqual(
    expect.objectContaining({ product: "Cloud SQL", modelled: null }),
  );

  await bill(
    usage("Cloud Run", 3, { label: "pullhouse" }),
    usage("Cloud Pub/Sub", 1, { label: "pullhouse" }),
  );
  const own = await costJson("--billing-table", BILLING);
  expect(own.billed).toMatchObject({ byLabel: true, rest: 22 });
  expect(own.billed?.products).toContainEqual(expect.objectContaining({ product: "Cloud Run", dollars: 6 }));
  expect(own.billed?.products).toContainEqual(expect.objectContaining({ product: "Pub/Sub", dollars: 2 }));
  expect(own.billed?.products.map(({ product }) => product)).not.toContain("Cloud SQL");

  const { out } = await cost("--billing-table", BILLING);
  expect(out).toContain("What Google billed, in dollars");
  expect(out).toContain("Billed are the rows with the label app=pullhouse");
});
