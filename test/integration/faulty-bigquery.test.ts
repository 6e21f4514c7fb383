/** The faults that tests give a BigQuery: each is seen by Google's client, hits what it should, and ends. */
import { randomUUID } from "node:crypto";
import { BigQuery, type Table } from "@google-cloud/bigquery";
import { afterAll, beforeEach, expect, test } from "vitest";
import { JOB_ERRORS } from "#infra/local/faults/bigquery-errors.ts";
import { startFaultyBigQuery } from "#infra/local/faults/faulty-bigquery.ts";
import { isDml, isLoad } from "#infra/local/faults/job-faults.ts";
import { failure, type JobMetadata, load, localBigQuery } from "./bigquery/local-bigquery.ts";

const local = await localBigQuery();
const faulty = await startFaultyBigQuery(local.url);
const client = new BigQuery({
  projectId: "local-test",
  apiEndpoint: faulty.url,
  retryOptions: { autoRetry: false },
});
afterAll(() => faulty.close());
local.storage.objects.set("bucket/one", Buffer.from('{"id":1}\n'));
const OBJECT = ["gs://bucket/one"];

let table: Table;

beforeEach(async () => {
  const dataset = await local.dataset();
  await dataset.createTable("t", { schema: [{ name: "id", type: "INTEGER" }] });
  table = client.dataset(dataset.id ?? "").table("t");
});

const merge = () => `MERGE ${table.dataset.id}.t T USING (SELECT 7 AS id) S ON T.id = S.id
  WHEN NOT MATCHED THEN INSERT (id) VALUES (S.id)`;

async function rows(): Promise<number> {
  return (await table.getRows())[0].length;
}

async function metadataOf(jobId: string): Promise<JobMetadata> {
  const [metadata] = (await client.job(jobId).getMetadata()) as unknown as [JobMetadata];
  return metadata;
}

/** Asks with jobs.get, as the loader does. */
async function ended(jobId: string): Promise<JobMetadata> {
  for (;;) {
    const metadata = await metadataOf(jobId);
    if (metadata.status.state === "DONE") return metadata;
  }
}

async function query(sql: string, jobId: string = randomUUID()): Promise<string> {
  await client.createJob({ jobId, configuration: { query: { query: sql, useLegacySql: false } } });
  return jobId;
}

test("every MERGE fails until told otherwise, and then runs under another id", async () => {
  const rule = faulty.onJobs(isDml, { fault: "fails", error: JOB_ERRORS.billingNotEnabled });
  const jobId = await query(merge());
  expect((await ended(jobId)).status).toEqual({
    state: "DONE",
    errorResult: JOB_ERRORS.billingNotEnabled,
    errors: [JOB_ERRORS.billingNotEnabled],
  });
  expect((await failure(query(merge(), jobId))).code).toBe(409);
  expect(await rows()).toBe(0);
  expect((await load({ client }, table, OBJECT)).status).toEqual({ state: "DONE" });
  // The request that found the job there met the fault, too.
  expect(rule.hits).toBe(2);
  rule.stop();
  expect((await ended(await query(merge()))).status).toEqual({ state: "DONE" });
  expect((await metadataOf(jobId)).status.errorResult).toEqual(JOB_ERRORS.billingNotEnabled);
  expect(await rows()).toBe(2);
});

test("the destination of a load job is found at the third try", async () => {
  const rule = faulty.onJobs(isLoad, { fault: "fails", error: JOB_ERRORS.tableNotFound }, 2);
  const reasons: unknown[] = [];
  for (let attempt = 0; attempt < 3; attempt++)
    reasons.push((await load({ client }, table, OBJECT)).status.errorResult?.reason);
  expect(reasons).toEqual(["notFound", "notFound", undefined]);
  expect(rule.hits).toBe(2);
  expect(await rows()).toBe(1);
});

test("a load job answers DONE with 0 rows and has read nothing", async () => {
  const rule = faulty.onJobs(isLoad, { fault: "skips" });
  const job = await load({ client }, table, OBJECT);
  expect(job.status).toEqual({ state: "DONE" });
  expect(job.statistics.load).toMatchObject({ outputRows: "0" });
  expect(job.statistics.query).toBeUndefined();
  rule.stop();
  expect([rule.hits, await rows()]).toEqual([1, 0]);
});

test("a job lasts as long as the test wants, and was one job", async () => {
  const rule = faulty.onJobs(isDml, { fault: "lasts" });
  const jobId = await query(merge());
  expect((await metadataOf(jobId)).status).toEqual({ state: "RUNNING" });
  rule.stop();
  expect((await ended(jobId)).statistics.query).toMatchObject({ numDmlAffectedRows: "1" });
  expect(await rows()).toBe(1);
});

test.each([400, 404, 409])("jobs.insert answers %i, and there is no job", async (status) => {
  const error = { reason: "notFound", message: "Not found: Dataset local-test:d" };
  const rule = faulty.onJobs(isDml, { fault: "refused", status, error });
  const jobId = randomUUID();
  expect(await failure(query(merge(), jobId))).toMatchObject({ code: status, message: error.message });
  rule.stop();
  expect((await failure(client.job(jobId).getMetadata())).code).toBe(404);
  expect([rule.hits, await rows()]).toEqual([1, 0]);
});

test.each([
  ["nothing", {}],
  ["503", { status: 503, error: JOB_ERRORS.backendError }],
])("jobs.insert answers %s although the job runs", async (_, answer) => {
  const rule = faulty.onJobs(isDml, { fault: "unheard", ...answer });
  const jobId = randomUUID();
  await failure(query(merge(), jobId));
  rule.stop();
  expect((await ended(jobId)).status).toEqual({ state: "DONE" });
  expect([rule.hits, await rows()]).toEqual([1, 1]);
});

test("tables.get is stale", async () => {
  const rule = faulty.staleTables();
  const schema = async () =>
    ((await table.getMetadata())[0] as { schema: { fields: object[] } }).schema.fields.length;
  expect(await schema()).toBe(1);
  await table.setMetadata({ schema: "id:integer, more:string" });
  expect(await schema()).toBe(1);
  rule.stop();
  expect(await schema()).toBe(2);
  expect(rule.hits).toBeGreaterThanOrEqual(2);
});
