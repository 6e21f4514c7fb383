/**
 * BigQuery as the pipeline's warehouse: jobs that run once for each id, and what is to blame when one fails. The simulation
 * runs this code on a BigQuery of its own, so it knows only the API.
 */
import type { Clock } from "../clock.ts";
import { PipelineError, reasonOf } from "../errors.ts";
import type { JobOutcome, Warehouse } from "../ports.ts";
import { quotedIn } from "../quoted.ts";
import {
  type BigQueryApi,
  type BigQueryPlace,
  createBigQueryApi,
  type ErrorProto,
  type JobResource,
  statusOf,
} from "./bigquery-api.ts";
import { ensureTable } from "./tables.ts";

const BAD_REQUEST = 400;
const NOT_FOUND = 404;
const CONFLICT = 409;

/**
 * Versions before numbered the tries of a job. A loader of such a version that follows the same plan beside this one must find
 * the same MERGE under the same id.
 */
const ONLY_TRY = "-a0";
const POLL_FIRST_MS = 50;
const POLL_MAX_MS = 2_000;
const DETAILS_MAX = 5;

/** Reasons of a load that may blame an object (https://cloud.google.com/bigquery/docs/error-messages). */
const OBJECT_REASONS = new Set(["invalid", "invalidQuery", "badRequest", "parseError", "notFound"]);
/** Reasons of a statement that may blame its rows: too many partitions, too much memory, a value that cannot be cast. */
const STATEMENT_REASONS = new Set([
  "invalid",
  "invalidQuery",
  "badRequest",
  "parseError",
  "resourcesExceeded",
  "responseTooLarge",
]);
/** BigQuery's own text, whatever reason comes with it (https://cloud.google.com/bigquery/quotas#partitioned_tables). */
const TOO_MANY_PARTITIONS = /too many partitions/i;

export interface WarehouseSettings {
  readonly project: string;
  readonly dataset: string;
  readonly stagingDataset: string;
  readonly bucket: string;
  readonly clock: Clock;
  /** How long to wait for one job before it is left to the next round, which takes it up under the same id. */
  readonly jobTimeoutMs: number;
}

export type WarehouseOptions = WarehouseSettings & BigQueryPlace;

export function createWarehouse(options: WarehouseOptions): Warehouse {
  return warehouseOn(createBigQueryApi(options), options);
}

/** Label of a statement that took the id of another one, which can never run now. */
const RETIRED = "retired";

/** What differs between loads and statements. */
interface Kind {
  readonly rowsOf: (job: JobResource) => string | undefined;
  readonly blamesData: (errors: readonly ErrorProto[]) => boolean;
}

const DML: Kind = {
  rowsOf: ({ statistics }) => statistics?.query?.numDmlAffectedRows,
  blamesData: ([first]) =>
    STATEMENT_REASONS.has(first?.reason ?? "") || TOO_MANY_PARTITIONS.test(first?.message ?? ""),
};

/** @param objects the beginning of all their URIs: BigQuery names the object as the error's place, or in its text */
const loadOf = (objects: string): Kind => ({
  rowsOf: ({ statistics }) => statistics?.load?.outputRows,
  blamesData: (errors) =>
    OBJECT_REASONS.has(errors[0]?.reason ?? "") &&
    errors.some(({ location, message }) => location?.startsWith(objects) || message?.includes(objects)),
});

function toOutcome(job: JobResource, { rowsOf, blamesData }: Kind): JobOutcome {
  if (job.configuration?.labels?.["purpose"] === RETIRED)
    return { outcome: "failed", reason: "its plan was given up" };
  const { errorResult, errors = [] } = job.status;
  if (errorResult === undefined) return { outcome: "done", rows: Number(rowsOf(job) ?? 0) };
  const outcome = blamesData([errorResult, ...errors]) ? "refused" : "failed";
  return { outcome, reason: reasonOfJob(errorResult, errors) };
}

