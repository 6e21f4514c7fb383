/** What a steady rate of events, of so many types, takes of each limit: the arithmetic behind docs/scale.md. */
import { readBatcherConfig } from "#services/batcher/config.ts";
import { ASSUMPTIONS, MADE_UP_EVENT_BYTES } from "#services/cli/cost/assumptions.ts";
import { readLoaderConfig } from "#services/loader/config.ts";
import type { Env } from "#services/shared/config.ts";
import { loadsPerWindow } from "#services/shared/window.ts";
import { GOOGLES, OURS } from "./limits.ts";
import { MEASURED } from "./measured.ts";

const DAY_S = 86_400;

/** Bytes of a message: a made-up event's data and what is published beside it. */
export const MESSAGE_BYTES = MADE_UP_EVENT_BYTES + ASSUMPTIONS.attributeBytes.value;

export const BUCKET_WRITES = {
  /** It and its mark are created, the mark is removed after the load (batcher/write.ts, loader/execute-plan.ts). */
  object: 3,
  /** It is created and removed (loader/plan.ts, loader/execute-plan.ts). */
  plan: 2,
} as const;

/** What comes in, hour after hour. */
interface Load {
  /** Events per second. */
  readonly rate: number;
  /** Event types with an event in every window, all as frequent. */
  readonly types: number;
}

/** What a window makes of it. */
interface Amounts {
  /** Instances that Cloud Run wants, no limit considered. */
  readonly receivers: number;
  /** Seconds of a processor. */
  readonly batcherS: number;
  readonly loaderS: number;
  /** How long the loader's rounds take. */
  readonly roundsS: number;
  readonly objects: number;
  /** Loads of each type. */
  readonly loads: number;
  readonly rowsPerLoad: number;
  readonly compressedBytesPerLoad: number;
  readonly bucketWrites: number;
  /** Of all instances, at any time. */
  readonly vCpus: number;
}

/** In the order of the pipeline, ours first. */
export const SHARES = [
  "receivers",
  "batcher",
  "loader, processor",
  "loader, time",
  "Cloud Run, 20 vCPU",
  "Cloud Run, 200 vCPU",
  "Pub/Sub, small region",
  "Pub/Sub, medium region",
  "Pub/Sub, large region",
  "bucket writes",
  "load jobs",
  "merges into a table",
  "rows of the books",
] as const;
export type ShareName = (typeof SHARES)[number];

export interface Model {
  readonly windowS: number;
  readonly workers: number;
  readonly roundMaxS: number;
  /** Of a plan; the rest is for the next one. */
  readonly planBytesMax: number;
  readonly planObjectsMax: number;
  amountsOf(load: Load): Amounts;
  /** Above 1 a limit binds. */
  sharesOf(load: Load): Readonly<Record<ShareName, number>>;
}

/** What the services cannot do without. */
export const NEEDED: Env = {
  GOOGLE_CLOUD_PROJECT: "project",
  GCS_BUCKET: "bucket",
  BATCHER_URL: "http://127.0.0.1:1",
  LOADER_URL: "http://127.0.0.1:1",
};

