/** What a steady rate of events takes of each limit: the arithmetic behind docs/scale.md. */
import { readBatcherConfig } from "#services/batcher/config.ts";
import { readLoaderConfig } from "#services/loader/config.ts";
import { loadsPerWindow } from "#services/shared/window.ts";

const settings = {
  GOOGLE_CLOUD_PROJECT: "project",
  GCS_BUCKET: "bucket",
  BATCHER_URL: "http://127.0.0.1:1",
  LOADER_URL: "http://127.0.0.1:1",
};
const batcher = readBatcherConfig(settings);
const loader = readLoaderConfig(settings);
const WINDOW_S = batcher.windowMs / 1000;
const DAY_S = 86_400;

/**
 * Of a generated pull event, measured: processor time at 1,000 events a second (docs/performance.md, "End to end"; a receiver that
 * is full takes a third of it), bytes in docs/cost.md.
 */
const EVENT = {
  receiverCpuS: 656e-6,
  batcherCpuS: 68e-6,
  messageBytes: 1_236,
  rowBytes: 1_028,
  compressedRowBytes: 145,
} as const;

const LIMITS = {
  /** infra/gcp: `maxReceivers`, of one vCPU; Cloud Run adds one at 60 % (run/docs/about-instance-autoscaling). */
  receivers: 20,
  receiverUse: 0.6,
  /** infra/gcp: the batcher's queue runs one round at a time, on one vCPU. */
  batchers: 1,
  /** What a bucket takes from the start; it grows with the load (cloud.google.com/storage/docs/request-rate). */
  bucketWritesPerS: 1_000,
  /** cloud.google.com/bigquery/quotas#load_jobs; those of a table do not bind, since each plan has its own staging table. */
  loadJobsPerDay: 100_000,
  /** cloud.google.com/bigquery/quotas#data-manipulation-language-statements */
  dmlPer10S: 25,
} as const;

/** In the order of the pipeline. */
export interface Demand {
  readonly what: string;
  /** Of the limit; above 1 it binds. */
  readonly share: number;
}

/** @param rate events per second, all of one type; a type more is a load job and a statement more per window */
export function demandOf(rate: number): readonly Demand[] {
  const rows = rate * WINDOW_S;
  const objects = Math.ceil(
    Math.max((rows * EVENT.rowBytes) / batcher.limits.batchMaxSize, rows / batcher.limits.batchMaxMessages),
  );
  const loads = loadsPerWindow(1000 * rows * EVENT.batcherCpuS, batcher.windowMs);
  const plans = Math.ceil(
    Math.max(
      loads,
      (rows * EVENT.compressedRowBytes) / loader.limits.bytesMax,
      objects / loader.limits.objectsMax,
    ),
  );
  return [
    {
      what: "receivers",
      share: (rate * EVENT.receiverCpuS) / (LIMITS.receivers * LIMITS.receiverUse),
    },
    { what: "batcher", share: (rate * EVENT.batcherCpuS) / LIMITS.batchers },
    // Each object has its mark.
    { what: "bucket writes", share: (2 * objects) / WINDOW_S / LIMITS.bucketWritesPerS },
    { what: "load jobs", share: (plans * DAY_S) / WINDOW_S / LIMITS.loadJobsPerDay },
    // The merge, and the row of the books.
    { what: "DML statements", share: ((2 * plans) / WINDOW_S) * (10 / LIMITS.dmlPer10S) },
  ];
}

/** MB per second into Pub/Sub, and out of it as much again. */
export function publishedMegabytes(rate: number): number {
  return (rate * EVENT.messageBytes) / 1e6;
}
