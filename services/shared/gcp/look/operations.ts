/** Looks at Cloud Monitoring and Cloud Scheduler over REST. */
import { type ErrorCode, PipelineError, reasonOf } from "../../errors.ts";
import type { Google } from "./google.ts";

type GetJson = Google["get"];

/** As far back as a figure may be: an idle subscription has none that is newer. */
const FIGURE_AGE_MS = 10 * 60_000;

/**
 * The age of the oldest message that nobody acknowledged, in seconds, as Cloud Monitoring last saw it; `undefined` when
 * it has no figure of the last ten minutes.
 * https://cloud.google.com/monitoring/api/ref_v3/rest/v3/projects.timeSeries/list,
 * https://cloud.google.com/monitoring/api/metrics_gcp_p_z#gcp-pubsub
 * @throws PipelineError QUEUE_UNAVAILABLE
 */
export async function oldestUnacknowledged(
  get: GetJson,
  { project, subscription, now }: { project: string; subscription: string; now: number },
): Promise<number | undefined> {
  const url = new URL(`https://monitoring.googleapis.com/v3/projects/${project}/timeSeries`);
  url.search = new URLSearchParams({
    filter: `metric.type = "pubsub.googleapis.com/subscription/oldest_unacked_message_age" AND resource.labels.subscription_id = "${subscription}"`,
    "interval.startTime": new Date(now - FIGURE_AGE_MS).toISOString(),
    "interval.endTime": new Date(now).toISOString(),
  }).toString();
  const answer = (await asked("QUEUE_UNAVAILABLE", get(url))) as { timeSeries?: readonly TimeSeries[] };
  // Points come newest first; there is one series.
  const value = answer.timeSeries?.[0]?.points?.[0]?.value?.int64Value;
  return value === undefined ? undefined : Number(value);
}

interface TimeSeries {
  readonly points?: readonly { readonly value?: { readonly int64Value?: string } }[];
}

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
