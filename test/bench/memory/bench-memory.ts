/** What the deployed bundles take, idle and at work, beside what each has on Cloud Run. */
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { ServiceName } from "#infra/gcp/names.ts";
import { HEAPS, sizeOf } from "#infra/gcp/sizes.ts";
import { makeKey } from "#test/support/issuer.ts";
import { type BundledPlace, openBundledPlace } from "../bundled-place.ts";
import { type BenchOptions, type BenchReport, figure, group } from "../measure.ts";
import { memory } from "../process-figures.ts";
import type { LoadOrder, LoadResult, OpenOrder } from "../receiver/load-process.ts";
import { startProcess } from "../receiver/processes.ts";
import { signTraffic, writeTraffic } from "../receiver/traffic.ts";
import { type BundleProcess, startBundle } from "./bundle-process.ts";

/** Each is sent several times: what memory a service takes does not depend on whether it knows an event. */
const TOKENS = 4_000;
/** After it listens, a service reads Google's clients. */
const SETTLED_MS = 2_000;
/** As Cloud Run sends an instance at a time. */
const CONNECTIONS = sizeOf("receiver", { maxReceivers: 1, receiverShape: "shared" }).concurrency;

interface Taken {
  readonly idle: number;
  readonly most: number;
}

export async function benchMemory({ quick, progress }: BenchOptions): Promise<BenchReport> {
  const events = quick ? 10_000 : 100_000;
  await using stack = new AsyncDisposableStack();
  progress("building the bundles and starting the stand-ins");
  const place = stack.use(await openBundledPlace());
  progress(`signing ${TOKENS} tokens`);
  const file = join(place.folder, "traffic");
  const key = await makeKey("RS256");
  place.issuer.keys.push(key);
  writeTraffic(file, await signTraffic(place.issuer, key, TOKENS));
  const load = stack.use(await startProcess("load-process.ts"));

  progress(`receiver: ${events} events`);
  const receiver = await takenBy("receiver", place, async ({ port }) => {
    await load.ask({ port, connections: CONNECTIONS } satisfies OpenOrder);
    const { statuses } = (await load.ask({ file, requests: events } satisfies LoadOrder)) as LoadResult;
    if (statuses["202"] !== events) throw new Error(`not all are accepted: ${JSON.stringify(statuses)}`);
  });
  progress(`batcher: a backlog of ${events}`);
  const batcher = await takenBy("batcher", place, ({ port }) => finish(port, "/drain"));
  progress("loader: what the batcher has written");
  const loader = await takenBy("loader", place, ({ port }) => finish(port, "/load"));
  const taken: Record<ServiceName, Taken> = { receiver, batcher, loader };
  const names: readonly ServiceName[] = ["receiver", "batcher", "loader"];
  return {
    title: "Memory",
    figures: names.flatMap((service) => {
      const limit = {
        what: "on Cloud Run",
        samples: [Number.parseInt(sizeOf(service, { maxReceivers: 1, receiverShape: "shared" }).memory, 10)],
      };
      const of = (what: string, value: keyof Taken) => ({ what, samples: [taken[service][value]] });
      return group(
        figure("MiB", of(`${service}, idle`, "idle"), limit),
        figure("MiB", of("most", "most"), limit, { atMost: 1 }),
      );
    }),
    notes: [
      `The bundles with the NODE_OPTIONS of infra/gcp: ${events} events received, ${CONNECTIONS} at a time, then drained, then loaded.`,
      "Of the kernel's count: what the process has in memory, its files included.",
    ],
  };
}

async function takenBy(
  service: ServiceName,
  { folder, env }: BundledPlace,
  work: (server: BundleProcess) => Promise<void>,
): Promise<Taken> {
  const server = await startBundle(join(folder, service, "main.js"), { ...env, ...HEAPS[service] });
  try {
    await sleep(SETTLED_MS);
    const idle = memory(server.pid, "VmRSS");
    await work(server);
    return { idle, most: memory(server.pid, "VmHWM") };
  } finally {
    await server.stop();
  }
}

/** Asks for rounds until there is nothing left to do. */
async function finish(port: number, path: "/drain" | "/load"): Promise<void> {
  for (let rounds = 0; ; rounds += 1) {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { method: "POST" });
    const { outcome } = (await response.json()) as { outcome: string };
    if (!response.ok) throw new Error(`${path} answered ${response.status}, ${outcome}`);
    if (outcome !== "empty") continue;
    if (rounds === 0) throw new Error(`${path} had nothing to do`);
    return;
  }
}
