/** What docs/operate/scale.md has to say, in its order and words: every number of the page is in one of these texts. */

import { paceOf } from "#services/batcher/pace.ts";
import { ASSUMPTIONS } from "#services/cli/cost/assumptions.ts";
import { JOB_PATIENCE_MS } from "#services/loader/config.ts";
import { RESUMES_MAX } from "#services/loader/load.ts";
import { loadRegistry } from "#services/shared/schema/registry.ts";
import { drainStepMs, loadStepMs, type Pace } from "#services/shared/window.ts";
import { bound, microseconds, percent, table, threeDigits, twoDigits, whole } from "./figures.ts";
import { GOOGLES, OURS } from "./limits.ts";
import { MEASURED, MEASURED_RATE } from "./measured.ts";
import {
  BUCKET_WRITES,
  bindsAbove,
  MESSAGE_BYTES,
  RATES_TRIED,
  SHARES,
  type ShareName,
  scaleModel,
  TYPES_TRIED,
} from "./model.ts";

const RATES = [100, 1_000, 10_000, 100_000] as const;
const GOAL = 100_000;
const model = scaleModel();
const TABLES = loadRegistry().tables.size;
const { windowS, workers } = model;
/** Between drains, where many events come. */
const STEP_MS = drainStepMs(1000 * windowS, 4);
const STEP_S = STEP_MS / 1000;

const byRate = (name: ShareName): number | undefined =>
  bindsAbove((rate) => model.sharesOf({ rate, types: 1 })[name], RATES_TRIED);
const byTypes = (name: ShareName, rate: number): number | undefined =>
  bindsAbove((types) => model.sharesOf({ rate, types })[name], TYPES_TRIED);

function sorted(names: readonly ShareName[], of: (name: ShareName) => number | undefined): ShareName[] {
  return names.toSorted((a, b) => (of(a) ?? Number.MAX_VALUE) - (of(b) ?? Number.MAX_VALUE));
}

/** The one that binds first at the top. */
export const BY_RATE = sorted(SHARES, byRate);
/** Those that the number of types moves, at a rate with one load per drain. */
const BY_TYPES = sorted(
  ["loader, calls", "load jobs", "loader, processor", "rows of the load log", "bucket writes"],
  (name) => byTypes(name, MEASURED_RATE),
);

/** Events per second above which a drain has a second load. */
export const ONE_LOAD_MAX = loadStepMs(1000 * windowS) / (STEP_MS * MEASURED.batcher);

/** Of one type, above which its rows go by load jobs. */
const INLINE_MAX = bindsAbove((rate) => (model.amountsOf({ rate, types: 1 }).isStaged ? 2 : 0), RATES_TRIED);
const staged = model.amountsOf({ rate: 10_000, types: 1 });
const bookedS = ASSUMPTIONS.mergeSeconds.value + ASSUMPTIONS.bookSeconds.value;

/** The lowest rate at which a window has so many drains. */
const paceFrom = (pace: Pace) => RATES_TRIED.find((rate) => paceOf(rate) === pace);

const moreEvents = [
  `may have ${GOOGLES.runVcpus.few} vCPU in a region`,
  `Above ${percent(1)} a limit binds`,
  `windows of ${windowS} s; from ${paceFrom(4)} events per second on drains follow each other every ${STEP_S} s`,
  "beyond 1 million",
  table(
    ["share of the limit, at events per second", ...RATES.map(whole), "binds above"],
    BY_RATE.map((name) => [
      name,
      ...RATES.map((rate) => percent(model.sharesOf({ rate, types: 1 })[name])),
      bound(byRate(name)),
    ]),
  ),
  `those at ${whole(MEASURED_RATE)} per second`,
  `a receiver that always has another request takes ${microseconds(MEASURED.fullReceiver)}, a batcher with a backlog ${microseconds(MEASURED.busyBatcher)}`,
  `one batcher is enough for ${bound(OURS.batcher.vCpus / MEASURED.busyBatcher)} per second and ` +
    `${OURS.receiver.instances} receivers for ${bound((OURS.receiver.instances * OURS.receiver.vCpus * GOOGLES.receiverUse) / MEASURED.fullReceiver)}`,
  `Up to ${bound(INLINE_MAX)} per second of a type the rows of a plan go as a parameter of its MERGE. Above, a plan takes a load job more: ` +
    `${bookedS + ASSUMPTIONS.loadJobSeconds.value} s instead of ${bookedS}, and the rows that come meanwhile are the next one's, ${whole(staged.rowsPerPlan)} at 10,000 per second`,
  `A message has ${whole(MESSAGE_BYTES)} bytes, a row ${threeDigits(MEASURED.rowBytes)}, compressed ${ASSUMPTIONS.compressedRowBytes.value}`,
];

