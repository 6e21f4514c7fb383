/** What docs/operate/scale.md sets a rate against: our own limits as they are deployed, Google's with the page that names them. */
import { type Resource, synthesizeStack } from "#test/support/stack.ts";

const stack = synthesizeStack();

function deployed(name: string): { readonly vCpus: number; readonly instances: number } {
  const { scaling, containers } = stack.one("google_cloud_run_v2_service", name)["template"] as Resource;
  return { vCpus: Number(containers[0].resources.limits.cpu), instances: scaling.max_instance_count };
}

const limitsOf = (queue: string): Resource => stack.one("google_cloud_tasks_queue", queue)["rate_limits"];
const rounds = (queue: string): number => limitsOf(queue)["max_concurrent_dispatches"];

/** Of a deployment that sets nothing. */
export const OURS = {
  /** `maxReceivers` of infra/gcp/config.ts, in each region. */
  receiver: deployed("receiver-us-central1"),
  /** The queue decides how many work side by side, not the number of instances. */
  batcher: { ...deployed("batcher"), rounds: rounds("queue-drain") },
  loader: {
    ...deployed("loader"),
    rounds: rounds("queue-load"),
    dispatchesPerS: limitsOf("queue-load")["max_dispatches_per_second"] as number,
  },
} as const;

interface PubsubRegion {
  readonly publish: number;
  readonly pull: number;
  readonly regions: string;
}

const MB = 1e6;

export const GOOGLES = {
  /** Of a receiver's processor, before there is another one (run/docs/about-instance-autoscaling). */
  receiverUse: 0.6,
  /**
   * All instances of a project in a region together; a service may not be allowed more than it, either. Google publishes no
   * default (run/docs/configuring/max-instances-limits): these were seen in projects.
   */
  runVcpus: { few: 20, many: 200 },
  /** Bytes per second of a project in a region (pubsub/quotas#quotas), as copies of the page have it. */
  pubsub: {
    large: {
      publish: 4_000 * MB,
      pull: 4_000 * MB,
      regions: "europe-west1, europe-west4, us-central1, us-east1, us-east4, us-west1, us-west2",
    },
    medium: {
      publish: 800 * MB,
      pull: 800 * MB,
      regions: "asia-east1, asia-northeast1, asia-southeast1, europe-west2, europe-west3",
    },
    small: { publish: 200 * MB, pull: 400 * MB, regions: "all others" },
  } satisfies Record<string, PubsubRegion>,
  /** Uploads, updates and deletions, of a bucket that has not grown; it should not have to within less (storage/docs/request-rate). */
  bucketWritesPerS: 1_000,
  bucketDoublesMinutes: 20,
  /** Of a project, and into one table; failed ones count (bigquery/quotas#load_jobs). */
  loadJobsPerDay: 100_000,
  loadJobsPerTableAndDay: 1_500,
  /** INSERT and MERGE into one table (bigquery/quotas#data-manipulation-language-statements). */
  dmlPer10S: 25,
  mergesAtOnce: 2,
  /** So many of a day run as they come, and from then on so many at once. */
  insertsPerDay: 1_500,
  insertsAtOnce: 10,
} as const;
