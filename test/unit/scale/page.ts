/** What docs/scale.md has to say, in its order and words: every number of the page is in one of these texts. */
import { ASSUMPTIONS } from "#services/cli/cost/assumptions.ts";
import { loadRegistry } from "#services/shared/schema/registry.ts";
import { loadTrailMs } from "#services/shared/window.ts";
import { bound, microseconds, percent, table, threeDigits, twoDigits, whole } from "./figures.ts";
import { GOOGLES, OURS } from "./limits.ts";
import { MEASURED, MEASURED_RATE } from "./measured.ts";
import {
  BUCKET_WRITES,
  bindsAbove,
  MESSAGE_BYTES,
  type Model,
  SHARES,
  type ShareName,
  scaleModel,
  TRIED_MAX,
} from "./model.ts";

const RATES = [100, 1_000, 10_000, 100_000] as const;
const GOAL = 100_000;
const model = scaleModel();
const TABLES = loadRegistry().tables.size;
const { windowS, workers, roundMaxS } = model;

const byRate = (name: ShareName): number | undefined =>
  bindsAbove((rate) => model.sharesOf({ rate, types: 1 })[name]);
export const byTypes = (name: ShareName, rate: number, of: Model = model): number | undefined =>
  bindsAbove((types) => of.sharesOf({ rate, types })[name]);

function sorted(names: readonly ShareName[], of: (name: ShareName) => number | undefined): ShareName[] {
  return names.toSorted((a, b) => (of(a) ?? Number.MAX_VALUE) - (of(b) ?? Number.MAX_VALUE));
}

/** The one that binds first at the top. */
export const BY_RATE = sorted(SHARES, byRate);
/** Those that the number of types moves, at a rate with one load per window. */
export const BY_TYPES = sorted(
  ["loader, time", "load jobs", "loader, processor", "rows of the books", "bucket writes"],
  (name) => byTypes(name, MEASURED_RATE),
);

/** Events per second above which a window has a second load. */
export const ONE_LOAD_MAX = loadTrailMs(1000 * windowS) / 1000 / (windowS * MEASURED.batcher);

const moreEvents = [
  `may have ${GOOGLES.runVcpus.few} vCPU in a region`,
  `Above ${percent(1)} a limit binds`,
  `windows of ${windowS} s`,
  `beyond ${whole(TRIED_MAX / 1e6)} million`,
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
  `A message has ${whole(MESSAGE_BYTES)} bytes, a row ${threeDigits(MEASURED.rowBytes)}, compressed ${ASSUMPTIONS.compressedRowBytes.value}`,
];

/** At one and at two loads per window. */
const [SLOW, FAST] = [1_000, 10_000] as const;
const all = (rate: number, of: Model = model) => of.sharesOf({ rate, types: TABLES });
const loadsAt = (rate: number) => {
  const { loads } = model.amountsOf({ rate, types: 1 });
  return `${whole(rate)}/s, ${loads} ${loads === 1 ? "load" : "loads"} a window`;
};
const RELIEF = { window: 240, workers: 16 } as const;
const relieved = scaleModel({
  WINDOW_SECONDS: String(RELIEF.window),
  LOAD_WORKERS: String(RELIEF.workers),
});
const loadS = ASSUMPTIONS.loaderSeconds.value;