/** @param settings of the services, beside their defaults */
export function scaleModel(settings: Env = {}): Model {
  const env = { ...NEEDED, ...settings };
  const { windowMs, limits: drain } = readBatcherConfig(env);
  const { limits: plan } = readLoaderConfig(env);
  const windowS = windowMs / 1000;

  function amountsOf({ rate, types }: Load): Amounts {
    const rows = rate * windowS;
    const batcherS = rows * MEASURED.batcher;
    // A batch is of all types, and becomes an object of each.
    const batches = Math.max(
      drain.workers,
      (rows * MEASURED.rowBytes) / drain.batchMaxSize,
      rows / drain.batchMaxMessages,
    );
    const objectsOfType = Math.min(rows / types, batches);
    const bytesOfType = (rows / types) * ASSUMPTIONS.compressedRowBytes.value;
    const loads = Math.ceil(
      Math.max(
        loadsPerWindow(1000 * batcherS, windowMs),
        bytesOfType / plan.bytesMax,
        objectsOfType / plan.objectsMax,
      ),
    );
    const objects = Math.ceil(types * objectsOfType);
    // Both are the whole of what was measured, so that one of them is in the other.
    const loaderS = Math.max(rows * MEASURED.loader, types * loads * MEASURED.load);
    const receivers = (rate * MEASURED.receiver) / OURS.receiver.vCpus / GOOGLES.receiverUse;
    const instances = (seconds: number, vCpus: number) => Math.max(1, Math.ceil(seconds / windowS / vCpus));
    return {
      receivers,
      batcherS,
      loaderS,
      roundsS: loads * Math.ceil(types / plan.workers) * ASSUMPTIONS.loaderSeconds.value,
      objects,
      loads,
      rowsPerLoad: rows / types / loads,
      compressedBytesPerLoad: bytesOfType / loads,
      bucketWrites: BUCKET_WRITES.object * objects + BUCKET_WRITES.plan * types * loads,
      vCpus:
        Math.ceil(receivers) * OURS.receiver.vCpus +
        instances(batcherS, OURS.batcher.vCpus) * OURS.batcher.vCpus +
        instances(loaderS, OURS.loader.vCpus) * OURS.loader.vCpus,
    };
  }

  function sharesOf(load: Load): Readonly<Record<ShareName, number>> {
    const of = amountsOf(load);
    const { few, many } = GOOGLES.runVcpus;
    const { small, medium, large } = GOOGLES.pubsub;
    // What is published is pulled, and no region's quota for that is the smaller one.
    const bytesPerS = load.rate * MESSAGE_BYTES;
    const dml = (statements: number) => ((statements / windowS) * 10) / GOOGLES.dmlPer10S;
    return {
      receivers: of.receivers / OURS.receiver.instances,
      batcher: of.batcherS / windowS / (OURS.batcher.rounds * OURS.batcher.vCpus),
      "loader, processor": of.loaderS / windowS / (OURS.loader.rounds * OURS.loader.vCpus),
      "loader, time": of.roundsS / windowS / OURS.loader.rounds,
      "Cloud Run, 20 vCPU": of.vCpus / few,
      "Cloud Run, 200 vCPU": of.vCpus / many,
      "Pub/Sub, small region": bytesPerS / Math.min(small.publish, small.pull),
      "Pub/Sub, medium region": bytesPerS / Math.min(medium.publish, medium.pull),
      "Pub/Sub, large region": bytesPerS / Math.min(large.publish, large.pull),
      "bucket writes": of.bucketWrites / windowS / GOOGLES.bucketWritesPerS,
      "load jobs": (((load.types * of.loads) / windowS) * DAY_S) / GOOGLES.loadJobsPerDay,
      "merges into a table": dml(of.loads),
      "rows of the books": dml(load.types * of.loads),
    };
  }

  return {
    windowS,
    workers: plan.workers,
    roundMaxS: plan.roundMaxMs / 1000,
    planBytesMax: plan.bytesMax,
    planObjectsMax: plan.objectsMax,
    amountsOf,
    sharesOf,
  };
}

/** Whole numbers up to this are tried. */
export const TRIED_MAX = 1_000_000;

/**
 * The largest whole number at which a limit does not bind yet; no share falls as the number grows.
 * @param share at that number
 * @returns `undefined` where it would be more than a million
 */
export function bindsAbove(share: (number: number) => number): number | undefined {
  if (share(TRIED_MAX) <= 1) return undefined;
  let [fits, binds] = [0, TRIED_MAX];
  while (binds - fits > 1) {
    const middle = Math.floor((fits + binds) / 2);
    if (share(middle) <= 1) fits = middle;
    else binds = middle;
  }
  return fits;
}