export function warehouseOn(api: BigQueryApi, settings: WarehouseSettings): Warehouse {
  const { clock, project, dataset, stagingDataset, bucket } = settings;
  const objects = `gs://${bucket}/`;

  /** Answers the job when it is done; `refusal` when BigQuery takes no such job, and has none. */
  async function run(
    jobId: string,
    configuration: object,
    patienceMs = Number.POSITIVE_INFINITY,
  ): Promise<JobResource | { refusal: string }> {
    const id = `${jobId}${ONLY_TRY}`;
    let refusal: string | undefined;
    try {
      await api.insertJob(id, configuration);
    } catch (error) {
      const status = statusOf(error);
      if (status === BAD_REQUEST || status === NOT_FOUND) refusal = reasonOf(error);
      else if (status !== CONFLICT) throw unavailable(id, error);
    }
    const job = await ended(id, patienceMs, refusal !== undefined);
    return job ?? { refusal: refusal ?? `there is no job ${id}` };
  }

  /** Answers the job when it is done. @param mayMiss answers `undefined` when there is none, which else is a fault */
  async function ended(id: string, patienceMs: number, mayMiss: boolean): Promise<JobResource | undefined> {
    const startedAt = clock.now();
    for (let wait = POLL_FIRST_MS; ; wait = Math.min(wait * 1.5, POLL_MAX_MS)) {
      try {
        const job = await api.getJob(id);
        if (job.status.state === "DONE") return job;
      } catch (error) {
        if (mayMiss && statusOf(error) === NOT_FOUND) return undefined;
        throw unavailable(id, error);
      }
      const waitedMs = clock.now() - startedAt;
      if (waitedMs >= patienceMs) throw new PipelineError("JOB_RUNNING", "later", `${id} is running`);
      if (waitedMs >= settings.jobTimeoutMs) throw unavailable(id, new Error("still running"));
      await clock.sleep(Math.min(wait, Math.max(1, patienceMs - waitedMs)));
    }
  }

  async function outcomeOf(
    jobId: string,
    configuration: object,
    kind: Kind,
    patienceMs?: number,
  ): Promise<JobOutcome> {
    const job = await run(jobId, configuration, patienceMs);
    return "refusal" in job ? { outcome: "failed", reason: job.refusal } : toOutcome(job, kind);
  }

  const statement = (sql: string) => ({ query: { query: sql, useLegacySql: false } });

  return {
    quoted: quotedIn(project, dataset),
    quotedStaging: quotedIn(project, stagingDataset),

    async ensureTable(spec) {
      try {
        return await ensureTable(api.tables, spec, clock);
      } catch (error) {
        throw unavailable(spec.name, error);
      }
    },

    load: (jobId, staging, names, columns, labels = {}, patienceMs) =>
      outcomeOf(
        jobId,
        {
          load: {
            sourceUris: names.map((name) => `${objects}${name}`),
            destinationTable: { projectId: project, datasetId: stagingDataset, tableId: staging },
            sourceFormat: "NEWLINE_DELIMITED_JSON",
            schema: { fields: columns },
            writeDisposition: "WRITE_APPEND",
            createDisposition: "CREATE_IF_NEEDED",
            maxBadRecords: 0,
            ignoreUnknownValues: false,
          },
          labels: { service: "pullhouse-loader", ...labels },
        },
        loadOf(objects),
        patienceMs,
      ),

    execute(jobId, sql, parameters = {}, labels = {}, patienceMs) {
      const { query } = statement(sql);
      const configuration = {
        query: { ...query, ...named(parameters) },
        labels: { service: "pullhouse-loader", ...labels },
      };
      return outcomeOf(jobId, configuration, DML, patienceMs);
    },

    async find(jobId, patienceMs = Number.POSITIVE_INFINITY) {
      const job = await ended(`${jobId}${ONLY_TRY}`, patienceMs, true);
      if (job === undefined) return undefined;
      const endedAt = Number(job.statistics?.endTime ?? clock.now());
      return { outcome: toOutcome(job, DML), labels: job.configuration?.labels ?? {}, endedAt };
    },

    async check(sql) {
      try {
        await api.dryRun(statement(sql));
        return undefined;
      } catch (error) {
        const status = statusOf(error);
        if (status === BAD_REQUEST || status === NOT_FOUND) return reasonOf(error);
        throw unavailable("dry run", error);
      }
    },

    async retire(jobId) {
      const labels = { service: "pullhouse-loader", purpose: RETIRED };
      const job = await run(jobId, { ...statement("SELECT 1"), labels });
      // An id that BigQuery does not take even for this is still free.
      if ("refusal" in job) throw unavailable(jobId, new Error(job.refusal));
      return toOutcome(job, DML);
    },

    async dropStaging(name) {
      try {
        await api.deleteStaging(name);
      } catch (error) {
        throw unavailable(name, error);
      }
    },
  };
}

function reasonOfJob(result: ErrorProto, errors: readonly ErrorProto[]): string {
  const messages = [result, ...errors].map(({ message }) => message ?? "no message");
  return `${result.reason}: ${[...new Set(messages)].slice(0, DETAILS_MAX).join("; ")}`;
}

function unavailable(what: string, error: unknown): PipelineError {
  return new PipelineError("WAREHOUSE_UNAVAILABLE", "later", `${what}: ${reasonOf(error)}`, { cause: error });
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
