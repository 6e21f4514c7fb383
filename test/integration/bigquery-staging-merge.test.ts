/** A MERGE that checks its staging table itself: whole, or an error and no row. */
import type { Dataset } from "@google-cloud/bigquery";
import { beforeEach, describe, expect, test } from "vitest";
import { failure, type JobMetadata, localBigQuery } from "./bigquery/local-bigquery.ts";

const local = await localBigQuery();
const { client } = local;
const NOT_WHOLE = "the staging table has not the rows of its load jobs";
const COLUMNS =
  "ce_source STRING, ce_id STRING, ce_time TIMESTAMP, received_at TIMESTAMP, data_digest STRING, body STRUCT<tag STRING>, parts ARRAY<INT64>, extra JSON";

let target: Dataset;
let staging: Dataset;

beforeEach(async () => {
  [target, staging] = [await local.dataset(), await local.dataset()];
  await client.query(
    `CREATE TABLE ${target.id}.t (${COLUMNS}, loaded_at TIMESTAMP) PARTITION BY DATE(ce_time)`,
  );
  await client.query(`CREATE TABLE ${staging.id}.staging_x (${COLUMNS})`);
});

/** One staged row; of equal ids, the one that was received first is to stay. */
async function stage(id: string, second: number): Promise<void> {
  await client.query(`INSERT INTO ${staging.id}.staging_x VALUES ('cgr', '${id}', TIMESTAMP '2026-11-19 12:00:00Z',
    TIMESTAMP_SECONDS(${second}), 'sha256:${second}', STRUCT('v${second}'), [1, 2], JSON '{"a": 1}')`);
}

const names = "ce_source, ce_id, ce_time, received_at, data_digest, body, parts, extra".split(", ");
const insert =
  () => `WHEN NOT MATCHED THEN INSERT (${names.map((name) => `\`${name}\``).join(", ")}, loaded_at)
  VALUES (${names.map((name) => `S.\`${name}\``).join(", ")}, CURRENT_TIMESTAMP())`;
const on = `T.ce_source = S.ce_source AND T.ce_id = S.ce_id AND (
  T.ce_time >= TIMESTAMP '2026-11-18 00:00:00Z' AND T.ce_time < TIMESTAMP '2026-11-20 00:00:00Z'
  OR T.ce_time >= TIMESTAMP '2020-01-01 00:00:00Z' AND T.ce_time < TIMESTAMP '2020-01-02 00:00:00Z' OR T.ce_time IS NULL)`;
const first = (alias: string) =>
  `QUALIFY ROW_NUMBER() OVER (PARTITION BY ${alias}ce_source, ${alias}ce_id ORDER BY ${alias}received_at, ${alias}data_digest) = 1`;

/** The rows joined to the one row of the check. */
const joined = (rows: number) => `MERGE \`local-test.${target.id}.t\` T USING (
  SELECT S.* EXCEPT (staged)
  FROM (SELECT IF(COUNT(*) = ${rows}, 1, ERROR('${NOT_WHOLE}')) AS whole FROM \`local-test.${staging.id}.staging_x\`) AS W
  LEFT JOIN (SELECT *, 1 AS staged FROM \`local-test.${staging.id}.staging_x\`) AS S ON W.whole = S.staged
  WHERE W.whole = 1
  ${first("S.")}
) S ON ${on} ${insert()}`;

/** The rows, and a check that adds none. */
const appended = (rows: number) => `MERGE \`local-test.${target.id}.t\` T USING (
  SELECT * FROM \`local-test.${staging.id}.staging_x\` WHERE TRUE
  ${first("")}
  UNION ALL
  SELECT ${names.map(() => "NULL").join(", ")}
  FROM (SELECT COUNT(*) AS staged FROM \`local-test.${staging.id}.staging_x\`)
  WHERE IF(staged = ${rows}, FALSE, ERROR('${NOT_WHOLE}'))
) S ON ${on} ${insert()}`;

async function run(query: string): Promise<JobMetadata> {
  const [job] = await client.createQueryJob(query);
  await job.getQueryResults();
  const [metadata] = (await job.getMetadata()) as unknown as [JobMetadata];
  return metadata;
}

async function rows(): Promise<readonly unknown[]> {
  const [found] = await client.query(`SELECT ce_id, body.tag FROM ${target.id}.t ORDER BY ce_id`);
  return found as unknown[];
}

describe.each([
  ["joins the check", joined],
  ["appends the check", appended],
])("a source that %s", (_, merge) => {
  test("whole: each event once, and the job says how many; again: none", async () => {
    for (const [id, second] of [
      ["a", 2],
      ["a", 1],
      ["b", 3],
    ] as const)
      await stage(id, second);
    const counts = (inserted: number) => ({
      statementType: "MERGE",
      numDmlAffectedRows: String(inserted),
      dmlStats: { insertedRowCount: String(inserted), updatedRowCount: "0", deletedRowCount: "0" },
    });
    expect((await run(merge(3))).statistics.query).toMatchObject(counts(2));
    expect(await rows()).toEqual([
      { ce_id: "a", tag: "v1" },
      { ce_id: "b", tag: "v3" },
    ]);
    expect((await run(merge(3))).statistics.query).toMatchObject(counts(0));
  });

  test.each([0, 1, 2, 4])("%i of three rows: the query fails and adds none", async (staged) => {
    for (let at = 0; at < staged; at++) await stage(`e${at}`, at);
    const error = await failure(run(merge(3)));
    expect(error.code).toBe(400);
    expect(error.errors[0]).toMatchObject({
      reason: "invalidQuery",
      message: expect.stringContaining(NOT_WHOLE) as string,
    });
    expect(await rows()).toEqual([]);
  });

  test("missing: notFound, with a dry run as without", async () => {
    await staging.table("staging_x").delete();
    const notFound = {
      code: 404,
      message: expect.stringContaining(`local-test:${staging.id}.staging_x`) as string,
    };
    expect(await failure(run(merge(3)))).toMatchObject(notFound);
    expect(await failure(client.createQueryJob({ query: merge(3), dryRun: true }))).toMatchObject(notFound);
  });

  test("a dry run looks the tables up, evaluates nothing and makes no job", async () => {
    await stage("a", 1);
    const [before] = await client.getJobs();
    const [job] = await client.createQueryJob({ query: merge(3), dryRun: true });
    const { status, statistics, jobReference } = job.metadata as JobMetadata & {
      jobReference: { jobId?: string };
    };
    expect(status).toEqual({ state: "DONE" });
    expect(statistics.query).toMatchObject({
      statementType: "MERGE",
      totalBytesProcessed: expect.stringMatching(/^[1-9]\d*$/) as string,
      referencedTables: expect.arrayContaining([
        { projectId: "local-test", datasetId: target.id, tableId: "t" },
        { projectId: "local-test", datasetId: staging.id, tableId: "staging_x" },
      ]) as unknown[],
    });
    expect(jobReference.jobId).toBeUndefined();
    expect((await client.getJobs())[0]).toHaveLength(before.length);
    expect(await rows()).toEqual([]);
  });
});

test("of an empty staging table that is to be empty, only the appended check makes no row of NULLs", async () => {
  expect((await run(appended(0))).statistics.query).toMatchObject({ numDmlAffectedRows: "0" });
  expect((await run(joined(0))).statistics.query).toMatchObject({ numDmlAffectedRows: "1" });
});
