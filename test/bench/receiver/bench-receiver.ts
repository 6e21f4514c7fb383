/** The receiver's speed: a token of its own for each event, every check, the publish included. */

import {
  type BenchOptions,
  type BenchReport,
  type Figure,
  figure,
  inRounds,
  type Series,
} from "../measure.ts";
import { type MeasuredProcess, startMeasured } from "../measured.ts";
import { startBenchCloud } from "./bench-cloud.ts";
import type { LoadOrder, LoadResult } from "./load-process.ts";
import { opensslVerifications } from "./openssl-speed.ts";
import type { Served } from "./server-process.ts";
import type { WorkOrder, WorkResult } from "./work-process.ts";

const CONNECTIONS = 64;
const ALGORITHMS = ["RS256", "ES256"] as const;
type Algorithm = (typeof ALGORITHMS)[number];
/** Between what a request costs in all and what its parts cost alone. */
const GOAL = { atMost: 1.25 };

interface Sample {
  readonly rate: number;
  /** Processor time of the server, in µs per request. */
  readonly cpu: number;
  readonly p50: number;
  readonly p99: number;
}

export async function benchReceiver({ quick, progress }: BenchOptions): Promise<BenchReport> {
  const count = quick ? 1_000 : 8_000;
  const rounds = quick ? 1 : 5;
  progress(`signing ${count} tokens per algorithm`);
  await using cloud = await startBenchCloud(ALGORITHMS, count);
  await using load = await startProcess("load-process.ts");
  await using work = await startProcess("work-process.ts");
  const servers = new Map<Served, MeasuredProcess & AsyncDisposable>();
  await using stack = new AsyncDisposableStack();
  for (const served of ["bare", "hono", "receiver", "receiver-client"] as const) {
    servers.set(served, stack.use(await startProcess("server-process.ts", [served], cloud.variables)));
  }

  async function serve(served: Served, algorithm: Algorithm): Promise<Sample> {
    const server = servers.get(served);
    if (server === undefined) throw new Error(`no server ${served}`);
    const order: LoadOrder = {
      file: cloud.traffic[algorithm].file,
      port: server.ready as number,
      connections: CONNECTIONS,
    };
    const before = await server.usage();
    const { seconds, statuses, p50, p99 } = (await load.ask(order)) as LoadResult;
    const after = await server.usage();
    const good = (statuses["202"] ?? 0) + (statuses["204"] ?? 0);
    if (good !== count) throw new Error(`${served} did not take every event: ${JSON.stringify(statuses)}`);
    return { rate: count / seconds, cpu: (after.cpuMicroseconds - before.cpuMicroseconds) / count, p50, p99 };
  }

  async function alone(order: WorkOrder): Promise<Sample> {
    const { count, seconds, cpuMicroseconds } = (await work.ask(order)) as WorkResult;
    return { rate: count / seconds, cpu: cpuMicroseconds / count, p50: 0, p99: 0 };
  }

  const verify = (algorithm: Algorithm) => () => {
    const { file, jwk } = cloud.traffic[algorithm];
    return alone({ work: "verify", file, jwk });
  };
  const { file } = cloud.traffic.RS256;
  const samples = await inRounds(
    rounds,
    {
      bare: () => serve("bare", "RS256"),
      hono: () => serve("hono", "RS256"),
      publish: () => alone({ work: "publish", file, emulatorHost: cloud.pubsubHost }),
      verifyRS256: verify("RS256"),
      verifyES256: verify("ES256"),
      receiverRS256: () => serve("receiver", "RS256"),
      receiverES256: () => serve("receiver", "ES256"),
      clientRS256: () => serve("receiver-client", "RS256"),
      clientES256: () => serve("receiver-client", "ES256"),
    },
    progress,
  );
  const series = (what: string, name: keyof typeof samples, value: keyof Sample): Series => ({
    what,
    samples: samples[name].map((sample) => sample[value]),
  });

  const figures: Figure[] = [];
  const bareRate = series("bare http", "bare", "rate");
  const bareCpu = series("bare http", "bare", "cpu");
  figures.push(
    figure("1/s", series("hono alone", "hono", "rate"), bareRate),
    figure("µs", series("  processor per request", "hono", "cpu"), bareCpu),
    figure("µs", series("publish alone, processor per message", "publish", "cpu"), bareCpu),
  );
  for (const algorithm of ALGORITHMS) {
    const verifyCpu = series("verify alone", `verify${algorithm}`, "cpu");
    figures.push(figure("µs", { ...verifyCpu, what: `verify ${algorithm} alone, one core` }, bareCpu));
    for (const kind of ["receiver", "client"] as const) {
      const name = `${kind}${algorithm}` as const;
      const parts =
        kind === "receiver"
          ? [bareCpu, verifyCpu]
          : [bareCpu, verifyCpu, series("publish", "publish", "cpu")];
      const publisher = kind === "receiver" ? "a publisher of 2 ms" : "the official client";
      figures.push(
        figure("1/s", series(`receiver, ${algorithm}, ${publisher}`, name, "rate"), bareRate),
        figure("ms", series("  p50", name, "p50"), series("bare http", "bare", "p50")),
        figure("ms", series("  p99", name, "p99"), series("bare http", "bare", "p99")),
        figure("µs", series("  processor per event", name, "cpu"), sum(parts), GOAL),
      );
    }
  }
  const openssl = await opensslVerifications(progress);
  for (const algorithm of openssl === undefined ? [] : ALGORITHMS) {
    const rate = openssl?.[algorithm] ?? Number.NaN;
    const one = { what: "openssl speed", samples: samples.bare.map(() => rate) };
    figures.push(figure("1/s", series(`verify ${algorithm} alone`, `verify${algorithm}`, "rate"), one));
    figures.push(
      figure(
        "1/s",
        series(`receiver, ${algorithm}, a publisher of 2 ms`, `receiver${algorithm}`, "rate"),
        one,
      ),
    );
  }
  return {
    title: "Receiver",
    figures,
    notes: [
      `${count} events per variant and round, ${rounds} rounds, ${CONNECTIONS} connections, one token per event.`,
      "Processor time is that of the server's process, all threads; the load comes from another process.",
      "The baseline of an event is bare http + verifying its signature on one core (+ publishing it with the official client).",
      ...(openssl === undefined ? ["openssl is not installed: its own speed is not shown."] : []),
    ],
  };
}

function sum(series: readonly Series[]): Series {
  const rounds = series[0]?.samples.length ?? 0;
  return {
    what: series.map(({ what }) => what).join(" + "),
    samples: Array.from({ length: rounds }, (_, round) =>
      series.reduce((total, { samples }) => total + (samples[round] ?? Number.NaN), 0),
    ),
  };
}

async function startProcess(
  module: string,
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<MeasuredProcess & AsyncDisposable> {
  const started = await startMeasured({ module: `test/bench/receiver/${module}`, args, env });
  return { ...started, [Symbol.asyncDispose]: () => started.stop() };
}
