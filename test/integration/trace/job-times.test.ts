/** What is made of BigQuery's answers about a job. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { createQuestioner } from "#services/shared/gcp/query.ts";

/** @returns what the question for a job's times comes to, when BigQuery answers so */
async function timesAfter(status: number, body: object): Promise<unknown> {
  const server = createServer((_, response) => {
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  try {
    const { port } = server.address() as AddressInfo;
    const questioner = createQuestioner({ project: "p", address: `http://127.0.0.1:${port}` });
    return await questioner.jobTimes("pullhouse-merge-x-a0");
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => {
      server.close(resolve);
    });
  }
}

const error = (code: number, reason: string) => ({
  error: { code, message: reason, errors: [{ reason, message: reason }] },
});

test("a job that is done has a beginning and an end, one that runs only a beginning", async () => {
  const startTime = String(Date.UTC(2026, 10, 21));
  const endTime = String(Date.UTC(2026, 10, 21, 0, 0, 2));
  const startedAt = "2026-11-21T00:00:00.000Z";
  expect(await timesAfter(200, { statistics: { startTime, endTime } })).toEqual({
    startedAt,
    endedAt: "2026-11-21T00:00:02.000Z",
  });
  expect(await timesAfter(200, { statistics: { startTime } })).toEqual({ startedAt });
});

test("of a job that is not there, or not ours to see, nothing is known", async () => {
  expect(await timesAfter(404, error(404, "notFound"))).toBeUndefined();
  expect(await timesAfter(403, error(403, "accessDenied"))).toBeUndefined();
});

test("a question whose job still runs after ten seconds is waited for", async () => {
  const answers = [
    { jobReference: { projectId: "p", jobId: "j" }, status: { state: "RUNNING" }, configuration: {} },
    { jobComplete: false },
    { jobComplete: false },
    { jobComplete: true, schema: { fields: [{ name: "n", type: "INTEGER" }] }, rows: [{ f: [{ v: "7" }] }] },
  ];
  const server = createServer((_, response) => {
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(answers.shift()));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  try {
    const { port } = server.address() as AddressInfo;
    const questioner = createQuestioner({ project: "p", address: `http://127.0.0.1:${port}` });
    const { rows } = await questioner.ask({ sql: "SELECT 7 AS n" });
    const read = [];
    for await (const row of rows) read.push(row);
    expect(read).toEqual([{ n: 7 }]);
    expect(answers).toEqual([]);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => {
      server.close(resolve);
    });
  }
});

test("a BigQuery that fails is not taken for a job that is not there", async () => {
  await expect(timesAfter(500, error(500, "backendError"))).rejects.toMatchObject({
    code: "WAREHOUSE_UNAVAILABLE",
  });
});