const [SLOW, FAST] = [1_000, 10_000] as const;
const all = (rate: number) => model.sharesOf({ rate, types: TABLES });
const cycle = model.cycleOf(TABLES);
const cycleS = Math.max(cycle.callsS, cycle.processorS);
const booksOfCycle = (10 * TABLES) / cycleS / GOOGLES.dmlPer10S;
const { loadSeconds, resumeSeconds } = ASSUMPTIONS;

const moreTypes = [
  `longer than ${loadStepMs(1000 * windowS) / 1000} s has more loads than one: above ${whole(Math.floor(ONE_LOAD_MAX))} events per second, ${whole((ONE_LOAD_MAX * 86_400) / 1e6)} million a day`,
  `if more than ${RESUMES_MAX} types have running jobs`,
  `beyond ${whole(TYPES_TRIED.length)}`,
  table(
    [
      "limit",
      `types at most, at ${whole(SLOW)}/s`,
      `${whole(FAST)}/s`,
      `share with all ${TABLES} tables, at ${whole(SLOW)}/s`,
      `${whole(FAST)}/s`,
    ],
    BY_TYPES.map((name) => [
      name,
      bound(byTypes(name, SLOW)),
      bound(byTypes(name, FAST)),
      percent(all(SLOW)[name]),
      percent(all(FAST)[name]),
    ]),
  ),
  `“${BY_TYPES[0]}” binds first, then “${BY_TYPES[1]}”`,
  `${TABLES} tables: ${TABLES - 2} types, and two`,
  `With all ${TABLES} tables each has its next plan after ${twoDigits(cycleS)} s instead of ${STEP_S}`,
  `Its calls take ${twoDigits(cycle.callsS)} s, its processor ${twoDigits(cycle.processorS)}, and the longer time decides`,
  `the load log then takes ${percent(booksOfCycle)} of its limit`,
];

const { few, many } = GOOGLES.runVcpus;
const SEEN = {
  few: `[${few}](https://github.com/googlecodelabs/feedback/issues/1856)`,
  many: `[${many}](https://github.com/jspsych/datapipe/pull/238)`,
} as const;

const PATIENCE_S = JOB_PATIENCE_MS / 1000;

/** Rows of the table, without the column that names the source. */
const limits = [
  `| receivers | ${OURS.receiver.instances} instances of ${OURS.receiver.vCpus} vCPU in each region (\`maxReceivers\`), used to ${percent(GOOGLES.receiverUse)}; ${microseconds(MEASURED.receiver)} per event |`,
  `| batcher | ${OURS.batcher.rounds} round at a time on ${OURS.batcher.vCpus} vCPU; ${microseconds(MEASURED.batcher)} per event |`,
  `| loader, processor | ${OURS.loader.rounds} round at a time on ${OURS.loader.vCpus} vCPU; ${microseconds(MEASURED.loader)} per event, or ${twoDigits(MEASURED.load)} s per load where that is more |`,
  `| loader, calls | ${OURS.loader.rounds} call at a time, ${OURS.loader.dispatchesPerS} a second at most; ${loadSeconds.value + PATIENCE_S} s for ${workers} types side by side (\`LOAD_WORKERS\`), ${resumeSeconds.value + PATIENCE_S} s to go on with one, both guesses |`,
  `no default is published; ${SEEN.few} and ${SEEN.many} were seen |`,
  ...Object.entries(GOOGLES.pubsub).map(
    ([name, { publish, pull, regions }]) =>
      `| Pub/Sub, ${name} region | ${whole(publish / 1e6)} MB/s published, ${whole(pull / 1e6)} MB/s pulled: ${regions} |`,
  ),
  `| bucket writes | ${whole(GOOGLES.bucketWritesPerS)} per second from the start, removals included; ${BUCKET_WRITES.object} per object (it, its mark, the mark's end) and ${BUCKET_WRITES.plan} per plan |`,
  `| one type's plans | one after the other, each of ${whole(model.planObjectsMax)} objects and ${model.planBytesMax / 2 ** 30} GiB at most |`,
  `| load jobs | ${whole(GOOGLES.loadJobsPerDay)} per project and day, failed ones too; the ${whole(GOOGLES.loadJobsPerTableAndDay)} per table do not count`,
  `| merges, rows of the load log | ${GOOGLES.dmlPer10S} statements in 10 s into one table; ${GOOGLES.mergesAtOnce} merges at once; after ${whole(GOOGLES.insertsPerDay)} INSERTs a day ${GOOGLES.insertsAtOnce} at once |`,
];

