/** The local BigQuery under SIGKILL: a job is committed with its rows, or says that it is not. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as after } from "node:timers/promises";
import { BigQuery } from "@google-cloud/bigquery";
import { afterEach, expect, test } from "vitest";
import type { JobMetadata } from "./bigquery/local-bigquery.ts";
import { type ObjectServer, startObjectServer } from "./bigquery/object-server.ts";

const home = mkdtempSync(join(tmpdir(), "bigquery-killed-"));
const running = new Set<ChildProcess>();
const servers = new Set<ObjectServer>();

afterEach(async () => {
  for (const child of running) {
    child.kill("SIGKILL");
    await once(child, "exit");
  }
  for (const server of servers) await server.close();
  rmSync(home, { recursive: true, force: true });
});

/** The stand-in as a process of its own, as soon as it listens. */
async function start(storage: ObjectServer): Promise<{ child: ChildProcess; client: BigQuery }> {
  const child = spawn(process.execPath, ["infra/local/bigquery/main.ts"], {
    env: {
      ...process.env,
      PULLHOUSE_HOME: home,
      PULLHOUSE_BIGQUERY_PORT: "0",
      STORAGE_EMULATOR_HOST: storage.url,
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  running.add(child);
  child.once("exit", () => running.delete(child));
  for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream })) {
    const port = /listening on 127\.0\.0\.1:(\d+)/.exec(line)?.[1];
    if (port !== undefined) {
      return { child, client: new BigQuery({ projectId: "p", apiEndpoint: `http://127.0.0.1:${port}` }) };
    }
  }
  throw new Error("the process ended before it listened");
}

const ROWS = 5000;
/** From before the job begins to after it is done on this machine. */
const KILL_AFTER_MS = [0, 50, 120, 250, 600];

test("killed at any time of a load, it comes back with all rows of the job or none, and the job tells which", async () => {
  const storage = await startObjectServer();
  servers.add(storage);
  const line = (_: unknown, id: number) => `{"id":${id},"s":"${"x".repeat(200)}"}\n`;
  storage.objects.set("bucket/rows", Buffer.from(Array.from({ length: ROWS }, line).join("")));
  storage.objects.set("bucket/stuck", Buffer.from('{"id":1}\n'));
  storage.stuck.add("bucket/stuck");

  let { child, client } = await start(storage);
  const [dataset] = await client.createDataset("ds");
  await dataset.createTable("t", {
    schema: [
      { name: "id", type: "INTEGER" },
      { name: "s", type: "STRING" },
    ],
  });
  const begin = (jobId: string, object: string) =>
    client.createJob({
      jobId,
      configuration: {
        load: {
          sourceUris: [`gs://bucket/${object}`],
          sourceFormat: "NEWLINE_DELIMITED_JSON",
          destinationTable: { projectId: "p", datasetId: "ds", tableId: "t" },
        },
      },
    });

  const outcomes = new Set<string>();
  let committed = 0;
  for (const [index, delay] of KILL_AFTER_MS.entries()) {
    const jobId = `load-${index}`;
    // The first is certainly unfinished when it is killed.
    await begin(jobId, index === 0 ? "stuck" : "rows");
    await after(delay);
    child.kill("SIGKILL");
    await once(child, "exit");
    ({ child, client } = await start(storage));

    const [{ status }] = (await client.job(jobId).getMetadata()) as unknown as [JobMetadata];
    expect(status.state).toBe("DONE");
    const outcome = status.errorResult?.reason ?? "committed";
    expect(["committed", "backendError"]).toContain(outcome);
    outcomes.add(outcome);
    if (outcome === "committed") committed++;
    const [rows] = await client.query("SELECT COUNT(*) AS n FROM ds.t");
    expect(rows).toEqual([{ n: committed * ROWS }]);
  }
  // The last is certainly done before it is killed.
  await begin("load-last", "rows");
  await client
    .job("load-last")
    .getQueryResults()
    .catch(() => undefined);
  child.kill("SIGKILL");
  await once(child, "exit");
  ({ child, client } = await start(storage));
  expect((await client.query("SELECT COUNT(*) AS n FROM ds.t"))[0]).toEqual([{ n: (committed + 1) * ROWS }]);
  console.log(`of ${KILL_AFTER_MS.length} killed loads ${committed} were committed`);
  expect(outcomes).toContain("backendError");
});
