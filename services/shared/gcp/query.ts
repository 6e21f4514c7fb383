/** Questions to BigQuery from people and tools: one statement, its rows page by page, or what it would cost. */
import {
  BigQuery,
  BigQueryDate,
  BigQueryDatetime,
  BigQueryInt,
  BigQueryTime,
  BigQueryTimestamp,
  Geography,
  type Job,
} from "@google-cloud/bigquery";
import { PipelineError, reasonOf } from "../errors.ts";

/** Where to ask. With an address it is a stand-in without credentials, else Google Cloud with the default ones. */
export interface Place {
  readonly project: string;
  readonly address?: string;
  readonly location?: string;
}

export interface Question {
  readonly sql: string;
  /** Named parameters by name. */
  readonly parameters?: Readonly<Record<string, Parameter>>;
  /** Lets a statement name its tables without it. */
  readonly dataset?: string;
}

export interface Parameter {
  /** A scalar type of GoogleSQL: STRING, INT64, TIMESTAMP, … */
  readonly type: string;
  readonly value: string;
}

export interface Field {
  readonly name: string;
  readonly type: string;
  readonly mode?: string;
  readonly fields?: readonly Field[];
}

/** A value as JSON has it: numbers where exact, other INT64 and NUMERIC values, times and bytes as text. */
export type Value = string | number | boolean | null | readonly Value[] | { readonly [name: string]: Value };
export type Row = Readonly<Record<string, Value>>;

export interface Answer {
  readonly fields: readonly Field[];
  /** Read on demand, so a large answer is never in memory as a whole. */
  readonly rows: AsyncIterable<Row>;
}

/** ISO 8601; what has not happened yet is left out. */
export interface JobTimes {
  readonly startedAt?: string;
  readonly endedAt?: string;
}

export interface Questioner {
  /** @throws PipelineError WAREHOUSE_REFUSED when the statement is at fault, WAREHOUSE_UNAVAILABLE otherwise */
  ask(question: Question): Promise<Answer>;
  /** How many bytes the statement would read; nothing runs. */
  estimate(question: Question): Promise<number>;
  /**
   * When a job began and ended; `undefined` when BigQuery does not know it, or no longer, or does not show it: most
   * roles see the jobs of their own account only (https://cloud.google.com/bigquery/docs/managing-jobs).
   */
  jobTimes(id: string): Promise<JobTimes | undefined>;
  /** How many rows a job's DML statement inserted, or that the job failed; `undefined` as above. */
  insertedRows(id: string): Promise<number | "failed" | undefined>;
}

const PAGE_ROWS = 10_000;
const FORBIDDEN = 403;

export function createQuestioner(place: Place): Questioner {
  const client = new BigQuery({
    projectId: place.project,
    // A stand-in that does not answer is not running, and trying again for 15 s does not change that.
    ...(place.address === undefined ? {} : { apiEndpoint: place.address, autoRetry: false }),
    ...(place.location === undefined ? {} : { location: place.location }),
  });

  async function start(question: Question, dryRun: boolean): Promise<Job> {
    const parameters = Object.entries(question.parameters ?? {});
    const [job] = await client.createQueryJob({
      query: question.sql,
      useLegacySql: false,
      dryRun,
      ...(question.dataset === undefined
        ? {}
        : { defaultDataset: { projectId: place.project, datasetId: question.dataset } }),
      ...(parameters.length === 0
        ? {}
        : {
            // In the API's own form: the client's `params` lose times that are given as text.
            parameterMode: "NAMED",
            queryParameters: parameters.map(([name, { type, value }]) => ({
              name,
              parameterType: { type },
              parameterValue: { value },
            })),
          }),
    });
    return job;
  }

  /** `undefined` when BigQuery does not know the job, or does not show it. */
  async function jobOf(id: string): Promise<JobMetadata | undefined> {
    try {
      const [metadata] = await client.job(id).getMetadata();
      return metadata as JobMetadata;
    } catch (error) {
      if (isNotFound(error) || Number((error as { code?: unknown }).code) === FORBIDDEN) return undefined;
      throw asked(error);
    }
  }

  return {
    async ask(question) {
      try {
        const job = await start(question, false);
        const first = await page(job);
        return { fields: first.fields, rows: pages(job, first) };
      } catch (error) {
        throw asked(error);
      }
    },
    async estimate(question) {
      try {
        const job = await start(question, true);
        const { statistics } = job.metadata as { statistics?: { totalBytesProcessed?: string } };
        return Number(statistics?.totalBytesProcessed ?? 0);
      } catch (error) {
        throw asked(error);
      }
    },
    async jobTimes(id) {
      const job = await jobOf(id);
      if (job === undefined) return undefined;
      const { startTime, endTime } = job.statistics ?? {};
      return {
        ...(startTime ? { startedAt: new Date(Number(startTime)).toISOString() } : {}),
        ...(endTime ? { endedAt: new Date(Number(endTime)).toISOString() } : {}),
      };
    },
    async insertedRows(id) {
      const job = await jobOf(id);
      if (job?.status?.errorResult !== undefined) return "failed";
      const { dmlStats, numDmlAffectedRows } = job?.statistics?.query ?? {};
      const rows = dmlStats?.insertedRowCount ?? numDmlAffectedRows;
      return rows === undefined ? undefined : Number(rows);
    },
  };
}

