/** The receiver with three times as many requests as it has room for, from clients that come again at once. */
import { type BenchOptions, type BenchReport, figure, inRounds, type Series } from "../measure.ts";
import { startBenchCloud } from "./bench-cloud.ts";
import { putUnderLoad, type Sample, startProcess } from "./processes.ts";

const MAX_IN_FLIGHT = 64;
/** The place itself and the line before it, see services/receiver/create-receiver.ts. */
const ROOM = MAX_IN_FLIGHT * (1 + 8);

export async function benchOverload({ quick, progress }: BenchOptions): Promise<BenchReport> {
  const requests = quick ? 4_000 : 20_000;
  const rounds = quick ? 1 : 5;
  const tokens = quick ? 1_000 : 4_000;
  progress(`signing ${tokens} tokens`);
  await using cloud = await startBenchCloud(["RS256"], tokens);
  await using load = await startProcess("load-process.ts");
  await using server = await startProcess("server-process.ts", ["receiver"], {
    ...cloud.variables,
    MAX_IN_FLIGHT: String(MAX_IN_FLIGHT),
    // A line of the log per refusal is what production writes.
    LOG_LEVEL: "INFO",
  });
  const { file } = cloud.traffic.RS256;
  const sent = (connections: number, allowed: string[]) => () =>
    putUnderLoad(server, load, { file, connections, requests }, allowed);
  const { peak, overload } = await inRounds(
    rounds,
    { peak: sent(MAX_IN_FLIGHT, ["202"]), overload: sent(3 * ROOM, ["202", "503"]) },
    progress,
  );
  const of = (what: string, samples: readonly Sample[], value: "rate" | "cpu" | "p99" | "rss"): Series => ({
    what,
    samples: samples.map((sample) => sample[value] / (value === "rss" ? 2 ** 20 : 1)),
  });
  const first = overload[0]?.rss ?? Number.NaN;
  const refused = overload.map(({ statuses }) => (statuses["503"] ?? 0) / requests);
  return {
    title: "Receiver, three times as many requests as it has room for",
    figures: [
      figure("1/s", of("accepted", overload, "rate"), of("with as many as it has places", peak, "rate"), {
        atLeast: 0.9,
      }),
      figure("µs", of("processor per accepted event", overload, "cpu"), of("the same", peak, "cpu")),
      figure("ms", of("p99", overload, "p99"), of("the same", peak, "p99")),
      figure(
        "MiB",
        of("memory", overload, "rss"),
        { what: "after the first round", samples: overload.map(() => first / 2 ** 20) },
        { atMost: 1.1 },
      ),
      figure(
        "%",
        { what: "refused with 503", samples: refused.map((share) => 100 * share) },
        { what: "all requests", samples: refused.map(() => 100) },
      ),
    ],
    notes: [
      `MAX_IN_FLIGHT ${MAX_IN_FLIGHT}, so ${ROOM} requests have a place or stand in line; ${3 * ROOM} connections, each with a request at any time, none waiting for Retry-After.`,
      `${requests} requests per variant and round, ${rounds} rounds.`,
    ],
  };
}
