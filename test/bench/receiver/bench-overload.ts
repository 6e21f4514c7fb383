/** The receiver with three times as many requests as it has room for, from clients that come again at once. */
import { type BenchOptions, type BenchReport, inRounds } from "../measure.ts";
import { startBenchCloud } from "./bench-cloud.ts";
import { type Overloaded, overloadFigures } from "./overload-figures.ts";
import { putUnderLoad, startProcess } from "./processes.ts";

/** Half of the default: three times the room of that would be 3,456 sockets at either end, in one machine. */
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
    // As production writes it: a line per accepted event, one a second for all refusals (services/receiver/refusals.ts).
    LOG_LEVEL: "INFO",
  });
  await using bare = await startProcess("server-process.ts", ["bare"]);
  const { file } = cloud.traffic.RS256;
  const sent = (to: typeof server, connections: number, allowed: string[]) => () =>
    putUnderLoad(to, load, { file, connections, requests }, allowed);
  const measured: Overloaded = await inRounds(
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
  return {
    title: "Receiver, three times as many requests as it has room for",
    figures: overloadFigures(measured),
    notes: [
      `MAX_IN_FLIGHT ${MAX_IN_FLIGHT}, so ${ROOM} requests have a place or stand in line; ${3 * ROOM} connections, each with a request at any time, none waiting for Retry-After.`,
      `It is ${MAX_IN_FLIGHT} here, so that three times its room fits into the sockets of one machine; the default is 128, and Cloud Run admits fewer at a time (infra/gcp).`,
      "Bare http with the same connections shows what they alone cost, the sender's part on the same machine included.",
      `${requests} requests per variant and round, ${rounds} rounds, a warm-up before them.`,
    ],
  };
}
