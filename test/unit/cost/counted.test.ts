/** From a deployment's counts to the model's figures, and what is printed of them. */
import { expect, test } from "vitest";
import { assumed } from "#services/cli/cost/assumptions.ts";
import { billedOf } from "#services/cli/cost/deployment/billed.ts";
import { type Counted, type Counts, countedOf } from "#services/cli/cost/deployment/counted.ts";
import type { Outcome } from "#services/cli/cost/deployment/outcome.ts";
import { quantitiesOf } from "#services/cli/cost/deployment/quantities.ts";
import { deploymentJson, renderDeployment } from "#services/cli/cost/deployment/render.ts";
import { billingTable } from "#services/cli/cost/deployment/run.ts";
import {
  billedStatement,
  type JobKind,
  type JobsRow,
  type LoadsRow,
} from "#services/cli/cost/deployment/statements.ts";
import { estimate } from "#services/cli/cost/estimate.ts";
import { PRICES } from "#services/cli/cost/prices.ts";
import { defaults } from "#services/cli/cost/settings.ts";
import type { Model } from "#services/cli/cost/usage.ts";

const MIB = 1024 ** 2;
const MONTH_DAYS = 365 / 12;

const LOADS: LoadsRow = {
  first_at: 0,
  plans: 3_000,
  merges: 3_000,
  inline_plans: 2_700,
  types: 2,
  tables: ["a", "b"],
  active_hours: 240,
  inserted: 3_000_000,
  duplicates: 0,
  objects: 6_000,
  sized_messages: 3_000_000,
  bytes: 600_000_000,
  unsized: 0,
  undrained: 0,
  drains: 2_000,
  runs: 60,
  starts: 30,
};

function jobsOf(rows: readonly JobsRow[]): ReadonlyMap<JobKind, JobsRow> {
  return new Map(rows.map((row) => [row.kind, row]));
}

const JOBS = jobsOf([
  { kind: "merge", jobs: 3_000, billed: 3_000 * 100 * MIB, seconds: 4 },
  { kind: "stage", jobs: 300, billed: 0, seconds: 9 },
  { kind: "book", jobs: 3_000, billed: 0, seconds: 2 },
  { kind: "rollup", jobs: 150, billed: 30e9, seconds: 20 },
]);
const COUNTS: Counts = {
  days: 30,
  loads: LOADS,
  stored: { rows: 9_000_000, logicalBytes: 9_000_000 * 1_213 },
  jobs: JOBS,
};

function modelOf({ workload, assumed: found, day }: Counted): Model {
  const usual = { eventBytes: 665, types: 1, windowSeconds: 40, hours: 24, retentionDays: 365, secrets: 0 };
  return {
    workload: { ...usual, ...workload },
    settings: defaults(40).settings,
    assumed: assumed(found),
    ...(day === undefined ? {} : { counted: day }),
  };
}

const pureOf = ({ workload: { eventsPerDay, retentionDays = 365 } }: Counted) =>
  modelOf({ workload: { eventsPerDay, retentionDays }, assumed: {} });

function outcomeOf(counts: Counts, more: Partial<Outcome> = {}): Outcome {
  const counted = countedOf(counts, assumed());
  const [own, pure] = [modelOf(counted), pureOf(counted)];
  return {
    project: "any-project",
    dataset: "events",
    period: { since: Date.UTC(2026, 10, 1), until: Date.UTC(2026, 11, 1) },
    days: counts.days,
    quantities: quantitiesOf(counts, counted, pure),
    own: estimate(own, PRICES, true),
    pure: estimate(pure, PRICES, true),
    notes: [],
    bytesRead: 5 * MIB,
    ...more,
  };
}

test("counts of 30 days become a day's figures and the model's assumptions", () => {
  const { workload, assumed: found, day } = countedOf(COUNTS, assumed());
  // 1,213 bytes of a row less the 213 that are not data; 9 million rows are 90 days of 100,000.
  expect(workload).toEqual({
    eventsPerDay: 100_000,
    types: 2,
    hours: 8,
    eventBytes: 1_000,
    retentionDays: 90,
  });
  expect(day).toEqual({
    drains: { windows: 2_000 / 30, ends: 2, starts: 1 },
    plans: 100,
    objects: 200,
    mergeBytes: 100 * 100 * MIB,
    rollupBytes: 1e9,
  });
  expect(found).toMatchObject({ mergeSeconds: 4, loadJobSeconds: 9, bookSeconds: 2, rollupBytes: 10_000 });
  // The model multiplies by how much larger events are than those that were measured.
  expect((found.compressedRowBytes ?? 0) * (1_000 / 665)).toBeCloseTo(200, 6);
  // Rows of a plan go as a parameter: all 100 MiB are of keys, of which a day of a type has 50,000 of 55 bytes.
  expect(found.mergeHours).toBeCloseTo((24 * 100 * MIB) / (50_000 * 55), 6);
});

