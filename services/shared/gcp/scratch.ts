/** Tables that a tool makes for a question and removes again, filled from the bucket by load jobs, which are free. */
import { BigQuery, type Job, type TableMetadata } from "@google-cloud/bigquery";
import type { Clock } from "../clock.ts";
import { PipelineError } from "../errors.ts";
import type { JobOutcome } from "../ports.ts";
import { quotedIn } from "../quoted.ts";
import type { Column } from "../schema/column.ts";
import { asked, isNotFound, type Place } from "./query.ts";

/** A tool that is killed cannot remove its table: then BigQuery does. */
const LIFE_MS = 24 * 3_600_000;

/** Reasons that blame an object; after any other a new try may succeed (…/error-messages). */
const REFUSED = new Set(["invalid", "notFound", "badRequest", "parseError"]);
const POLL_MS = 500;
/** A load of 2,000 objects takes seconds; one that waits for a slot takes minutes. */
const JOB_TIMEOUT_MS = 30 * 60_000;

export interface ScratchOptions extends Place {
  readonly dataset: string;
  readonly bucket: string;
  readonly clock: Clock;
}

/** @throws PipelineError WAREHOUSE_REFUSED for want of a right or of the dataset, WAREHOUSE_UNAVAILABLE otherwise */
export interface Scratch {
  create(table: string, columns: readonly Column[]): Promise<void>;
  /** Appends the columns of all objects' rows, all or none; what the table has no column for is left out. */
  load(table: string, objects: readonly string[]): Promise<JobOutcome>;
  drop(table: string): Promise<void>;
  /** `project.dataset.table`, quoted for a statement. */
  quoted(table: string): string;
}

export function createScratch({ dataset: name, bucket, clock, ...place }: ScratchOptions): Scratch {
  const { project, address, location } = place;
  const client = new BigQuery({
    projectId: project,
    ...(address === undefined ? {} : { apiEndpoint: address, autoRetry: false }),
    ...(location === undefined ? {} : { location }),
  });
  const dataset = client.dataset(name);

  async function finish(job: Job): Promise<JobOutcome> {
    const giveUpAt = clock.now() + JOB_TIMEOUT_MS;
    for (;;) {
      const [{ status, statistics }] = (await job.getMetadata()) as [JobMetadata, unknown];
      if (status.state !== "DONE") {
        if (clock.now() >= giveUpAt) throw new Error(`load job ${job.id} is still running`);
        await clock.sleep(POLL_MS);
        continue;
      }
      const { errorResult } = status;
      if (errorResult === undefined)
        return { outcome: "done", rows: Number(statistics?.load?.outputRows ?? 0) };
      const reason = `${errorResult.reason}: ${errorResult.message}`;
      if (REFUSED.has(errorResult.reason)) return { outcome: "refused", reason };
      throw new Error(reason);
    }
  }

  return {
    quoted: quotedIn(project, name),

    async create(table, columns) {
      try {
        const expirationTime = String(clock.now() + LIFE_MS);
        await dataset.createTable(table, { schema: { fields: columns }, expirationTime } as TableMetadata);
      } catch (error) {
        if (!isNotFound(error)) throw asked(error);
        const message = `there is no dataset ${project}.${name}, in which staging tables are made (BIGQUERY_STAGING_DATASET)`;
        throw new PipelineError("WAREHOUSE_REFUSED", "never", message);
      }
    },

    async load(table, objects) {
      const load = {
        sourceUris: objects.map((object) => `gs://${bucket}/${object}`),
        destinationTable: { projectId: project, datasetId: name, tableId: table },
        sourceFormat: "NEWLINE_DELIMITED_JSON",
        createDisposition: "CREATE_NEVER",
        ignoreUnknownValues: true,
      };
      try {
        const [job] = await client.createJob({
          configuration: { load, labels: { service: "pullhouse-prove" } },
        });
        return await finish(job);
      } catch (error) {
        throw asked(error);
      }
    },

    async drop(table) {
      try {
        await dataset.table(table).delete({ ignoreNotFound: true });
      } catch (error) {
        throw asked(error);
      }
    },
  };
}

interface JobMetadata {
  readonly status: {
    readonly state: string;
    readonly errorResult?: { readonly reason: string; readonly message: string };
  };
  readonly statistics?: { readonly load?: { readonly outputRows?: string } };
}