const moreTypes = [
  `longer than ${loadTrailMs(1000 * windowS) / 1000} s has 2 loads: above ${whole(Math.floor(ONE_LOAD_MAX))} events per second, ${whole((ONE_LOAD_MAX * 86_400) / 1e6)} million a day`,
  table(
    [
      "limit",
      `types at most, at ${loadsAt(SLOW)}`,
      loadsAt(FAST),
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
  `${TABLES} tables: ${TABLES - 2} types, and two`,
  `The ${loadS} s are a guess`,
  `${workers} types side by side, ${loadS} s each, are ${(workers * windowS) / loadS} loads a minute`,
  `a round ends after ${roundMaxS} s, with ${(workers * roundMaxS) / loadS} loads done`,
  `with more than ${(workers * roundMaxS) / loadS} types in every window`,
  `All ${TABLES} tables at ${whole(FAST)} events per second: \`windowSeconds\` ${RELIEF.window} and \`LOAD_WORKERS\` ${RELIEF.workers}`,
  `${percent(all(FAST, relieved)["loader, time"])} of the loader's time, ${percent(all(FAST, relieved)["loader, processor"])} of its processor, ${percent(all(FAST, relieved)["load jobs"])} of the load jobs`,
  `${RELIEF.window / 2} s on average instead of ${windowS / 2}`,
];

const { few, many } = GOOGLES.runVcpus;
const SEEN = {
  few: `[${few}](https://github.com/googlecodelabs/feedback/issues/1856)`,
  many: `[${many}](https://github.com/jspsych/datapipe/pull/238)`,
} as const;

/** Rows of the table, without the column that names the source. */
const limits = [
  `| receivers | ${OURS.receiver.instances} instances of ${OURS.receiver.vCpus} vCPU in each region (\`maxReceivers\`), used to ${percent(GOOGLES.receiverUse)}; ${microseconds(MEASURED.receiver)} per event |`,
  `| batcher | ${OURS.batcher.rounds} round at a time on ${OURS.batcher.vCpus} vCPU; ${microseconds(MEASURED.batcher)} per event |`,
  `| loader, processor | ${OURS.loader.rounds} round at a time on ${OURS.loader.vCpus} vCPU; ${microseconds(MEASURED.loader)} per event, or ${twoDigits(MEASURED.load)} s per load where that is more |`,
  `| loader, time | ${workers} types side by side (\`LOAD_WORKERS\`); ${loadS} s per load, a guess |`,
  `no default is published; ${SEEN.few} and ${SEEN.many} were seen |`,
  ...Object.entries(GOOGLES.pubsub).map(
    ([name, { publish, pull, regions }]) =>
      `| Pub/Sub, ${name} region | ${whole(publish / 1e6)} MB/s published, ${whole(pull / 1e6)} MB/s pulled: ${regions} |`,
  ),
  `| bucket writes | ${whole(GOOGLES.bucketWritesPerS)} per second from the start, removals included; ${BUCKET_WRITES.object} per object (it, its mark, the mark's end) and ${BUCKET_WRITES.plan} per plan |`,
  `| load jobs | ${whole(GOOGLES.loadJobsPerDay)} per project and day, failed ones too; the ${whole(GOOGLES.loadJobsPerTableAndDay)} per table do not count`,
  `| merges, rows of the books | ${GOOGLES.dmlPer10S} statements in 10 s into one table; ${GOOGLES.mergesAtOnce} merges at once; after ${whole(GOOGLES.insertsPerDay)} INSERTs a day ${GOOGLES.insertsAtOnce} at once |`,
];

const small = model.amountsOf({ rate: 1_000, types: 1 });
const thousand = [
  "## 1,000 events per second",
  `up to ${byTypes("loader, time", 1_000)} types in every window`,
  `${Math.ceil(small.receivers)} receivers do`,
  `the batcher works ${twoDigits(small.batcherS)} s of each minute`,
  `${small.objects} objects a minute are written`,
  `${small.vCpus} vCPU and ${twoDigits((1_000 * MESSAGE_BYTES) / 1e6)} MB/s`,
];

/** A round should be over some time before the next one begins. */
const BUSY_MAX = 0.9;
const big = model.amountsOf({ rate: GOAL, types: 1 });
const bigShares = model.sharesOf({ rate: GOAL, types: 1 });
const batchers = Math.ceil(big.batcherS / windowS / OURS.batcher.vCpus / BUSY_MAX);
const receivers = Math.ceil(big.receivers);
const LOADER_VCPUS = Math.ceil(big.loaderS / windowS);
const vCpus = receivers * OURS.receiver.vCpus + batchers * OURS.batcher.vCpus + LOADER_VCPUS;
const crowded = model.amountsOf({ rate: GOAL, types: TABLES });

const hundredThousand = [
  `## ${whole(GOAL)} events per second`,
  "with 429 by Cloud Run or 503",
  `**${batchers} batchers side by side**, each busy for ${percent(big.batcherS / windowS / batchers)} of the time`,
  `what two of the ${batchers} take at once`,
  `**${receivers} receivers.**`,
  `${receivers} in one region, or ${Math.ceil(receivers / 2)} in each of two`,
  `**${vCpus} vCPU of Cloud Run**, if that is in one region`,
  `with ${few} is refused the deployment, one with ${many} has enough`,
  `**${LOADER_VCPUS} vCPU for the loader**, of which it takes ${percent(big.loaderS / windowS / LOADER_VCPUS)}`,
  `${twoDigits((GOAL * MESSAGE_BYTES) / 1e6)} MB/s in and out fit every region, ${percent(bigShares["Pub/Sub, small region"])} of what a small one takes`,
  `${twoDigits(big.rowsPerLoad / 1e6)} million rows and ${(big.compressedBytesPerLoad / 1e9).toFixed(1)} GB compressed per load, of ${model.planBytesMax / 2 ** 30} GiB`,
  `with all ${TABLES} tables ${twoDigits(crowded.bucketWrites / windowS)} writes per second`,
  `binds above ${byTypes("bucket writes", GOAL)} types`,
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
