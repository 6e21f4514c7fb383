/** BigQuery as the pipeline's warehouse: tables, and jobs that run once per id. */
import { BigQuery, type Job } from "@google-cloud/bigquery";
import type { Clock } from "../clock.ts";
import { PipelineError, reasonOf } from "../errors.ts";
import type { JobOutcome, Warehouse } from "../ports.ts";
import { quotedIn } from "../quoted.ts";
import { endingSilence } from "./silence.ts";
import { ensureTable } from "./tables.ts";

const CONFLICT = 409;

/** Reasons that blame the data or the statement; after any other a new try may succeed (…/error-messages). */
const REFUSED = new Set([
  "invalid",
  "invalidQuery",
  "notFound",
  "duplicate",
  "badRequest",
  "parseError",
  "responseTooLarge",
]);

/**
 * Tries have ids of their own, `…-a0`, `…-a1`, since BigQuery never runs an id again, even if its job failed. One
 * call walks past the tries that failed before it and adds at most this many.
 */
const NEW_TRIES_MAX = 3;
const POLL_FIRST_MS = 50;
const POLL_MAX_MS = 2_000;

export interface WarehouseOptions {
  readonly project: string;
  readonly dataset: string;
  readonly bucket: string;
  /** Of a stand-in; without it BIGQUERY_EMULATOR_HOST, or else Google Cloud. */
  readonly address?: string;
  /** The dataset's location; jobs outside of US and EU are only found with it. */
  readonly location?: string;
  readonly clock: Clock;
  /** How long one request may be silent; not for a job. */
  readonly requestTimeoutMs: number;
  /** How long to wait for one job before it is left to the next round, which takes it up under the same id. */
  readonly jobTimeoutMs: number;
}

interface Statistics {
  readonly load?: { readonly outputRows?: string };
  readonly query?: { readonly numDmlAffectedRows?: string };
}

interface JobError {
  readonly reason?: string;
  readonly message?: string;
}

interface JobStatus {
  readonly state: string;
  /** Why the job failed, in general. */
  readonly errorResult?: JobError;
  /** And in detail: which object, line and field. */
  readonly errors?: readonly JobError[];
}

interface JobMetadata {
  readonly status: JobStatus;
  readonly statistics?: Statistics;
}

interface Finished {
  /** Whether this call created the job. */
  readonly started: boolean;
  readonly status: JobStatus;
  readonly statistics: Statistics;
}

const DETAILS_MAX = 5;

function reasonOfJob({ errorResult, errors }: JobStatus): string {
  const messages = [errorResult, ...(errors ?? [])].map((error) => error?.message ?? "no message");
  return `${errorResult?.reason}: ${[...new Set(messages)].slice(0, DETAILS_MAX).join("; ")}`;
}

export function createWarehouse(options: WarehouseOptions): Warehouse {
  const { clock } = options;
  const heard = <T>(work: () => Promise<T>) => endingSilence(options.requestTimeoutMs, work);
  const settings = {
    projectId: options.project,
    ...(options.address === undefined ? {} : { apiEndpoint: options.address }),
  };
  const client = new BigQuery(settings);
  const dataset = client.dataset(options.dataset);
  const location = options.location === undefined ? {} : { location: options.location };

  function unavailable(what: string, error: unknown): PipelineError {
    return new PipelineError("WAREHOUSE_UNAVAILABLE", "later", `${what}: ${reasonOf(error)}`, {
      cause: error,
    });
  }

  /** Starts the job unless its id is known, then waits for it. */
  async function finish(jobId: string, configuration: object): Promise<Finished> {
    const job = client.job(jobId, location);
    let started = true;
    try {
      await heard(() => client.createJob({ jobId, ...location, configuration }));
    } catch (error) {
      // A job that has failed by the time of its answer is thrown too: then its status tells.
      if (statusOf(error) === CONFLICT) started = false;
      else if (!("response" in (error as object)) || statusOf(error) !== undefined)
        throw unavailable(jobId, error);
    }
    const giveUpAt = clock.now() + options.jobTimeoutMs;
    for (let wait = POLL_FIRST_MS; ; wait = Math.min(wait * 1.5, POLL_MAX_MS)) {
      const { status, statistics } = await poll(job);
      if (status.state === "DONE") return { started, status, statistics: statistics ?? {} };
      if (clock.now() >= giveUpAt) throw unavailable(jobId, new Error("still running"));
      await clock.sleep(wait);
    }
  }

  async function poll(job: Job): Promise<JobMetadata> {
    try {
      const [metadata] = await heard(() => job.getMetadata());
      return metadata as JobMetadata;
    } catch (error) {
      throw unavailable(job.id ?? "job", error);
    }
  }

  async function run(
    jobId: string,
    configuration: object,
    rowsOf: (s: Statistics) => unknown,
  ): Promise<JobOutcome> {
    for (let attempt = 0, tries = 0; ; attempt++) {
      const { started, status, statistics } = await finish(`${jobId}-a${attempt}`, configuration);
      if (status.errorResult === undefined) return { outcome: "done", rows: Number(rowsOf(statistics) ?? 0) };
      const reason = reasonOfJob(status);
      if (REFUSED.has(status.errorResult.reason ?? "")) return { outcome: "refused", reason };
      if (!started) continue;
      if (++tries >= NEW_TRIES_MAX) throw unavailable(jobId, new Error(reason));
      await clock.sleep(POLL_MAX_MS * 2 ** tries);
    }
  }

  return {
    quoted: quotedIn(options.project, options.dataset),

    async ensureTable(spec) {
      try {
        return await heard(() => ensureTable(dataset, spec, clock));
      } catch (error) {
        throw unavailable(spec.name, error);
      }
    },

    load: (jobId, table, objects, columns, labels = {}) =>
      run(
        jobId,
        {
          load: {
            sourceUris: objects.map((name) => `gs://${options.bucket}/${name}`),
            destinationTable: { projectId: options.project, datasetId: options.dataset, tableId: table },
            sourceFormat: "NEWLINE_DELIMITED_JSON",
            schema: { fields: columns },
            writeDisposition: "WRITE_APPEND",
            createDisposition: "CREATE_NEVER",
            maxBadRecords: 0,
            ignoreUnknownValues: false,
          },
          labels: { service: "pullhouse-loader", ...labels },
        },
        (statistics) => statistics.load?.outputRows,
      ),

    execute: (jobId, sql, parameters = {}, labels = {}) =>
      run(
        jobId,
        {
          query: { query: sql, useLegacySql: false, ...named(parameters) },
          labels: { service: "pullhouse-loader", ...labels },
        },
        (statistics) => statistics.query?.numDmlAffectedRows,
      ),

    async dropTable(name) {
      try {
        await heard(() => dataset.table(name).delete({ ignoreNotFound: true }));
      } catch (error) {
        throw unavailable(name, error);
      }
    },
  };
}

/** https://cloud.google.com/bigquery/docs/reference/rest/v2/QueryParameter */
function named(parameters: Readonly<Record<string, string>>): object {
  const queryParameters = Object.entries(parameters).map(([name, value]) => ({
    name,
    parameterType: { type: "STRING" },
    parameterValue: { value },
  }));
  return queryParameters.length === 0 ? {} : { parameterMode: "NAMED", queryParameters };
}

function statusOf(error: unknown): number | undefined {
  return (error as { code?: number } | undefined)?.code;
}