test("the bill of what was counted has what was billed: MERGEs, counting days, objects", () => {
  const bill = estimate(modelOf(countedOf(COUNTS, assumed())), PRICES, false).options[0].bill;
  const quantityOf = (what: string) => bill.lines.find((line) => line.what === what)?.quantity;
  expect(quantityOf("MERGE")).toBeCloseTo((100 * 100 * MIB * MONTH_DAYS) / 2 ** 40, 9);
  expect(quantityOf("counting days")).toBeCloseTo((1e9 * MONTH_DAYS) / 2 ** 40, 9);
  // 200 objects of 590 bytes and 100,000 rows of 200 a day, for 90 days.
  expect(quantityOf("archive")).toBeCloseTo((90 * (200 * 590 + 100_000 * 200)) / 1e9, 6);
});

test("a month without events has the idle bill, whatever was counted of others", () => {
  const { options } = estimate(modelOf(countedOf(COUNTS, assumed())), PRICES, true);
  const [ours] = options;
  expect(ours.idle.lines.find(({ what }) => what === "MERGE")?.quantity).toBe(0);
  expect(ours.bill.dollars).toBeGreaterThan(ours.idle.dollars);
});

test("MERGEs that bill BigQuery's least do not tell how much of a table they read", () => {
  const jobs = jobsOf([{ kind: "merge", jobs: 3_000, billed: 3_000 * 10 * MIB, seconds: 4 }]);
  const counts = { ...COUNTS, jobs };
  const counted = countedOf(counts, assumed());
  expect(counted.assumed.mergeHours).toBeUndefined();
  expect(counted.day?.mergeBytes).toBe(100 * 10 * MIB);
  const rows = quantitiesOf(counts, counted, pureOf(counted));
  expect(rows.find(({ name }) => name === "mergeHours")).toMatchObject({
    counted: undefined,
    assumed: 1,
    source: expect.stringContaining("the least"),
  });
});

test("a staging table is no key: its bytes are taken off what a MERGE is billed", () => {
  const loads = { ...LOADS, plans: 30, inserted: 3_000_000 };
  const staged = 100_000 * 1_213;
  const billed = 30 * (staged + 50 * MIB);
  const jobs = jobsOf([{ kind: "merge", jobs: 30, billed, seconds: 4 }]);
  const { mergeHours } = countedOf({ ...COUNTS, loads, jobs }, assumed()).assumed;
  expect(mergeHours).toBeCloseTo((24 * 50 * MIB) / (50_000 * 55), 6);
});

test("without jobs and stored rows, their assumptions stay and are marked", () => {
  const counts = { days: 30, loads: LOADS };
  const counted = countedOf(counts, assumed());
  expect(Object.keys(counted.assumed)).toEqual(["compressedRowBytes"]);
  const rows = quantitiesOf(counts, counted, pureOf(counted));
  const open = rows.filter((row) => row.counted === undefined).map(({ name }) => name);
  expect(open).toEqual([
    "row bytes",
    "days kept",
    "mergeSeconds",
    "loadJobSeconds",
    "bookSeconds",
    "MERGE bytes",
    "mergeHours",
    "rollupBytes",
  ]);
  const text = renderDeployment(outcomeOf(counts), "markdown");
  expect(text).toContain("| mergeSeconds | seconds of a MERGE | assumed | 5 | INFORMATION_SCHEMA.JOBS |");
});

test("nothing loaded: no event, nothing replaced, and both bills are the same", () => {
  const nothing: LoadsRow = {
    ...LOADS,
    plans: 0,
    merges: 0,
    inline_plans: 0,
    types: 0,
    active_hours: 0,
    inserted: null,
    duplicates: null,
    objects: null,
    sized_messages: null,
    bytes: null,
    drains: 0,
    runs: 0,
    starts: 0,
  };
  const counts = { days: 30, loads: nothing };
  expect(countedOf(counts, assumed())).toEqual({ workload: { eventsPerDay: 0 }, assumed: {} });
  const { own, pure } = outcomeOf(counts);
  expect(own.options[0].bill).toEqual(pure.options[0].bill);
  expect(renderDeployment(outcomeOf(counts), "terminal")).toContain("No item differs by a cent");
});

