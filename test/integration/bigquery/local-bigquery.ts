/** A local BigQuery in this process with its official client and an object server, removed after the test file. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BigQuery, type Dataset, type Table } from "@google-cloud/bigquery";
import { afterAll } from "vitest";
import { type BigQueryOptions, startBigQueryWith } from "#infra/local/bigquery/start.ts";
import { type ObjectServer, startObjectServer } from "./object-server.ts";

export interface LocalBigQuery {
  readonly url: string;
  readonly client: BigQuery;
  readonly storage: ObjectServer;
  readonly stateDir: string;
  /** An empty dataset of its own. */
  dataset(): Promise<Dataset>;
}

let datasets = 0;

/** @param options what a test decides instead of the machine: the clock, how long jobs take */
export async function localBigQuery(
  options: Pick<BigQueryOptions, "now" | "jobSeconds" | "sleep"> = {},
): Promise<LocalBigQuery> {
  const stateDir = mkdtempSync(join(tmpdir(), "bigquery-"));
  const storage = await startObjectServer();
  const standIn = await startBigQueryWith({
    port: 0,
    stateDir,
    storageUrl: storage.url,
    ...options,
  });
  const url = `http://127.0.0.1:${standIn.port}`;
  const client = new BigQuery({ projectId: "local-test", apiEndpoint: url });
  afterAll(async () => {
    await standIn.close();
    await storage.close();
    rmSync(stateDir, { recursive: true, force: true });
  });
  return {
    url,
    client,
    storage,
    stateDir,
    async dataset() {
      const [dataset] = await client.createDataset(`ds_${++datasets}`);
      return dataset;
    },
  };
}

interface JobStatus {
  readonly state: string;
  readonly errorResult?: ErrorProto;
  readonly errors?: readonly ErrorProto[];
}

interface ErrorProto {
  readonly reason: string;
  readonly message: string;
  readonly location?: string;
}

export interface JobMetadata {
  readonly status: JobStatus;
  readonly statistics: {
    readonly load?: Record<string, string>;
    readonly query?: Record<string, unknown>;
    readonly totalBytesProcessed?: string;
  };
}

/** Starts a load job over the API and waits for its end, whatever that is. */
export async function load(
  { client }: Pick<LocalBigQuery, "client">,
  table: Table,
  uris: readonly string[],
  options: object = {},
): Promise<JobMetadata> {
  const [job] = await client.createJob({
    configuration: {
      load: {
        sourceUris: [...uris],
        sourceFormat: "NEWLINE_DELIMITED_JSON",
        destinationTable: {
          projectId: client.projectId,
          datasetId: table.dataset.id ?? "",
          tableId: table.id ?? "",
        },
        ...options,
      },
    },
  });
  for (;;) {
    const [metadata] = (await job.getMetadata()) as unknown as [JobMetadata];
    if (metadata.status.state === "DONE") return metadata;
    // Waits inside of the service; an error of the job or of its kind is told by the metadata.
    await job.getQueryResults({ timeoutMs: 1000 }).catch(() => undefined);
  }
}

/** The error that the client throws, with the fields that callers look at. */
export async function failure(
  work: Promise<unknown>,
): Promise<{ code: number; message: string; errors: readonly ErrorProto[] }> {
  try {
    await work;
  } catch (error) {
    return error as { code: number; message: string; errors: readonly ErrorProto[] };
  }
  throw new Error("it did not fail");
}
