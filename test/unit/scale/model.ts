/** What a steady rate of events, of so many types, takes of each limit: the arithmetic behind docs/operate/scale.md. */
import { readBatcherConfig } from "#services/batcher/config.ts";
import { BACKLOG } from "#services/batcher/drain-queue.ts";
import { paceOf } from "#services/batcher/pace.ts";
import { assumed, MADE_UP_EVENT_BYTES } from "#services/cli/cost/assumptions.ts";
import { isInline, resumesOf } from "#services/cli/cost/usage.ts";
import { readLoaderConfig } from "#services/loader/config.ts";
import { INLINE_OBJECTS_MAX } from "#services/loader/inline-rows.ts";
import { RESUMES_MAX } from "#services/loader/load.ts";
import type { Env } from "#services/shared/config.ts";
import { drainStepMs, loadStepMs } from "#services/shared/window.ts";
import { GOOGLES, OURS } from "./limits.ts";
import { MEASURED } from "./measured.ts";

const DAY_S = 86_400;

const ASSUMED = assumed();

/** Bytes of a message: a made-up event's data and what is published beside it. */
export const MESSAGE_BYTES = MADE_UP_EVENT_BYTES + ASSUMED.attributeBytes;

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
  /** Event types with an event in every drain, all as frequent. */
  readonly types: number;
}

/** What each second of it takes, on average. */
interface Amounts {
  /** Seconds between two drains. */
  readonly stepS: number;
  /** Instances that Cloud Run wants, no limit considered. */
  readonly receivers: number;
  /** Processors that are busy. */
  readonly batcherCpus: number;
  readonly loaderCpus: number;
  /** How long the loader's calls take, of a second. */
  readonly callsS: number;
  readonly objects: number;
  /** Of all types. */
  readonly plans: number;
  /** Seconds between two plans of a type: the rows that come meanwhile go into the next one. */
  readonly planEveryS: number;
  /** A plan's rows go by a load job. */
  readonly isStaged: boolean;
  readonly rowsPerPlan: number;
  readonly objectsPerPlan: number;
  readonly compressedBytesPerPlan: number;
  readonly bucketWrites: number;
  /** Of all instances, at any time. */
  readonly vCpus: number;
}

/** In the order of the pipeline, ours first. */
export const SHARES = [
  "receivers",
  "batcher",
  "loader, processor",
  "loader, calls",
  "Cloud Run, 20 vCPU",
  "Cloud Run, 200 vCPU",
  "Pub/Sub, small region",
  "Pub/Sub, medium region",
  "Pub/Sub, large region",
  "bucket writes",
  "one type's plans",
  "load jobs",
  "merges into a table",
  "rows of the load log",
] as const;
export type ShareName = (typeof SHARES)[number];

export interface Model {
  readonly windowS: number;
  readonly workers: number;
  /**
   * How soon a loader that is always busy begins the next plan of each of so many types: what its calls take, and its
   * processor. Their rows go by parameter.
   */
  cycleOf(types: number): { readonly callsS: number; readonly processorS: number };
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

  const patienceS = plan.jobPatienceMs / 1000;
  const gridS = loadStepMs(windowMs) / 1000;
  const workload = {
    eventsPerDay: 0,
    eventBytes: MADE_UP_EVENT_BYTES,
    types: 1,
    windowSeconds: windowS,
    hours: 24,
    retentionDays: 1,
    secrets: 0,
  };

  /**
   * Plans of a type follow each other. A drain has one, and more where it writes for longer than until the first load: as
   * many as follow each other until it ends.
   * @param drainS how long a drain writes
   * @param objectsOfType in a second
   */
  function plansOf({ rate, types }: Load, of: { stepS: number; drainS: number; objectsOfType: number }) {
    const bookedS = ASSUMED.mergeSeconds + ASSUMED.bookSeconds;
    const timesFor = (planS: number) => {
      const perDrain = 1 + Math.ceil(Math.max(0, of.drainS - gridS) / planS);
      const planEveryS = Math.max(planS, of.stepS / perDrain);
      // Marks wait for the end of a plan; the loader looks again at each place on the grid.
      const crowdedS = perDrain * planS >= of.stepS ? of.stepS : (perDrain - 1) * planS;
      return { planEveryS, loads: (1 + crowdedS / gridS) / of.stepS };
    };
    const small = timesFor(bookedS);
    const isStaged =
      of.objectsOfType * small.planEveryS > INLINE_OBJECTS_MAX ||
      !isInline((rate / types) * small.planEveryS, { workload, assumed: ASSUMED });
    return { isStaged, ...(isStaged ? timesFor(ASSUMED.loadJobSeconds + bookedS) : small) };
  }

  const callsOfPlan = (isStaged: boolean) => 1 + resumesOf(!isStaged, ASSUMED);
  const loadCallS = (types: number) => Math.ceil(types / plan.workers) * (ASSUMED.loadSeconds + patienceS);

  /** Of each second. Few types have calls of their own, which go on with a plan; many are gone on with in one call. */
  function callSeconds(types: number, { isStaged, planEveryS, loads }: ReturnType<typeof plansOf>): number {
    const calls = callsOfPlan(isStaged) / planEveryS;
    if (types > RESUMES_MAX) return Math.min(1 / gridS, Math.max(loads, calls)) * loadCallS(types);
    const few = { load: Math.min(1 / gridS, loads), resume: types * (calls - 1 / planEveryS) };
    // What the queue holds back are looks at jobs, and they come later.
    const dispatched = Math.min(1, OURS.loader.dispatchesPerS / (few.load + few.resume));
    return dispatched * (few.load * loadCallS(types) + few.resume * (ASSUMED.resumeSeconds + patienceS));
  }

