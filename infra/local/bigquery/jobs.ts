/** Jobs: begun once per id, run beside each other, ended in the transaction of what they did. */
import { setTimeout as sleep } from "node:timers/promises";
import { faultText } from "../fault-text.ts";
import type { Context } from "./context.ts";
import type { Session } from "./database.ts";
import { toBigQueryError } from "./duckdb-error.ts";
import { BigQueryError, duplicate, type ErrorProto, invalid, notFound } from "./errors.ts";
import { createSemaphore } from "./locks.ts";
import type { Field } from "./schema/fields.ts";
import { deleteJob, endJob, findJob, insertJob, type JobRow, unfinishedJobs } from "./store/jobs.ts";
import type { Resource } from "./store/open.ts";

/** DuckDB has a thread or two; more jobs at once would only take each other's memory. */
const RUNNING_MAX = 4;
const ID = /^[A-Za-z0-9_-]{1,1024}$/;
const DEFAULT_LOCATION = "US";

/** An end that cannot be written down, as on a full disk, is tried again after this. */
const STORE_RETRY_MS = 500;

interface JobSpec {
  readonly project: string;
  /** Made up when it is not given. */
  readonly jobId?: string | undefined;
  readonly location?: string | undefined;
  readonly configuration: Resource;
}

/** What a job did. */
interface Outcome {
  /** Merged into the job's statistics: `load`, `query`, `totalBytesProcessed`. */
  readonly statistics: Resource;
  /** Problems that did not stop it. */
  readonly errors?: readonly ErrorProto[];
  readonly resultSchema?: readonly Field[];
}

/** A job at work. */
export interface RunningJob {
  readonly id: string;
  readonly project: string;
  readonly location: string;
  readonly signal: AbortSignal;
  /** Ends the job as a part of the session's transaction: both are committed, or neither. */
  end(session: Session, outcome: Outcome): Promise<void>;
}

export type Work = (job: RunningJob) => Promise<void>;

export interface Jobs {
  /** Answers when the job is recorded; it runs on. @throws BigQueryError `duplicate` when the id is known */
  start(spec: JobSpec, work: Work): Promise<JobRow>;
  /** @throws BigQueryError `notFound` */
  get(project: string, id: string): Promise<JobRow>;
  /** The job as it is when it ended or the time is over. */
  wait(project: string, id: string, timeoutMs: number): Promise<JobRow>;
  cancel(id: string): void;
  remove(project: string, id: string): Promise<void>;
  /** Breaks off what runs, as a crash would: the next start says so in the jobs' status. */
  close(): Promise<void>;
}