/** https://cloud.google.com/bigquery/docs/reference/rest/v2/Job; int64 values are text, times in milliseconds since the epoch. */
interface JobMetadata {
  readonly status?: { readonly errorResult?: object };
  readonly statistics?: {
    readonly startTime?: string;
    readonly endTime?: string;
    readonly query?: {
      readonly numDmlAffectedRows?: string;
      readonly dmlStats?: { readonly insertedRowCount?: string };
    };
  };
}

/** Whether an error, ours or the client's, says that the table or job does not exist. */
export function isNotFound(error: unknown): boolean {
  const code =
    error instanceof PipelineError
      ? (error.cause as { code?: unknown })?.code
      : (error as { code?: unknown }).code;
  return Number(code) === 404;
}

interface Page {
  readonly fields: readonly Field[];
  readonly rows: readonly Row[];
  readonly next?: string;
}

/** Waits for the job, then reads one page of its rows. */
async function page(job: Job, pageToken?: string): Promise<Page> {
  const options = {
    autoPaginate: false,
    maxResults: PAGE_ROWS,
    wrapIntegers: true,
    ...(pageToken === undefined ? {} : { pageToken }),
  };
  let [rows, , response] = await job.getQueryResults(options);
  // BigQuery answers after 10 s without rows while the job runs
  // (https://cloud.google.com/bigquery/docs/reference/rest/v2/jobs/getQueryResults, timeoutMs).
  while (isRunning(response)) [rows, , response] = await job.getQueryResults(options);
  const answer = response as { schema?: { fields?: Field[] }; pageToken?: string };
  return {
    fields: answer.schema?.fields ?? [],
    rows: (rows as Record<string, unknown>[]).map((row) => plain(row) as Row),
    ...(answer.pageToken === undefined ? {} : { next: answer.pageToken }),
  };
}

const isRunning = (response: unknown) => (response as { jobComplete?: boolean }).jobComplete === false;

async function* pages(job: Job, first: Page): AsyncGenerator<Row, void, void> {
  let current = first;
  for (;;) {
    yield* current.rows;
    if (current.next === undefined) return;
    try {
      current = await page(job, current.next);
    } catch (error) {
      throw asked(error);
    }
  }
}

const WRAPPERS = [BigQueryDate, BigQueryDatetime, BigQueryTime, Geography] as const;

/**
 * The client wraps dates, times and integers in objects with a `value`, and NUMERIC in one of big.js
 * (https://cloud.google.com/nodejs/docs/reference/bigquery/latest/bigquery/bigquery).
 */
function plain(value: unknown): Value {
  if (value === null || value === undefined) return null;
  if (typeof value !== "object") return value as Value;
  if (Buffer.isBuffer(value)) return value.toString("base64");
  if (Array.isArray(value)) return value.map(plain);
  if (value instanceof BigQueryInt) return exact(value.value);
  // The client writes nanoseconds, BigQuery has microseconds.
  if (value instanceof BigQueryTimestamp) return value.value.replace(/(\.\d{6})000Z$/, "$1Z");
  if (WRAPPERS.some((wrapper) => value instanceof wrapper)) return (value as { value: string }).value;
  if ("toFixed" in value && typeof value.toFixed === "function") {
    return (value as { toFixed(): string }).toFixed();
  }
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, plain(inner)]));
}

function exact(digits: string): number | string {
  const number = Number(digits);
  return Number.isSafeInteger(number) ? number : digits;
}

/** Statuses with which BigQuery blames the statement, its names or the caller's rights. */
const REFUSED = new Set([400, 401, 403, 404, 409]);

/** What a client threw, as whose fault it is. */
export function asked(error: unknown): PipelineError {
  if (error instanceof PipelineError) return error;
  const code = Number((error as { code?: unknown }).code);
  return REFUSED.has(code)
    ? new PipelineError("WAREHOUSE_REFUSED", "never", reasonOf(error), { cause: error })
    : new PipelineError("WAREHOUSE_UNAVAILABLE", "later", reasonOf(error), { cause: error });
}