  function amountsOf(load: Load): Amounts {
    const { rate, types } = load;
    const stepMs = drainStepMs(windowMs, paceOf(rate));
    const stepS = stepMs / 1000;
    const rows = rate * stepS;
    const batcherCpus = rate * MEASURED.batcher;
    // A batch is of all types, and becomes an object of each.
    const batches = Math.max(
      rows >= BACKLOG ? drain.workers : 1,
      (rows * MEASURED.rowBytes) / drain.batchMaxSize,
      rows / drain.batchMaxMessages,
    );
    const objectsOfType = Math.min(rows / types, batches) / stepS;
    const planned = plansOf(load, { stepS, drainS: batcherCpus * stepS, objectsOfType });
    const { planEveryS, isStaged } = planned;
    const objects = types * objectsOfType;
    const plans = types / planEveryS;
    const rowsPerPlan = (rate / types) * planEveryS;
    // Both are the whole of what was measured, so that one of them is in the other.
    const loaderCpus = Math.max(rate * MEASURED.loader, plans * MEASURED.load);
    const receivers = (rate * MEASURED.receiver) / OURS.receiver.vCpus / GOOGLES.receiverUse;
    const instances = (cpus: number, vCpus: number) => Math.max(1, Math.ceil(cpus / vCpus));
    return {
      stepS,
      receivers,
      batcherCpus,
      loaderCpus,
      callsS: callSeconds(types, planned),
      objects,
      plans,
      planEveryS,
      isStaged,
      rowsPerPlan,
      objectsPerPlan: objectsOfType * planEveryS,
      compressedBytesPerPlan: rowsPerPlan * ASSUMED.compressedRowBytes,
      bucketWrites: BUCKET_WRITES.object * objects + BUCKET_WRITES.plan * plans,
      vCpus:
        Math.ceil(receivers) * OURS.receiver.vCpus +
        instances(batcherCpus, OURS.batcher.vCpus) * OURS.batcher.vCpus +
        instances(loaderCpus, OURS.loader.vCpus) * OURS.loader.vCpus,
    };
  }

  function sharesOf(load: Load): Readonly<Record<ShareName, number>> {
    const of = amountsOf(load);
    const { few, many } = GOOGLES.runVcpus;
    const { small, medium, large } = GOOGLES.pubsub;
    // What is published is pulled, and no region's quota for that is the smaller one.
    const bytesPerS = load.rate * MESSAGE_BYTES;
    const dml = (statementsPerS: number) => (10 * statementsPerS) / GOOGLES.dmlPer10S;
    return {
      receivers: of.receivers / OURS.receiver.instances,
      batcher: of.batcherCpus / (OURS.batcher.rounds * OURS.batcher.vCpus),
      "loader, processor": of.loaderCpus / (OURS.loader.rounds * OURS.loader.vCpus),
      "loader, calls": of.callsS / OURS.loader.rounds,
      "Cloud Run, 20 vCPU": of.vCpus / few,
      "Cloud Run, 200 vCPU": of.vCpus / many,
      "Pub/Sub, small region": bytesPerS / Math.min(small.publish, small.pull),
      "Pub/Sub, medium region": bytesPerS / Math.min(medium.publish, medium.pull),
      "Pub/Sub, large region": bytesPerS / Math.min(large.publish, large.pull),
      "bucket writes": of.bucketWrites / GOOGLES.bucketWritesPerS,
      "one type's plans": Math.max(
        of.objectsPerPlan / plan.objectsMax,
        of.compressedBytesPerPlan / plan.bytesMax,
      ),
      "load jobs": of.isStaged ? (of.plans * DAY_S) / GOOGLES.loadJobsPerDay : 0,
      "merges into a table": dml(1 / of.planEveryS),
      "rows of the load log": dml(of.plans),
    };
  }

  return {
    windowS,
    workers: plan.workers,
    cycleOf: (types) => ({
      callsS: callsOfPlan(false) * loadCallS(types),
      processorS: (types * MEASURED.load) / OURS.loader.vCpus,
    }),
    planBytesMax: plan.bytesMax,
    planObjectsMax: plan.objectsMax,
    amountsOf,
    sharesOf,
  };
}

/** Every number of two digits up to a million. */
export const RATES_TRIED: readonly number[] = [1, 10, 100, 1_000, 10_000, 100_000]
  .flatMap((unit) => Array.from({ length: 90 }, (_none, n) => ((10 + n) * unit) / 10))
  .filter(Number.isInteger)
  .concat(1_000_000);

export const TYPES_TRIED: readonly number[] = Array.from({ length: 1_000 }, (_none, n) => n + 1);

/**
 * The last number before a limit binds; above it a share may fall again, where more types have fewer rows each.
 * @param share at a number
 * @returns `undefined` where no number that is tried is too many
 */
export function bindsAbove(share: (number: number) => number, tried: readonly number[]): number | undefined {
  const first = tried.findIndex((number) => share(number) > 1);
  return first === -1 ? undefined : (tried[first - 1] ?? 0);
}
