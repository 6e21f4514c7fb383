/** Looks at Cloud Scheduler over REST. */
import { type ErrorCode, PipelineError, reasonOf } from "../../errors.ts";
import type { Google } from "./google.ts";

type GetJson = Google["get"];

/** https://cloud.google.com/scheduler/docs/reference/rest/v1/projects.locations.jobs#Job */
export interface SchedulerJob {
  readonly name: string;
  /** ENABLED, PAUSED, DISABLED or UPDATE_FAILED. */
  readonly state: string;
  readonly lastAttemptTime?: string;
  /** gRPC's code of the last try, 0 for a success. */
  readonly status?: { readonly code?: number; readonly message?: string };
  readonly httpTarget?: { readonly uri?: string };
}

const JOBS_PAGE = 500;

/** The location's first 500 jobs. @throws PipelineError ALARM_UNAVAILABLE */
export async function schedulerJobs(
  get: GetJson,
  { project, location }: { project: string; location: string },
): Promise<readonly SchedulerJob[]> {
  const url = new URL(
    `https://cloudscheduler.googleapis.com/v1/projects/${project}/locations/${location}/jobs`,
  );
  url.searchParams.set("pageSize", String(JOBS_PAGE));
  const answer = (await asked("ALARM_UNAVAILABLE", get(url))) as { jobs?: readonly SchedulerJob[] };
  return answer.jobs ?? [];
}

async function asked(code: ErrorCode, asking: Promise<unknown>): Promise<unknown> {
  try {
    return await asking;
  } catch (error) {
    throw new PipelineError(code, "later", reasonOf(error), { cause: error });
  }
}
