/** What the model takes for granted beside the prices: sizes and times, each with where it comes from. */

interface Assumption {
  readonly value: number;
  readonly unit: string;
  readonly source: string;
}

const MADE_UP = "mean of 5,000 events of `pullhouse send`";
/** At lower rates an event costs more, and hardly counts beside the round, which is counted by itself. */
const MEASURED = 'docs/internals/performance.md, "End to end", at 1,000 events a second';
const COUNTED = "the statements over made-up events (test/integration/questions/cost)";
const REPORTED = "2 to 10 s for a load, 2 to 8 s for a MERGE in public reports; not measured";
const NOT_MEASURED = "a guess: nobody has measured it on Google Cloud yet";

/** Of their data, on average. */
export const MADE_UP_EVENT_BYTES = 665;

export const ASSUMPTIONS = {
  attributeBytes: { value: 571, unit: "bytes of a message beside the event's data", source: MADE_UP },
  rowBytes: { value: 213, unit: "logical bytes of a row beside the event's data", source: MADE_UP },
  keyBytes: { value: 55, unit: "logical bytes of ce_source, ce_id and ce_time", source: MADE_UP },
  rollupBytes: {
    value: 9_460,
    unit: "bytes that counting a day reads for each of its events, in five statements",
    source: COUNTED,
  },
  rollupTables: { value: 36, unit: "tables that the counting of a day names", source: COUNTED },
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
  loadSeconds: {
    value: 0.5,
    unit: "seconds of a loader's call that makes a plan: ten requests, one after the other",
    source: NOT_MEASURED,
  },
  resumeSeconds: {
    value: 0.3,
    unit: "seconds of a loader's call that goes on with one: six requests",
    source: NOT_MEASURED,
  },
  loadJobSeconds: { value: 6, unit: "seconds of a load job", source: REPORTED },
  mergeSeconds: { value: 5, unit: "seconds of a MERGE", source: REPORTED },
  bookSeconds: { value: 1.5, unit: "seconds of the INSERT into the table loads", source: NOT_MEASURED },
  mergeHours: {
    value: 1,
    unit: "hours of the day whose keys a MERGE reads, of 24: tables are clustered by time, and the statement has constants",
    source: "https://cloud.google.com/bigquery/docs/querying-clustered-tables (2026-11-30); not measured",
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
    source: "the longest that is written at INFO as a rule",
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
    value: 2,
    unit: 'log filters that alert policies watch; with `alerts: "metrics"` 13 metrics',
    source: "infra/gcp/monitoring/log-alerts.ts",
  },
} as const satisfies Readonly<Record<string, Assumption>>;

type AssumptionName = keyof typeof ASSUMPTIONS;
export type Assumed = Readonly<Record<AssumptionName, number>>;

/** @param instead values that the user knows better */
export function assumed(instead: Partial<Assumed> = {}): Assumed {
  const values = Object.entries(ASSUMPTIONS).map(([name, { value }]) => [name, value]);
  return { ...(Object.fromEntries(values) as Record<AssumptionName, number>), ...instead };
}
