/** The batcher's speed from the queue to finished objects, beside its gzip alone, and its memory at any backlog. */
import { HEAPS } from "#infra/gcp/sizes.ts";
import { type BenchOptions, type BenchReport, figure, group, inRounds, type Series } from "../measure.ts";
import { type MeasuredProcess, startMeasured } from "../measured.ts";
import type { WorkOrder, WorkResult } from "./work-process.ts";

const MIB = 1024 * 1024;
const GOAL_SPEED = { atLeast: 0.5 };
/** The same goal in processor time, which a busy machine does not change. */
const GOAL_PROCESSOR = { atMost: 2 };
const MEMORY_MIB = 256;
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
    figures: (["small", "large"] as const).flatMap((name) =>
      group(
        figure(
          "1/s",
          series(`${count(name === "small" ? small : large)} messages`, name, rate),
          series("gzip alone", "gzip", rate),
          GOAL_SPEED,
        ),
        figure(
          "1/s",
          series("the same messages", name, rate),
          series("gzip alone, one by one", "gzipOneByOne", rate),
          GOAL_SPEED,
        ),
        figure(
          "MB/s",
          series("of rows", name, megabytes),
          series("gzip alone", "gzip", megabytes),
          GOAL_SPEED,
        ),
        figure(
          "µs",
          series("processor per message", name, processor),
          series("gzip alone", "gzip", processor),
          GOAL_PROCESSOR,
        ),
        figure("MiB", series("most memory", name, memory), limit, { atMost: 1 }),
      ),
    ),
    notes: [
      `Generated pull events in a queue in memory, objects that are taken and forgotten; ${rounds} rounds.`,
      "gzip alone: the bytes of the same rows at the same level, as many at once as the batcher has workers, which is two cores.",
      `NODE_OPTIONS as deployed: ${HEAPS.batcher.NODE_OPTIONS}.`,
      "Memory is the process's largest, with Node itself, the queue's messages and the schemas.",
    ],
  };
}

const peakOf = async (process: MeasuredProcess) => (await process.usage()).peakRssBytes / MIB;
