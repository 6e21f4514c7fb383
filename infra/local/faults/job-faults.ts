/** What may become of a BigQuery job, and how the job is told then. For `faulty-bigquery.ts`. */
import type { JobError } from "./bigquery-errors.ts";

/** The configuration of a job, as jobs.insert gets it. */
export interface JobConfiguration {
  readonly load?: object;
  readonly query?: { readonly query: string };
  /** A dry run is no job: of the faults it can only be refused. */
  readonly dryRun?: boolean;
}

/**
 * What happens to the jobs of a rule. Clients that ask with jobs.get see it, as the loader does.
 * - `fails`: the job does nothing and ends with this error;
 * - `skips`: the job does nothing and ends well with 0 rows, as an independent emulator has it;
 * - `lasts`: the job runs, and is told to be RUNNING as long as the rule is in force;
 * - `refused`: jobs.insert answers this, and there is no job;
 * - `unheard`: the job runs, and the answer of jobs.insert is this or none at all.
 */
export type JobFault =
  | { readonly fault: "fails"; readonly error: JobError }
  | { readonly fault: "skips" }
  | { readonly fault: "lasts" }
  | { readonly fault: "refused"; readonly status: number; readonly error: JobError }
  | { readonly fault: "unheard"; readonly status?: number; readonly error?: JobError };

export const isLoad = (job: JobConfiguration): boolean => job.load !== undefined;
export const isDml = (job: JobConfiguration): boolean =>
  job.dryRun !== true && /^\s*(?:MERGE|INSERT|UPDATE|DELETE)\b/i.test(job.query?.query ?? "");

/** A job of the API, as far as faults change it. */
export interface Job {
  readonly status: { readonly state: string };
  readonly statistics: Readonly<Record<string, unknown>>;
}

const NO_ROWS = {
  load: { inputFiles: "0", inputFileBytes: "0", outputRows: "0", outputBytes: "0", badRecords: "0" },
  query: {
    numDmlAffectedRows: "0",
    dmlStats: { insertedRowCount: "0", updatedRowCount: "0", deletedRowCount: "0" },
  },
};

/**
 * A job as its fault has it.
 * @param asked what the client asked for
 * @param inForce whether the rule is
 */
export function toldJob(job: Job, fault: JobFault, asked: JobConfiguration, inForce: boolean): object {
  const kind = asked.load === undefined ? "query" : "load";
  const own = { ...job, configuration: { ...asked, jobType: kind.toUpperCase() } };
  if (fault.fault === "lasts" && inForce) return { ...own, status: { state: "RUNNING" } };
  if (job.status.state !== "DONE") return own;
  const { query: _, ...statistics } = job.statistics;
  if (fault.fault === "fails") {
    const { error } = fault;
    return { ...own, statistics, status: { state: "DONE", errorResult: error, errors: [error] } };
  }
  if (fault.fault === "skips") return { ...own, statistics: { ...statistics, [kind]: NO_ROWS[kind] } };
  return own;
}

/** The answer of an API that refuses a request. */
export function refusal(status: number, error: JobError): { readonly status: number; readonly body: string } {
  const body = { error: { code: status, message: error.message, errors: [{ domain: "global", ...error }] } };
  return { status, body: JSON.stringify(body) };
}
