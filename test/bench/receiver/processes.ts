/** The processes of the receiver's benches: servers under load, and the load. */
import { type MeasuredProcess, startMeasured } from "../measured.ts";
import type { LoadOrder, LoadResult, OpenOrder } from "./load-process.ts";

/** @param module beside this one */
export async function startProcess(
  module: string,
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<MeasuredProcess & AsyncDisposable> {
  const started = await startMeasured({ module: `test/bench/receiver/${module}`, args, env });
  return { ...started, [Symbol.asyncDispose]: () => started.stop() };
}

export interface Sample {
  /** Successes per second. */
  readonly rate: number;
  /** Processor time of the server in µs per success. */
  readonly cpu: number;
  /** Milliseconds from a request to its answer, whatever that was. */
  readonly p50: number;
  readonly p99: number;
  /** Bytes of the server's memory at the end. */
  readonly rss: number;
  /** How many answers had which status. */
  readonly statuses: LoadResult["statuses"];
}

/** @param allowed statuses that may occur; any other means that the figures are not of what they are called */
export async function putUnderLoad(
  server: MeasuredProcess,
  load: MeasuredProcess,
  { connections, ...order }: LoadOrder & Pick<OpenOrder, "connections">,
  allowed: readonly string[] = ["202", "204"],
): Promise<Sample> {
  // Opening them takes more than a request does, and is not what is measured.
  await load.ask({ port: server.ready as number, connections } satisfies OpenOrder);
  const before = await server.usage();
  const result = (await load.ask(order satisfies LoadOrder)) as LoadResult;
  const after = await server.usage();
  const { rate, statuses, p50, p99 } = result;
  if (Object.keys(statuses).some((status) => !allowed.includes(status)))
    throw new Error(`answers of another kind: ${JSON.stringify(statuses)}`);
  const good = (statuses["202"] ?? 0) + (statuses["204"] ?? 0);
  const cpu = (after.cpuMicroseconds - before.cpuMicroseconds) / good;
  return { rate, cpu, p50, p99, rss: after.rssBytes, statuses };
}
