/** When rows became visible, by what BigQuery says of the MERGE that brought them. */
import { BigQuery } from "@google-cloud/bigquery";

/** One MERGE into the table. */
export interface MergeRun {
  /** Milliseconds since 1970. */
  readonly started: number;
  readonly ended: number;
}

interface JobMetadata {
  readonly configuration: { readonly query?: { readonly query: string } };
  readonly status: { readonly state: string; readonly errorResult?: object };
  readonly statistics: {
    readonly startTime: string;
    readonly endTime?: string;
    readonly query?: { readonly statementType?: string };
  };
}

const PAGE = 1_000;

/** Those that ended well, in the order of their ends. */
export async function mergesInto(
  table: string,
  env: Readonly<Record<string, string>>,
): Promise<readonly MergeRun[]> {
  const client = new BigQuery({
    projectId: env["GOOGLE_CLOUD_PROJECT"] as string,
    apiEndpoint: env["BIGQUERY_EMULATOR_HOST"] as string,
  });
  const target = new RegExp(`^\\s*MERGE\\s+(INTO\\s+)?\\S*\\b${table}\\b`, "i");
  const [jobs] = await client.getJobs({ maxResults: PAGE });
  return jobs
    .map(({ metadata }) => metadata as JobMetadata)
    .filter(
      ({ configuration, status, statistics }) =>
        status.state === "DONE" &&
        status.errorResult === undefined &&
        statistics.query?.statementType === "MERGE" &&
        target.test(configuration.query?.query ?? ""),
    )
    .map(({ statistics }) => ({
      started: Number(statistics.startTime),
      ended: Number(statistics.endTime),
    }))
    .toSorted((a, b) => a.ended - b.ended);
}

/**
 * A row's loaded_at is taken while its MERGE runs, and MERGEs of one table run one after the other: its own is the first
 * that ended since. That neither asks the table `loads`, whose row is written later, nor depends on how the rows came there.
 * @throws Error when no MERGE was running at the time
 */
export function endOfMerge(merges: readonly MergeRun[], loadedAt: number): number {
  const merge = merges.find(({ ended }) => ended >= loadedAt);
  if (merge === undefined || merge.started > loadedAt)
    throw new Error(`no MERGE was running at ${new Date(loadedAt).toISOString()}, when rows were loaded`);
  return merge.ended;
}