const small = model.amountsOf({ rate: 1_000, types: 1 });
const thousand = [
  "## 1,000 events per second",
  `up to ${bound(BY_TYPES[0] && byTypes(BY_TYPES[0], 1_000))} types in every drain`,
  `${Math.ceil(small.receivers)} receivers do`,
  `the batcher works ${twoDigits(60 * small.batcherCpus)} s of each minute`,
  `${whole(60 * small.objects)} objects a minute are written`,
  `${small.vCpus} vCPU and ${twoDigits((1_000 * MESSAGE_BYTES) / 1e6)} MB/s`,
];

/** A round should be over some time before the next one begins. */
const BUSY_MAX = 0.9;
const big = model.amountsOf({ rate: GOAL, types: 1 });
const bigShares = model.sharesOf({ rate: GOAL, types: 1 });
const batchers = Math.ceil(big.batcherCpus / OURS.batcher.vCpus / BUSY_MAX);
const receivers = Math.ceil(big.receivers);
const LOADER_VCPUS = Math.ceil(big.loaderCpus);
const vCpus = receivers * OURS.receiver.vCpus + batchers * OURS.batcher.vCpus + LOADER_VCPUS;
const crowded = model.amountsOf({ rate: GOAL, types: TABLES });

const hundredThousand = [
  `## ${whole(GOAL)} events per second`,
  "with 429 by Cloud Run or 503",
  `**${batchers} batchers side by side**, each busy for ${percent(big.batcherCpus / batchers)} of the time`,
  `an event that two of the ${batchers} take at once`,
  `**${receivers} receivers.**`,
  `${receivers} in one region, or ${Math.ceil(receivers / 2)} in each of two`,
  `**${vCpus} vCPU of Cloud Run**, if that is in one region`,
  `with ${few} is refused the deployment, one with ${many} has enough`,
  `**${LOADER_VCPUS} vCPU for the loader**, of which it takes ${percent(big.loaderCpus / LOADER_VCPUS)}`,
  `${twoDigits((GOAL * MESSAGE_BYTES) / 1e6)} MB/s in and out fit every region, ${percent(bigShares["Pub/Sub, small region"])} of what a small one takes`,
  `${twoDigits(big.rowsPerPlan / 1e6)} million rows and ${(big.compressedBytesPerPlan / 1e9).toFixed(1)} GB compressed per plan, of ${model.planBytesMax / 2 ** 30} GiB`,
  `With all ${TABLES} tables there are ${twoDigits(crowded.bucketWrites)} writes per second`,
  `The loader's calls bind above ${byTypes("loader, calls", GOAL)} types, load jobs above ${byTypes("load jobs", GOAL)}, bucket writes above ${byTypes("bucket writes", GOAL)}`,
  `should not double within ${GOOGLES.bucketDoublesMinutes} minutes`,
  `up to ${whole(model.planObjectsMax)} of them`,
];

export const SAYS: readonly string[] = [
  ...moreEvents,
  ...moreTypes,
  ...limits,
  ...thousand,
  ...hundredThousand,
];
