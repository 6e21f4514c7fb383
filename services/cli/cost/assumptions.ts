/** What the model takes for granted beside the prices: sizes and times, each with where it comes from. */

interface Assumption {
  readonly value: number;
  readonly unit: string;
  readonly source: string;
}

const MADE_UP = "mean of 5,000 events of `pullhouse send`";
/** At lower rates an event costs more, and hardly counts beside the round, which is counted by itself. */
const MEASURED = 'docs/performance.md, "End to end", at 1,000 events a second';
const NOT_MEASURED = "a guess: nobody has measured it on Google Cloud yet";

/** Of their data, on average. */
export const MADE_UP_EVENT_BYTES = 665;

export const ASSUMPTIONS = {
  attributeBytes: { value: 571, unit: "bytes of a message beside the event's data", source: MADE_UP },
  rowBytes: { value: 213, unit: "logical bytes of a row beside the event's data", source: MADE_UP },
  keyBytes: { value: 55, unit: "logical bytes of ce_source, ce_id and ce_time", source: MADE_UP },
  objectBytes: { value: 590, unit: "bytes of an object beside its rows", source: MADE_UP },
  /** Of 1,270 bytes of JSON, by gzip at level 4. */
  compressedRowBytes: { value: 145, unit: "bytes of a row in an object", source: MADE_UP },
  receiverSeconds: {
    value: 0.1,
    unit: "seconds that one request keeps a receiver",
    source: "Cloud Run rounds up to 100 ms; a publish takes less",
  },
  receiverCpuSeconds: {
    value: 0.000668,
    unit: "vCPU-seconds per event in the receiver",
    source: MEASURED,
  },
  batcherCpuSeconds: {
    value: 0.000068,
    unit: "vCPU-seconds per event in the batcher",
    source: MEASURED,
  },
  loaderSeconds: {
    value: 10,
    unit: "seconds of a loader's round: a load job, a MERGE and a line in the books",
    source: NOT_MEASURED,
  },
  emptyRoundSeconds: {
    value: 0.5,
    unit: "seconds of a loader's round that finds nothing",
    source: NOT_MEASURED,
  },
  writeSeconds: { value: 0.5, unit: "seconds in which a batcher writes a batch", source: NOT_MEASURED },
  startSeconds: {
    value: 2,
    unit: "vCPU-seconds in which an instance starts (one second, with the boost to two vCPU)",
    source: NOT_MEASURED,
  },
  idleSeconds: {
    value: 900,
    unit: "seconds after which an idle instance is gone",
    source: "https://cloud.google.com/run/docs/about-instance-autoscaling",
  },
  /** Cloud Run starts another instance above it. */
  utilisation: {
    value: 0.6,
    unit: "share of an instance's CPU that is used",
    source: "https://cloud.google.com/run/docs/about-instance-autoscaling",
  },
  requestLogBytes: {
    value: 1_000,
    unit: "bytes of Cloud Run's own log line per request",
    source: NOT_MEASURED,
  },
  serviceLogBytes: {
    value: 480,
    unit: "bytes of a service's log line",
    source: "the line of an accepted event",
  },
  otherLogBytes: {
    value: 350,
    unit: "bytes of a line of a hop of another way",
    source: NOT_MEASURED,
  },
  imageGigabytes: { value: 0.3, unit: "GB of five images of 60 MB", source: "infra/gcp/images.ts" },
  schedulerJobs: { value: 2, unit: "jobs of the safety net", source: "infra/gcp/alarms.ts" },
  safetyNetRounds: { value: 4, unit: "calls of each job a day", source: "infra/gcp/alarms.ts" },
  alertMetrics: {
    value: 12,
    unit: "metrics that alert policies watch",
    source: "infra/gcp/monitoring/alerts.ts",
  },
  alertPointsPerMetric: {
    value: 86_400,
    unit: "points a month: one series, every 30 seconds",
    source: "https://docs.cloud.google.com/stackdriver/docs/observability/pricing-examples",
  },
} as const satisfies Readonly<Record<string, Assumption>>;

type AssumptionName = keyof typeof ASSUMPTIONS;
export type Assumed = Readonly<Record<AssumptionName, number>>;

/** @param instead values that the user knows better */
export function assumed(instead: Partial<Assumed> = {}): Assumed {
  const values = Object.entries(ASSUMPTIONS).map(([name, { value }]) => [name, value]);
  return { ...(Object.fromEntries(values) as Record<AssumptionName, number>), ...instead };
}
