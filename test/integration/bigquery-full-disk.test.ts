/** The local BigQuery on a full disk: its jobs end once there is room, and an error that DuckDB cannot get over ends the process. */
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BigQuery } from "@google-cloud/bigquery";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import { startBigQueryWith } from "#infra/local/bigquery/start.ts";
import { mountSmallDisk } from "#test/support/small-disk.ts";
import { startStandInProcess } from "#test/support/stand-in-process.ts";
import type { JobMetadata } from "./bigquery/local-bigquery.ts";
import { type ObjectServer, startObjectServer } from "./bigquery/object-server.ts";

const home = mkdtempSync(join(tmpdir(), "bigquery-full-disk-"));
const DISK_BYTES = 400 * 2 ** 20;
/** Enough for DuckDB's 16 MiB of log, at which it writes a checkpoint, and not for the checkpoint beside it. */
const LEFT_BYTES = 28 * 2 ** 20;
const disk = mountSmallDisk(home, DISK_BYTES);
const isPossible = disk !== undefined;

const PROJECT = "p";
const clientOf = (port: number) =>
  new BigQuery({ projectId: PROJECT, apiEndpoint: `http://127.0.0.1:${port}`, autoRetry: false });

/** A load job of an object; it goes on when this resolves. */
const load = (client: BigQuery, jobId: string) =>
  client.createJob({
    jobId,
    configuration: {
      load: {
        sourceUris: ["gs://bucket/rows"],
        sourceFormat: "NEWLINE_DELIMITED_JSON",
        destinationTable: { projectId: PROJECT, datasetId: "ds", tableId: "t" },
        schema: { fields: [{ name: "s", type: "STRING" }] },
      },
    },
  });

async function statusOf(client: BigQuery, jobId: string): Promise<JobMetadata["status"]> {
  const [{ status }] = (await client.job(jobId).getMetadata()) as unknown as [JobMetadata];
  return status;
}

afterAll(() => {
  disk?.unmount();
  rmSync(home, { recursive: true, force: true });
});

describe.skipIf(!isPossible)(`a full disk${isPossible ? "" : " (skipped: no tmpfs may be mounted)"}`, () => {
  let storage: ObjectServer;

  beforeEach(async () => {
    storage = await startObjectServer();
  });

  afterEach(() => storage.close());

  test("a job that fails while its end cannot be written ends once there is room", async () => {
    storage.objects.set("bucket/rows", Buffer.from('{"s":"a"}\n'));
    storage.stuck.add("bucket/rows");
    const options = { port: 0, stateDir: join(home, "jobs"), storageUrl: storage.url };
    const standIn = await startBigQueryWith(options);
    try {
      const client = clientOf(standIn.port);
      await client.createDataset("ds");
      await load(client, "broken");
      disk?.fill();
      // The log's last page has room for a few rows.
      const isRefused = () =>
        client.createQueryJob({ query: "SELECT 1" }).then(
          () => false,
          () => true,
        );
      await expect.poll(isRefused).toBe(true);
      await storage.close();
      disk?.empty();
      await expect.poll(async () => (await statusOf(client, "broken")).state).toBe("DONE");
      expect((await statusOf(client, "broken")).errorResult?.reason).toBe("backendError");
      const states = async () => (await client.getJobs())[0].map(({ metadata }) => metadata.status.state);
      await expect.poll(async () => new Set(await states())).toEqual(new Set(["DONE"]));
    } finally {
      await standIn.close();
    }
  });

  test("a checkpoint that finds no room ends the process, and the next one has what was committed", {
    timeout: 120_000,
  }, async () => {
    const row = () => `{"s":"${randomBytes(1500).toString("base64")}"}\n`;
    const rows = 2000;
    storage.objects.set("bucket/rows", Buffer.from(Array.from({ length: rows }, row).join("")));
    const variables = { STORAGE_EMULATOR_HOST: storage.url };
    const first = await startStandInProcess("bigquery", home, variables);
    const client = clientOf(first.port);
    await client.createDataset("ds");
    disk?.fill(LEFT_BYTES);
    let jobs = 0;
    const over = new AbortController();
    const exited = first.exited.then(() => over.abort());
    while (!over.signal.aborted) {
      jobs++;
      await load(client, `load-${jobs}`).catch(() => undefined);
    }
    await exited;
    disk?.empty();
    const second = await startStandInProcess("bigquery", home, variables);
    try {
      const again = clientOf(second.port);
      const statuses = await Promise.all(
        Array.from({ length: jobs }, (_, index) =>
          statusOf(again, `load-${index + 1}`).catch(() => undefined),
        ),
      );
      const committed = statuses.filter((status) => status !== undefined && status.errorResult === undefined);
      expect(committed.length).toBeGreaterThan(0);
      expect(new Set(committed.map((status) => status?.state))).toEqual(new Set(["DONE"]));
      const [found] = await again.query("SELECT COUNT(*) AS n FROM ds.t");
      expect(found).toEqual([{ n: committed.length * rows }]);
    } finally {
      await second.kill();
    }
  });
});
