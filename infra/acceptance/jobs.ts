/** BigQuery's jobs of a run, as its API tells them. */
import { read } from "./api.ts";
import type { Deployment } from "./deployment.ts";

/** https://cloud.google.com/bigquery/docs/reference/rest/v2/Job; int64 values are text. */
export interface BigQueryJob {
  readonly jobReference: { readonly jobId: string };
  readonly configuration?: {
    readonly jobType?: string;
    readonly query?: { readonly query?: string };
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly status?: {
    readonly state?: string;
    readonly errorResult?: {
      readonly reason?: string;
      readonly message?: string;
      readonly location?: string;
    };
  };
  readonly statistics?: {
    readonly totalBytesProcessed?: string;
    readonly load?: { readonly outputRows?: string; readonly inputFiles?: string };
    readonly query?: {
      readonly totalBytesProcessed?: string;
      readonly totalBytesBilled?: string;
      readonly numDmlAffectedRows?: string;
    };
  };
}

interface JobList {
  readonly jobs?: readonly BigQueryJob[];
  readonly nextPageToken?: string;
}

const PAGE = "500";

/** Of the whole project, those that a deployment made or that name its dataset; others may be somebody else's. */
export async function jobsSince({ api, env }: Deployment, since: number): Promise<readonly BigQueryJob[]> {
  const project = env["GOOGLE_CLOUD_PROJECT"] as string;
  const dataset = env["BIGQUERY_DATASET"] as string;
  const all: BigQueryJob[] = [];
  let pageToken: string | undefined;
  do {
    const page: JobList = await read(api, "bigquery", {
      path: `/projects/${project}/jobs`,
      query: {
        projection: "full",
        allUsers: "true",
        minCreationTime: String(since),
        maxResults: PAGE,
        ...(pageToken === undefined ? {} : { pageToken }),
      },
    });
    all.push(...(page.jobs ?? []));
    pageToken = page.nextPageToken;
  } while (pageToken !== undefined);
  return all.filter((job) => JSON.stringify(job.configuration ?? {}).includes(dataset));
}

export function billedBytes(jobs: readonly BigQueryJob[]): number {
  return jobs.reduce((sum, { statistics }) => sum + Number(statistics?.query?.totalBytesBilled ?? 0), 0);
}

const hasId = (beginning: string) => (job: BigQueryJob) => job.jobReference.jobId.startsWith(beginning);

/** The loader's own, see services/loader/stage.ts and abandon-plan.ts. */
export const isStageJob = hasId("pullhouse-stage-");
export const isMergeJob = hasId("pullhouse-merge-");
export const isDone = ({ status }: BigQueryJob): boolean =>
  status?.state === "DONE" && status.errorResult === undefined;
