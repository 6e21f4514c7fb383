/** BigQuery's REST methods as far as the loader uses them, over Google's client; what they mean is in `bigquery.ts`. */
import { BigQuery, type Dataset, type TableMetadata } from "@google-cloud/bigquery";
import type { Column } from "../schema/column.ts";
import { endingSilence } from "./silence.ts";

/** https://cloud.google.com/bigquery/docs/reference/rest/v2/ErrorProto */
export interface ErrorProto {
  readonly reason?: string;
  /** Of a load, the object at fault: `gs://bucket/name`. */
  readonly location?: string;
  readonly message?: string;
}

/** https://cloud.google.com/bigquery/docs/reference/rest/v2/Job */
export interface JobResource {
  readonly configuration?: { readonly labels?: Readonly<Record<string, string>> };
  readonly status: {
    readonly state: string;
    /** Why the job failed, in general. */
    readonly errorResult?: ErrorProto;
    /** And in detail: which object, line and field. */
    readonly errors?: readonly ErrorProto[];
  };
  readonly statistics?: {
    /** Milliseconds since the epoch. */
    readonly endTime?: string;
    readonly load?: { readonly outputRows?: string };
    readonly query?: { readonly numDmlAffectedRows?: string };
  };
}

export interface TableResource {
  readonly etag?: string;
  readonly schema?: { readonly fields?: readonly Column[] };
}

/** Rejections are the client's: `code` is the HTTP status, missing where nothing answered. */
export interface TablesApi {
  get(name: string): Promise<TableResource>;
  create(name: string, resource: object): Promise<void>;
  patch(name: string, resource: object): Promise<void>;
}

export interface BigQueryApi {
  /** Resolves once BigQuery has the job, however that ends. */
  insertJob(jobId: string, configuration: object): Promise<void>;
  getJob(jobId: string): Promise<JobResource>;
  /** Analyses a statement; nothing runs, and no job is made. */
  dryRun(configuration: object): Promise<void>;
  /** Of the dataset of events. */
  readonly tables: TablesApi;
  deleteStaging(name: string): Promise<void>;
}

export interface BigQueryPlace {
  readonly project: string;
  readonly dataset: string;
  readonly stagingDataset: string;
  /** Of an emulator; without it BIGQUERY_EMULATOR_HOST, or else Google Cloud. */
  readonly address?: string;
  /** The dataset's location; jobs outside of US and EU are only found with it. */
  readonly location?: string;
  /** How long one request may be silent; not for a job. */
  readonly requestTimeoutMs: number;
}

export function createBigQueryApi(place: BigQueryPlace): BigQueryApi {
  const heard = <T>(work: () => Promise<T>) => endingSilence(place.requestTimeoutMs, work);
  const client = new BigQuery({
    projectId: place.project,
    ...(place.address === undefined ? {} : { apiEndpoint: place.address }),
  });
  const location = place.location === undefined ? {} : { location: place.location };
  const staging = client.dataset(place.stagingDataset);
  return {
    async insertJob(jobId, configuration) {
      try {
        await heard(() => client.createJob({ jobId, ...location, configuration }));
      } catch (error) {
        if (!isJobOfError(error)) throw error;
      }
    },
    async getJob(jobId) {
      const [metadata] = await heard(() => client.job(jobId, location).getMetadata());
      return metadata as JobResource;
    },
    async dryRun(configuration) {
      await heard(() => client.createJob({ ...location, configuration: { ...configuration, dryRun: true } }));
    },
    tables: tablesOf(client.dataset(place.dataset), place.requestTimeoutMs),
    async deleteStaging(name) {
      await heard(() => staging.table(name).delete({ ignoreNotFound: true }));
    },
  };
}

/** @param requestTimeoutMs how long one request may be silent */
export function tablesOf(dataset: Dataset, requestTimeoutMs: number): TablesApi {
  const heard = <T>(work: () => Promise<T>) => endingSilence(requestTimeoutMs, work);
  return {
    async get(name) {
      const [metadata] = await heard(() => dataset.table(name).getMetadata());
      return metadata as TableResource;
    },
    async create(name, resource) {
      await heard(() => dataset.createTable(name, resource as TableMetadata));
    },
    async patch(name, resource) {
      await heard(() => dataset.table(name).setMetadata(resource as TableMetadata));
    },
  };
}

/** The client also rejects for a job that has failed by the time of its answer: then there is a response, and no status. */
function isJobOfError(error: unknown): boolean {
  return "response" in (error as object) && statusOf(error) === undefined;
}

/** The HTTP status of a rejection; `undefined` where nothing answered. */
export function statusOf(error: unknown): number | undefined {
  const code = (error as { code?: unknown } | undefined)?.code;
  return typeof code === "number" ? code : undefined;
}