export function createJobs({ database, withLock, now, randomId }: Context): Jobs {
  const running = new Map<string, { done: Promise<void>; abort: AbortController }>();
  const inTurn = createSemaphore(RUNNING_MAX);
  const stop = new AbortController();

  async function get(project: string, id: string): Promise<JobRow> {
    const row = await database.session((session) => findJob(session, id));
    if (!row) throw notFound(`Job ${project}:${DEFAULT_LOCATION}.${id}`);
    return row;
  }

  async function perform(row: JobRow, abort: AbortController, work: Work): Promise<void> {
    const location = locationOf(row);
    const startedMs = now();
    const job: RunningJob = {
      id: row.id,
      project: row.project,
      location,
      signal: abort.signal,
      end: (session, outcome) => endJob(session, ended(row, startedMs, now(), outcome)),
    };
    try {
      await inTurn(async () => {
        abort.signal.throwIfAborted();
        await work(job);
      });
    } catch (error) {
      // A job that is broken off stays RUNNING in the store, and the next start finds it there.
      if (stop.signal.aborted) return;
      await recordFailure(failed(row, startedMs, now(), toBigQueryError(error, row.project)));
    }
  }

  /** Until it is written: a job that stayed RUNNING would hold up whoever waits for it, and its id would stay taken. */
  async function recordFailure(row: JobRow): Promise<void> {
    while (!stop.signal.aborted) {
      try {
        return await database.session((session) => endJob(session, row));
      } catch (error) {
        console.error(`bigquery: job ${row.id} cannot be ended yet: ${faultText(error)}`);
        await sleep(STORE_RETRY_MS);
      }
    }
  }

  return {
    get,

    start: ({ project, jobId, location = DEFAULT_LOCATION, configuration }, work) =>
      withLock(`job ${jobId}`, async () => {
        const id = jobId ?? `job_${randomId()}`;
        if (!ID.test(id)) throw invalid(`Invalid job ID "${id.slice(0, 100)}"`);
        const row = begun({ project, id, location, configuration }, now());
        if (!(await database.session((session) => insertJob(session, row))))
          throw duplicate(`Job ${project}:${location}.${id}`);
        const abort = new AbortController();
        const done = perform(row, abort, work).finally(() => running.delete(id));
        running.set(id, { done, abort });
        return row;
      }),

    async wait(project, id, timeoutMs) {
      const job = running.get(id);
      if (job && timeoutMs > 0) {
        let timer: NodeJS.Timeout | undefined;
        const timeout = new Promise<void>((resolve) => (timer = setTimeout(resolve, timeoutMs)));
        await Promise.race([job.done, timeout]);
        clearTimeout(timer);
      }
      return get(project, id);
    },

    cancel(id) {
      running
        .get(id)
        ?.abort.abort(
          new BigQueryError("stopped", "Job execution was cancelled: User requested cancellation"),
        );
    },

    async remove(project, id) {
      await get(project, id);
      await database.transaction((session) => deleteJob(session, id));
    },

    async close() {
      stop.abort();
      const jobs = [...running.values()];
      for (const { abort } of jobs) abort.abort(new Error("The local BigQuery is stopping"));
      await Promise.all(jobs.map(({ done }) => done));
    },
  };
}

/** A job that was running when its process ended has committed nothing, or it would be DONE. */
export async function endInterrupted({ database, now }: Context): Promise<void> {
  const rows = await database.session(unfinishedJobs);
  const problem = new BigQueryError(
    "backendError",
    "The local BigQuery was stopped while the job ran; nothing of it was committed. Retry it under another id.",
  );
  for (const row of rows) {
    await database.session((session) => endJob(session, failed(row, row.createdMs, now(), problem)));
  }
}

function begun(
  {
    project,
    id,
    location,
    configuration,
  }: { project: string; id: string; location: string; configuration: Resource },
  nowMs: number,
): JobRow {
  const resource = {
    kind: "bigquery#job",
    id: `${project}:${location}.${id}`,
    jobReference: { projectId: project, jobId: id, location },
    configuration,
    statistics: { creationTime: String(nowMs), startTime: String(nowMs) },
    status: { state: "RUNNING" },
    user_email: "local@pullhouse.invalid",
  };
  return {
    id,
    project,
    createdMs: nowMs,
    endedMs: undefined,
    state: "RUNNING",
    resource,
    resultSchema: undefined,
  };
}

function ended(row: JobRow, startedMs: number, endedMs: number, outcome: Outcome): JobRow {
  const errors = outcome.errors ?? [];
  const statistics = {
    ...(row.resource["statistics"] as Resource),
    startTime: String(startedMs),
    endTime: String(endedMs),
    ...outcome.statistics,
  };
  const status = { state: "DONE", ...(errors.length === 0 ? {} : { errors }) };
  return {
    ...row,
    endedMs,
    resource: { ...row.resource, statistics, status },
    resultSchema: outcome.resultSchema,
  };
}

function failed(row: JobRow, startedMs: number, endedMs: number, error: BigQueryError): JobRow {
  const done = ended(row, startedMs, endedMs, { statistics: {} });
  const errorResult = error.proto();
  const status = { state: "DONE", errorResult, errors: [errorResult, ...error.details] };
  return { ...done, resource: { ...done.resource, status } };
}

function locationOf({ resource }: JobRow): string {
  return (resource["jobReference"] as { location: string }).location;
}

/** A job's error, if it failed. */
export function errorOf({ resource }: JobRow): ErrorProto | undefined {
  return (resource["status"] as { errorResult?: ErrorProto }).errorResult;
}
