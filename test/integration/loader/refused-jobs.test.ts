/** BigQuery refuses jobs for days, answers what is not so, loses tables: no event is lost, doubled, or set aside for it. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { JOB_ERRORS } from "#infra/local/faults/bigquery-errors.ts";
import { type FaultyBigQuery, startFaultyBigQuery } from "#infra/local/faults/faulty-bigquery.ts";
import { isDml, isLoad } from "#infra/local/faults/job-faults.ts";
import { drain } from "#services/batcher/drain.ts";
import { type LoadReport, load } from "#services/loader/load.ts";
import type { Clock } from "#services/shared/clock.ts";
import { pullMessage } from "#test/support/pull-message.ts";
import {
  drainLimits,
  loadLimits,
  type StandInCloud,
  startStandInCloud,
} from "#test/support/stand-in-cloud.ts";
import { pullhouseHere as pullhouse } from "../cli/run-command.ts";

const TABLE = "dev_chainguard_registry_pull_v1";
const never = new AbortController().signal;
const HOUR_MS = 3_600_000;

let bigquery: FaultyBigQuery;
let cloud: StandInCloud;
/** The loader's clock may be ahead, so that days pass in a test. */
let aheadMs = 0;
beforeEach(async () => {
  aheadMs = 0;
  cloud = await startStandInCloud(async (url) => {
    bigquery = await startFaultyBigQuery(url);
    return bigquery.url;
  });
  for (let n = 0; n < 10; n++) {
    await cloud.publish(pullMessage(`e${n}`));
    if (n === 4) await drainAll(5);
  }
  await drainAll(5);
});
afterEach(async () => {
  await cloud.close();
  await bigquery.close();
});

/** A pull may give nothing although there is something. */
async function drainAll(messages: number): Promise<void> {
  for (let done = 0; done < messages; ) done += (await drain(cloud.ports, drainLimits, never)).messages;
}

function loadOnce(): Promise<LoadReport> {
  const { clock } = cloud.ports;
  // Nobody waits for anything in these tests.
  const ahead: Clock = { now: () => clock.now() + aheadMs, sleep: async () => {} };
  return load({ ...cloud.ports, clock: ahead }, loadLimits, never);
}

const names = (prefix: string) => cloud.ports.store.list(prefix, 100);

async function expectTenRows(): Promise<void> {
  const ids = await cloud.query<{ ce_id: string }>(`SELECT ce_id FROM ${TABLE} ORDER BY ce_id`);
  expect(ids.map(({ ce_id: id }) => id)).toEqual(Array.from({ length: 10 }, (_, n) => `e${n}`));
  const books = "SELECT SUM(rows_inserted) AS inserted, SUM(duplicates) AS duplicates FROM loads";
  expect(await cloud.query(books)).toEqual([{ inserted: 10, duplicates: 0 }]);
  expect(await names("pending/")).toEqual([]);
  expect(await names("quarantine/")).toEqual([]);
  const proof = await pullhouse(["prove", "--since", "24h"], cloud.env);
  expect(proof.status, `${proof.out}${proof.error}`).toBe(0);
}

test("MERGE is refused over a weekend, and somebody deletes the staging tables", {
  timeout: 120_000,
}, async () => {
  const refused = bigquery.onJobs(isDml, { fault: "fails", error: JOB_ERRORS.quotaExceeded });
  for (let hour = 0; hour < 60; hour += 4) {
    expect(await loadOnce()).toMatchObject({ outcome: "partial", retry: false, inserted: 0 });
    const tables = await cloud.query<{ table_name: string }>(
      "SELECT table_name FROM cloudevents_pull_event_recorder_staging.INFORMATION_SCHEMA.TABLES",
    );
    for (const { table_name: name } of tables) await cloud.ports.warehouse.dropStaging(name);
    aheadMs += 4 * HOUR_MS;
  }
  expect(refused.hits).toBeGreaterThan(10);
  expect(await names("pending/")).toHaveLength(2);
  refused.stop();
  expect(await loadOnce()).toMatchObject({ outcome: "loaded", inserted: 10, duplicates: 0 });
  await expectTenRows();
});

test("a load job that ends well without having read anything is not believed", async () => {
  const blind = bigquery.onJobs(isLoad, { fault: "skips" });
  for (let round = 0; round < 3; round++) {
    expect(await loadOnce()).toMatchObject({ outcome: "partial", inserted: 0 });
    aheadMs += HOUR_MS;
  }
  expect(await names("pending/")).toHaveLength(2);
  blind.stop();
  while ((await names("pending/")).length > 0) expect(await loadOnce()).toMatchObject({ outcome: "loaded" });
  await expectTenRows();
});

test.each([
  ["a destination that is not visible yet", isLoad, JOB_ERRORS.tableNotFound],
  ["a dataset in another location", isLoad, JOB_ERRORS.wrongLocation],
  ["rights that are missing", isLoad, JOB_ERRORS.accessDenied],
  ["billing that is off", isDml, JOB_ERRORS.billingNotEnabled],
  ["a fault of BigQuery", isDml, JOB_ERRORS.backendError],
  ["a rate that was exceeded", isLoad, JOB_ERRORS.rateLimitExceeded],
] as const)("%s sets no object aside", async (_name, which, error) => {
  const rule = bigquery.onJobs(which, { fault: "fails", error }, 3);
  for (let round = 0; round < 4; round++) {
    await loadOnce();
    aheadMs += HOUR_MS;
  }
  expect(rule.hits).toBe(3);
  await expectTenRows();
});

test.each([400, 404])(
  "jobs.insert answers %i for thirty rounds: each asks little, and the plan says why",
  async (status) => {
    const rule = bigquery.onJobs(isLoad, { fault: "refused", status, error: JOB_ERRORS.tableNotFound });
    for (let round = 0; round < 30; round++) {
      expect(await loadOnce()).toMatchObject({ outcome: "partial", retry: false });
      aheadMs += HOUR_MS;
    }
    expect(rule.hits).toBe(30);
    const [name = ""] = await names("plans/");
    const plan = JSON.parse(String((await cloud.ports.store.read(name))?.bytes)) as object;
    expect(plan).toMatchObject({ attempt: 30, reason: expect.stringContaining("Not found: Table") });
    rule.stop();
    await loadOnce();
    await expectTenRows();
  },
  120_000,
);

test.each([
  ["lost", { fault: "unheard" } as const],
  ["an error", { fault: "unheard", status: 503, error: JOB_ERRORS.backendError } as const],
])("a job runs although the answer of jobs.insert is %s: nothing is doubled", async (_name, fault) => {
  const rule = bigquery.onJobs(() => true, fault, 6);
  for (let round = 0; round < 8 && (await names("pending/")).length > 0; round++) await loadOnce();
  expect(rule.hits).toBeGreaterThan(2);
  await expectTenRows();
});

test("tables that are told as they were before do no harm", async () => {
  const stale = bigquery.staleTables();
  await loadOnce();
  expect(stale.hits).toBeGreaterThan(0);
  stale.stop();
  await loadOnce();
  await expectTenRows();
});
