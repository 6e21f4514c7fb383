/** The batcher's speed from the queue to finished objects, beside its gzip alone, and its memory at any backlog. */
import { HEAPS } from "#infra/gcp/sizes.ts";
import {
  type BenchOptions,
  type BenchReport,
  figure,
  type Goal,
  group,
  inRounds,
  type Series,
  type Unit,
} from "../measure.ts";
import { type MeasuredProcess, startMeasured } from "../measured.ts";
import type { WorkOrder, WorkResult } from "./work-process.ts";

const MIB = 1024 * 1024;
const GOAL_SPEED = { atLeast: 0.5 };
/** The same goal in processor time, which a busy machine does not change. */
const GOAL_PROCESSOR = { atMost: 2 };
const MEMORY_MIB = 256;
/** As many at once as the batcher has workers, or fewer. */
const GZIP = { gzip: "gzip alone", gzipOneByOne: "gzip alone, one batch at a time" } as const;
type Gzip = keyof typeof GZIP;
/** The large backlog beside the small one. */
const TIMES = 10;

interface Sample extends WorkResult {
  readonly peakMiB: number;
}

export async function benchBatcher({ quick, progress }: BenchOptions): Promise<BenchReport> {
  const rounds = quick ? 1 : 3;
  const small = quick ? 10_000 : 30_000;
  const large = small * TIMES;
  /** A process of its own each time: the largest memory of a process is that of its whole life. */
  const work = async (order: WorkOrder): Promise<Sample> => {
    const process = await startMeasured({
      module: "test/bench/batcher/work-process.ts",
      env: { ...HEAPS.batcher },
    });
    try {
      const result = (await process.ask(order)) as WorkResult;
      return { ...result, peakMiB: await peakOf(process) };
    } finally {
      await process.stop();
    }
  };
  const samples = await inRounds(
    rounds,
    {
      gzip: () => work({ work: "gzip", messages: large }),
      gzipOneByOne: () => work({ work: "gzip one by one", messages: large }),
      small: () => work({ work: "drain", messages: small }),
      large: () => work({ work: "drain", messages: large }),
    },
    progress,
  );
  const series = (what: string, name: keyof typeof samples, value: (sample: Sample) => number): Series => ({
    what,
    samples: samples[name].map(value),
  });
  const rate = ({ messages, seconds }: Sample) => messages / seconds;
  const megabytes = ({ rowBytes, seconds }: Sample) => rowBytes / 1e6 / seconds;
  const processor = ({ cpuMicroseconds, messages }: Sample) => cpuMicroseconds / messages;
  const memory = ({ peakMiB }: Sample) => peakMiB;
  const limit: Series = { what: "the goal", samples: samples.small.map(() => MEMORY_MIB) };
  const count = (messages: number) => messages.toLocaleString("en-US");
  return {
    title: "Batcher",
    figures: (["small", "large"] as const).flatMap((name) => {
      const beside = (unit: Unit, what: string, value: (sample: Sample) => number, goal: Goal, gzip: Gzip) =>
        figure(unit, series(what, name, value), series(GZIP[gzip], gzip, value), goal);
      const messages = `${count(name === "small" ? small : large)} messages`;
      return group(
        beside("1/s", messages, rate, GOAL_SPEED, "gzip"),
        beside("1/s", "the same messages", rate, GOAL_SPEED, "gzipOneByOne"),
        beside("MB/s", "of rows", megabytes, GOAL_SPEED, "gzip"),
        beside("µs", "processor per message", processor, GOAL_PROCESSOR, "gzip"),
        figure("MiB", series("most memory", name, memory), limit, { atMost: 1 }),
      );
    }),
    notes: [
      `Generated pull events in a queue in memory, objects that are taken and forgotten; ${rounds} rounds.`,
      "gzip alone: the bytes of the same rows at the same level, as many at once as the batcher has workers, which is two cores.",
      `NODE_OPTIONS as deployed: ${HEAPS.batcher.NODE_OPTIONS}.`,
      "Memory is the process's largest, with Node itself, the queue's messages and the schemas.",
    ],
  };
}

const peakOf = async (process: MeasuredProcess) => (await process.usage()).peakRssBytes / MIB;
