/** The receiver with three times as many requests as it has room for, from clients that come again at once. */
import { type BenchOptions, type BenchReport, figure, inRounds, type Series } from "../measure.ts";
import { startBenchCloud } from "./bench-cloud.ts";
import { putUnderLoad, type Sample, startProcess } from "./processes.ts";

const MAX_IN_FLIGHT = 64;
/** The place itself and the line before it, see services/receiver/create-receiver.ts. */
const ROOM = MAX_IN_FLIGHT * (1 + 8);

export async function benchOverload({ quick, progress }: BenchOptions): Promise<BenchReport> {
  const requests = quick ? 8_000 : 20_000;
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
  await using bare = await startProcess("server-process.ts", ["bare"]);
  const { file } = cloud.traffic.RS256;
  const sent = (to: typeof server, connections: number, allowed: string[]) => () =>
    putUnderLoad(to, load, { file, connections, requests }, allowed);
  const { peak, room, overload, barePeak, bareOverload } = await inRounds(
    rounds,
    {
      peak: sent(server, MAX_IN_FLIGHT, ["202"]),
      room: sent(server, ROOM, ["202"]),
      overload: sent(server, 3 * ROOM, ["202", "503"]),
      barePeak: sent(bare, MAX_IN_FLIGHT, ["204"]),
      bareOverload: sent(bare, 3 * ROOM, ["204"]),
    },
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
      figure("1/s", of("accepted", overload, "rate"), of("with as many as have room", room, "rate")),
      figure(
        "1/s",
        of("bare http, as many connections", bareOverload, "rate"),
        of("with as many as it has places", barePeak, "rate"),
      ),
      figure("µs", of("processor per accepted event", overload, "cpu"), of("the same", peak, "cpu")),
      figure(
        "µs",
        of("processor per accepted event", overload, "cpu"),
        of("with as many as have room", room, "cpu"),
      ),
      figure(
        "µs",
        of("bare http, as many connections", bareOverload, "cpu"),
        of("with as many as it has places", barePeak, "cpu"),
      ),
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
      "Bare http with the same connections shows what they alone cost, the sender's part on the same machine included.",
      `${requests} requests per variant and round, ${rounds} rounds.`,
    ],
  };
}
