/** Jobs of the local BigQuery that take as long as PULLHOUSE_JOB_SECONDS has it; here the test says when that is over. */
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BigQuery, type BigQueryTimestamp, type Dataset } from "@google-cloud/bigquery";
import { beforeEach, expect, test } from "vitest";
import { jobSecondsFrom, type Sleep } from "#infra/local/bigquery/job-seconds.ts";
import { startBigQueryWith } from "#infra/local/bigquery/start.ts";
import { type JobMetadata, localBigQuery } from "./bigquery/local-bigquery.ts";

interface Asleep {
  readonly ms: number;
  end(): void;
}

const asleep: Asleep[] = [];
const waiting: ((one: Asleep) => void)[] = [];

const sleep: Sleep = (ms, signal) =>
  new Promise((resolve, reject) => {
    signal.addEventListener("abort", () => reject(new DOMException("aborted", "AbortError")));
    const one = { ms, end: resolve };
    const next = waiting.shift();
    if (next) next(one);
    else asleep.push(one);
  });

/** The next job that has done its work and waits for the end of its time. */
async function nextAsleep(): Promise<Asleep> {
  return asleep.shift() ?? new Promise((resolve) => waiting.push(resolve));
}

let nowMs = Date.now();
const jobSeconds = jobSecondsFrom({ PULLHOUSE_JOB_SECONDS: "load=2-10,merge=2-8,seed=1" }, randomUUID);
const local = await localBigQuery({ now: () => nowMs, jobSeconds, sleep });
const { client } = local;

const SCHEMA = [
  { name: "id", type: "INTEGER" },
  { name: "at", type: "TIMESTAMP" },
];

let dataset: Dataset;

beforeEach(async () => {
  asleep.length = 0;
  dataset = await local.dataset();
  await dataset.createTable("t", { schema: SCHEMA });
  local.storage.objects.set("bucket/rows", Buffer.from('{"id":1}\n'));
});

async function metadataOf(jobId: string, of = client): Promise<JobMetadata> {
  const [metadata] = (await of.job(jobId).getMetadata()) as unknown as [JobMetadata];
  return metadata;
}

async function doneMetadataOf(jobId: string): Promise<JobMetadata> {
  // Waits inside of the service; what a job that failed says is in its metadata.
  await client
    .job(jobId)
    .getQueryResults()
    .catch(() => undefined);
  return metadataOf(jobId);
}

async function beginLoad(of = client, datasetId = dataset.id ?? "", tableId = "t"): Promise<string> {
  const [{ id = "" }] = await of.createJob({
    jobId: `job-${randomUUID()}`,
    configuration: {
      load: {
        sourceUris: ["gs://bucket/rows"],
        sourceFormat: "NEWLINE_DELIMITED_JSON",
        destinationTable: { projectId: "local-test", datasetId, tableId },
      },
    },
  });
  return id;
}

async function beginMerge(tableId = "t"): Promise<string> {
  const [{ id = "" }] = await client.createQueryJob({
    query: `MERGE ${dataset.id}.${tableId} T USING (SELECT id FROM UNNEST(@ids) AS id) S ON T.id = S.id
      WHEN NOT MATCHED THEN INSERT (id, at) VALUES (S.id, CURRENT_TIMESTAMP())`,
    params: { ids: [1] },
  });
  return id;
}

const rows = async () =>
  (await client.query(`SELECT * FROM ${dataset.id}.t`))[0] as { at: BigQueryTimestamp }[];

test.each([
  { kind: "a load", begin: () => beginLoad(), mostMs: 10_000 },
  { kind: "a MERGE of a parameter's rows", begin: () => beginMerge(), mostMs: 8_000 },
])(
  "$kind is RUNNING and cannot be seen until its time is over, then it is DONE",
  async ({ begin, mostMs }) => {
    const startedMs = nowMs;
    const jobId = await begin();
    const job = await nextAsleep();
    expect(job.ms).toBeGreaterThanOrEqual(2_000);
    expect(job.ms).toBeLessThanOrEqual(mostMs);
    nowMs += job.ms;
    expect((await metadataOf(jobId)).status).toEqual({ state: "RUNNING" });
    expect(await rows()).toEqual([]);
    job.end();
    expect(await doneMetadataOf(jobId)).toMatchObject({
      status: { state: "DONE" },
      statistics: { startTime: String(startedMs), endTime: String(startedMs + job.ms) },
    });
    expect(await rows()).toHaveLength(1);
  },
);

test("CURRENT_TIMESTAMP of a MERGE is when it began, not when its time is over", async () => {
  const jobId = await beginMerge();
  const job = await nextAsleep();
  const [[meanwhile]] = (await client.query("SELECT CURRENT_TIMESTAMP() AS at")) as [
    { at: BigQueryTimestamp }[],
  ];
  job.end();
  await doneMetadataOf(jobId);
  const [row] = await rows();
  expect(Date.parse(row?.at.value ?? "")).toBeLessThanOrEqual(Date.parse(meanwhile?.at.value ?? ""));
});

test("jobs take their time beside each other, and end in the order of their ends", async () => {
  await dataset.createTable("other", { schema: SCHEMA });
  const merge = await beginMerge();
  const first = await nextAsleep();
  const load = await beginLoad(client, dataset.id, "other");
  const second = await nextAsleep();
  second.end();
  expect((await doneMetadataOf(load)).status).toEqual({ state: "DONE" });
  expect((await metadataOf(merge)).status).toEqual({ state: "RUNNING" });
  first.end();
  expect((await doneMetadataOf(merge)).status).toEqual({ state: "DONE" });
});

test("statements without a time of theirs take none", async () => {
  await client.query(`INSERT INTO ${dataset.id}.t (id) VALUES (7)`);
  expect(await rows()).toHaveLength(1);
  expect(asleep).toEqual([]);
});

test.each([
  { kind: "a load", begin: () => beginLoad() },
  { kind: "a MERGE", begin: () => beginMerge() },
])("$kind that is cancelled before its time is over says so, and adds nothing", async ({ begin }) => {
  const jobId = await begin();
  await nextAsleep();
  await client.job(jobId).cancel();
  expect((await doneMetadataOf(jobId)).status.errorResult).toMatchObject({ reason: "stopped" });
  expect(await rows()).toEqual([]);
});

test("a shutdown waits for no job's time: the next start says that nothing was committed", async () => {
  const stateDir = mkdtempSync(join(tmpdir(), "bigquery-"));
  const start = async () => {
    const standIn = await startBigQueryWith({
      port: 0,
      stateDir,
      storageUrl: local.storage.url,
      jobSeconds,
      sleep,
    });
    const apiEndpoint = `http://127.0.0.1:${standIn.port}`;
    return { standIn, client: new BigQuery({ projectId: "local-test", apiEndpoint }) };
  };
  const before = await start();
  await before.client.createDataset("ds");
  await before.client.dataset("ds").createTable("t", { schema: SCHEMA });
  const jobId = await beginLoad(before.client, "ds");
  await nextAsleep();
  await before.standIn.close();
  const after = await start();
  expect((await metadataOf(jobId, after.client)).status.errorResult).toMatchObject({
    reason: "backendError",
  });
  expect((await after.client.query("SELECT * FROM ds.t"))[0]).toEqual([]);
  await after.standIn.close();
  rmSync(stateDir, { recursive: true });
});
