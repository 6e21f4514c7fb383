/** Jobs of the local BigQuery: ids, states, results in pages, parameters. */
import { randomUUID } from "node:crypto";
import { BigQuery } from "@google-cloud/bigquery";
import { describe, expect, test } from "vitest";
import { failure, type JobMetadata, localBigQuery } from "./bigquery/local-bigquery.ts";

const local = await localBigQuery();
const { client } = local;

async function metadataOf(jobId: string): Promise<JobMetadata> {
  const [metadata] = (await client.job(jobId).getMetadata()) as unknown as [JobMetadata];
  return metadata;
}

describe("ids", () => {
  test("an id that exists is a duplicate, whether its job succeeded or failed", async () => {
    for (const query of ["SELECT 1 AS a", "SELECT nothing FROM nowhere.t"]) {
      const jobId = `job-${randomUUID()}`;
      const [job] = await client.createQueryJob({ query, jobId });
      await job.getQueryResults().catch(() => undefined);
      const error = await failure(client.createQueryJob({ query, jobId }));
      expect(error.code).toBe(409);
      expect(error.errors[0]).toMatchObject({
        reason: "duplicate",
        message: `Already Exists: Job local-test:US.${jobId}`,
      });
      expect((await metadataOf(jobId)).status.state).toBe("DONE");
    }
  });

  test("INFORMATION_SCHEMA.JOBS shows what a job was, how long it took and what it billed", async () => {
    const { id } = await local.dataset();
    await client.query(`CREATE TABLE ${id}.t AS SELECT 1 AS a`);
    const [good, bad] = [`job-${randomUUID()}`, `job-${randomUUID()}`];
    const labels = { service: "any-service" };
    const [job] = await client.createQueryJob({ query: `SELECT a FROM ${id}.t`, jobId: good, labels });
    await job.getQueryResults();
    const [other] = await client.createQueryJob({ query: "SELECT ERROR('no')", jobId: bad });
    await failure(other.getQueryResults());
    const [rows] = await client.query({
      query: `SELECT job_id, job_type, statement_type, state, error_result.reason, total_bytes_billed, labels,
          end_time >= start_time AND start_time >= creation_time AS is_in_order
        FROM \`region-us\`.INFORMATION_SCHEMA.JOBS WHERE job_id IN (@good, @bad) ORDER BY creation_time`,
      params: { good, bad },
    });
    const each = { job_type: "QUERY", state: "DONE", is_in_order: true };
    expect(rows).toMatchObject([
      {
        ...each,
        job_id: good,
        statement_type: "SELECT",
        reason: null,
        total_bytes_billed: 10 * 1024 ** 2,
        labels: [{ key: "service", value: "any-service" }],
      },
      { ...each, job_id: bad, reason: "invalidQuery", labels: [] },
    ]);
  });

  test("of twenty requests with one id at once, one starts the job", async () => {
    const jobId = `job-${randomUUID()}`;
    const answers = await Promise.allSettled(
      Array.from({ length: 20 }, () => client.createQueryJob({ query: "SELECT 1 AS a", jobId })),
    );
    expect(answers.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  });

  test("a job that there is not is notFound", async () => {
    expect((await failure(client.job("none").getMetadata())).code).toBe(404);
  });

  test("jobs are listed, newest first", async () => {
    const [job] = await client.createQueryJob({ query: "SELECT 1 AS a" });
    const [jobs] = await client.getJobs({ maxResults: 1, autoPaginate: false });
    expect(jobs.map(({ id }) => id)).toEqual([job.id]);
  });

  test("a job that is cancelled stops, and adds nothing", async () => {
    const dataset = await local.dataset();
    const [table] = await dataset.createTable("t", { schema: [{ name: "id", type: "INTEGER" }] });
    local.storage.objects.set("bucket/endless", Buffer.from('{"id":1}\n'));
    local.storage.stuck.add("bucket/endless");
    const jobId = `job-${randomUUID()}`;
    const [job] = await client.createJob({
      jobId,
      configuration: {
        load: {
          sourceUris: ["gs://bucket/endless"],
          sourceFormat: "NEWLINE_DELIMITED_JSON",
          destinationTable: { projectId: "local-test", datasetId: dataset.id ?? "", tableId: "t" },
        },
      },
    });
    expect((await metadataOf(jobId)).status.state).toBe("RUNNING");
    await job.cancel();
    await job.getQueryResults().catch(() => undefined);
    expect((await metadataOf(jobId)).status.errorResult).toMatchObject({ reason: "stopped" });
    expect((await table.getRows())[0]).toEqual([]);
  });
});

describe("results", () => {
  test("pages hold every row once, in order", async () => {
    const [job] = await client.createQueryJob({
      query: "SELECT n FROM UNNEST(GENERATE_ARRAY(1, 2500)) AS n ORDER BY n DESC",
    });
    const seen: number[] = [];
    let query: object | null = { maxResults: 1000, autoPaginate: false };
    let pages = 0;
    while (query) {
      const [rows, next] = (await job.getQueryResults(query)) as unknown as [{ n: number }[], object | null];
      seen.push(...rows.map(({ n }) => n));
      pages++;
      query = next;
    }
    expect(pages).toBe(3);
    expect(seen).toEqual(Array.from({ length: 2500 }, (_, index) => 2500 - index));
    const [tail] = await job.getQueryResults({ startIndex: "2498", autoPaginate: false });
    expect(tail).toEqual([{ n: 2 }, { n: 1 }]);
  });

  test("every type comes back as the client's own value", async () => {
    const [rows] = await client.query(`SELECT
      1 AS i, 1.5 AS f, NUMERIC '1.50' AS n, TRUE AS b, 'é' AS s, b'\\x00\\xff' AS y, DATE '2026-01-02' AS d,
      TIMESTAMP '2026-01-02 03:04:05.123456Z' AS ts, DATETIME '2026-01-02 03:04:05.5' AS dt, TIME '03:04:05' AS t,
      [1, 2] AS a, STRUCT(1 AS x, ['u'] AS y) AS r, PARSE_JSON('{"k":[1]}') AS j, CAST(NULL AS STRING) AS z`);
    expect(rows).toEqual([
      {
        i: 1,
        f: 1.5,
        n: expect.objectContaining({ s: 1, e: 0, c: [1, 5] }) as object,
        b: true,
        s: "é",
        y: Buffer.from([0, 255]),
        d: BigQuery.date("2026-01-02"),
        ts: BigQuery.timestamp("2026-01-02T03:04:05.123456Z"),
        dt: BigQuery.datetime("2026-01-02T03:04:05.500000"),
        t: BigQuery.time("03:04:05"),
        a: [1, 2],
        r: { x: 1, y: ["u"] },
        j: '{"k":[1]}',
        z: null,
      },
    ]);
  });

  test("timestamps are seconds for those who do not ask for int64", async () => {
    const [job] = await client.createQueryJob({ query: "SELECT TIMESTAMP '1969-12-31 23:59:58.5Z' AS ts" });
    await job.getQueryResults();
    const answer = await fetch(`${local.url}/bigquery/v2/projects/local-test/queries/${job.id}`);
    expect(await answer.json()).toMatchObject({
      rows: [{ f: [{ v: "-1.5" }] }],
      totalRows: "1",
      jobComplete: true,
    });
  });

  test("a long query is told to be incomplete first", async () => {
    const slow =
      "SELECT COUNT(*) AS n FROM UNNEST(GENERATE_ARRAY(1, 30000)) AS a, UNNEST(GENERATE_ARRAY(1, 3000)) AS b WHERE MOD(a * b, 7) = 3";
    const [job] = await client.createQueryJob({ query: slow });
    const path = `${local.url}/projects/local-test/queries/${job.id}`;
    expect(await (await fetch(`${path}?timeoutMs=0`)).json()).toMatchObject({ jobComplete: false });
    expect(await (await fetch(`${path}?timeoutMs=60000`)).json()).toMatchObject({ jobComplete: true });
  });

  test.each([
    "SELECT 1 AS a, 2 AS A",
    "SELECT l.a, r.a FROM (SELECT 1 AS a) AS l CROSS JOIN (SELECT 2 AS a) AS r",
    "SELECT *, 1 AS A FROM (SELECT 2 AS a)",
    "SELECT 1 AS a, 2 AS a UNION ALL SELECT 3, 4",
  ])("equal column names are refused: %s", async (sql) => {
    expect((await failure(client.query(sql))).message).toContain("Duplicate column names");
  });

  test("a dry run tells schema and bytes, and makes no job", async () => {
    const [before] = await client.getJobs();
    const [job] = await client.createQueryJob({
      query: "SELECT 1 AS a, [TIMESTAMP '2026-01-01'] AS b",
      dryRun: true,
    });
    expect(job.metadata).toMatchObject({
      statistics: {
        totalBytesProcessed: "0",
        query: {
          statementType: "SELECT",
          schema: {
            fields: [
              { name: "a", type: "INTEGER" },
              { name: "b", type: "TIMESTAMP", mode: "REPEATED" },
            ],
          },
        },
      },
    });
    expect((await failure(client.createQueryJob({ query: "SELECT nope", dryRun: true }))).code).toBe(400);
    expect((await client.getJobs())[0]).toHaveLength(before.length);
  });
});

describe("parameters", () => {
  test("named ones of every kind", async () => {
    const params = {
      s: "it's",
      n: 7,
      ts: BigQuery.timestamp("2026-01-02T03:04:05.123456Z"),
      list: ["a", "b"],
      r: { x: 1, y: "z" },
      none: null,
    };
    const [rows] = await client.query({
      query:
        "SELECT @s AS s, @n + 1 AS n, @ts AS ts, @list[OFFSET(1)] AS second, (SELECT r.y FROM (SELECT @r AS r)) AS y, @none AS none, 'b' IN UNNEST(@list) AS found",
      params,
      types: { none: "STRING" },
    });
    expect(rows).toEqual([{ s: "it's", n: 8, ts: params.ts, second: "b", y: "z", none: null, found: true }]);
  });

  test("positional ones, and empty lists with a type", async () => {
    const [rows] = await client.query({
      query: "SELECT ? AS a, ? AS b, ARRAY_LENGTH(?) AS n",
      params: [1.5, true, []],
      // The client declares lists of one type only, and takes them nested.
      types: ["FLOAT64", "BOOL", ["INT64"]] as unknown as string[],
    });
    expect(rows).toEqual([{ a: 1.5, b: true, n: 0 }]);
  });

  test("a value that is not of its type is refused", async () => {
    const error = await failure(
      client.query({ query: "SELECT @n AS n", params: { n: "x" }, types: { n: "INT64" } }),
    );
    expect(error.errors[0]).toMatchObject({ reason: "invalidQuery" });
  });
});