test("objects whose bytes are not known say nothing of their size", () => {
  const loads = { ...LOADS, unsized: 1, sized_messages: null, bytes: null };
  const counts = { ...COUNTS, loads };
  const counted = countedOf(counts, assumed());
  expect(counted.assumed.compressedRowBytes).toBeUndefined();
  const rows = quantitiesOf(counts, counted, pureOf(counted));
  expect(rows.find(({ name }) => name === "object bytes")?.counted).toBeUndefined();
});

test("both bills stand beside each other, then what differs most", () => {
  const text = renderDeployment(outcomeOf(COUNTS), "markdown");
  expect(text).toContain("any-project.events, 2026-11-01 to 2026-12-01: 30 days, scaled to a month");
  expect(text).toMatch(/\| product \| item \| unit \| as counted \| by assumptions \| difference \|/);
  // Both are kept for 90 days, since that is how much is stored.
  expect(text).toContain(
    "The largest differences to the assumptions: Cloud Storage, create and list: -$2.58; BigQuery, MERGE: -$1.71;",
  );
  expect(text).toMatch(/Furthest from what is assumed is mergeHours: [\d,]+ times as much was counted\./);
  expect(text).toContain("Read: 5.0 MiB");
});

test("rows with the deployment's label are the bill, and the rest of the project is told apart", () => {
  const row = (service: string, labelled: boolean, cost: number, credits: number) => ({
    service,
    labelled,
    cost,
    credits,
    last_at: Date.UTC(2026, 10, 29),
  });
  const modelled = new Map([
    ["Cloud Run", 1.5],
    ["Pub/Sub", 0],
  ]);
  const rows = [
    row("Cloud Run", true, 3, -1),
    row("Cloud Pub/Sub", true, 0.5, -0.5),
    row("Compute Engine", false, 70, -10),
  ];
  const billed = billedOf(rows, 15, modelled);
  expect(billed).toMatchObject({ byLabel: true, rest: 60 });
  expect(billed.products).toEqual([
    { product: "Cloud Run", dollars: 3, credits: -1, monthly: (2 * MONTH_DAYS) / 15, modelled: 1.5 },
    { product: "Pub/Sub", dollars: 0.5, credits: -0.5, monthly: 0, modelled: 0 },
  ]);
  const text = renderDeployment(outcomeOf(COUNTS, { billed }), "markdown");
  expect(text).toContain("| Cloud Run | $3.00 | -$1.00 | $2.00 | $4.06 | $1.50 |");
  expect(text).toContain("with the label app=pullhouse");
  expect(text).toContain("All else of the project is $60.00 net");
});

test("without a labelled row the bill is the whole project's, and says so", () => {
  const rows = [
    { service: "Compute Engine", labelled: false, cost: 70, credits: -10, last_at: 0 },
    { service: "BigQuery", labelled: false, cost: 1, credits: 0, last_at: 5 },
  ];
  const billed = billedOf(rows, 30, new Map([["BigQuery", 2]]));
  expect(billed.products.map(({ product, modelled }) => [product, modelled])).toEqual([
    ["BigQuery", 2],
    ["Compute Engine", undefined],
  ]);
  const text = renderDeployment(outcomeOf(COUNTS, { billed }), "markdown");
  expect(text).toContain("Billed is the whole project");
  expect(JSON.parse(deploymentJson(outcomeOf(COUNTS, { billed })))).toMatchObject({
    billed: { byLabel: false, rest: 0, lastAt: "1970-01-01T00:00:00.005Z" },
  });
});

test("an export is read from the day on where its partitions are days of the export", () => {
  const sqlOf = (column?: string) =>
    billedStatement({ dataset: "b", table: "t" }, "p", { since: 0, until: 1 }, column).sql;
  expect(sqlOf("_PARTITIONTIME")).toContain("_PARTITIONTIME >= TIMESTAMP_TRUNC(@since, DAY)");
  expect(sqlOf("export_time")).toContain("export_time >= @since");
  expect(sqlOf()).toBe(sqlOf("usage_start_time"));
});

test.each([
  ["my-project.billing.gcp_billing_export_v1_01AB23", { project: "my-project", dataset: "billing" }],
  ["my-project:billing.gcp_billing_export_v1_01AB23", { project: "my-project", dataset: "billing" }],
  ["example.com:my-project.billing.t-1", { project: "example.com:my-project", dataset: "billing" }],
  ["billing.t", { dataset: "billing" }],
])("%s is a table", (text, expected) => {
  expect(billingTable(text)).toMatchObject(expected);
});

test.each(["t", "a.b.c.d`", "", "my-project.billing.t; DROP TABLE t", "P`.b.t"])("%j is no table", (text) => {
  expect(() => billingTable(text)).toThrow("project.dataset.table");
});
