/** The load generator, a process of its own: sends prepared requests over kept connections and counts the answers. */
import { connect, type Socket } from "node:net";
import { performance } from "node:perf_hooks";
import { Durations } from "#services/cli/send/durations.ts";
import { answerReader } from "./answer-reader.ts";
import { readTraffic } from "./traffic.ts";

export interface OpenOrder {
  readonly port: number;
  /** As many requests are under way at a time. */
  readonly connections: number;
}

/** Goes over the connections that were opened last. */
export interface LoadOrder {
  /** A file of `writeTraffic`. */
  readonly file: string;
  /** How many to send, going round the file; each of it once, if left out. */
  readonly requests?: number;
}

export interface LoadResult {
  /**
   * Successes per second under full load: from as many answers as there are connections, which all began at once, to
   * the last request that was sent.
   */
  readonly rate: number;
  /** How many answers had which status. */
  readonly statuses: Readonly<Record<string, number>>;
  readonly p50: number;
  readonly p99: number;
}

const files = new Map<string, readonly Buffer[]>();

function requestsOf(file: string): readonly Buffer[] {
  const known = files.get(file) ?? readTraffic(file);
  files.set(file, known);
  return known;
}

let sockets: readonly Socket[] = [];

async function open({ port, connections }: OpenOrder): Promise<"opened"> {
  for (const socket of sockets) socket.removeAllListeners("close").destroy();
  sockets = await openAll(port, connections);
  return "opened";
}

async function run({ file, ...order }: LoadOrder): Promise<LoadResult> {
  const requests = requestsOf(file);
  const count = order.requests ?? requests.length;
  const statuses: Record<string, number> = {};
  const latency = new Durations();
  let next = 0;
  let good = 0;
  let answers = 0;
  const now = () => ({ at: performance.now(), good });
  let begin = now();
  let end = begin;
  await Promise.all(
    sockets.map(
      (socket) =>
        new Promise<void>((resolve, reject) => {
          let sentAt = 0;
          const send = () => {
            const request = requests[next % requests.length];
            if (next++ >= count || request === undefined) return resolve();
            if (next === count) end = now();
            sentAt = performance.now();
            socket.write(request);
          };
          const read = answerReader((status) => {
            statuses[status] = (statuses[status] ?? 0) + 1;
            if (status < 300) good += 1;
            if (++answers === sockets.length) begin = now();
            latency.add(performance.now() - sentAt);
            send();
          });
          socket.on("data", read);
          socket.once("error", reject);
          socket.once("close", () => reject(new Error("the server closed a connection")));
          send();
        }),
    ),
  );
  return {
    rate: (1000 * (end.good - begin.good)) / (end.at - begin.at),
    statuses,
    p50: latency.percentile(50) ?? 0,
    p99: latency.percentile(99) ?? 0,
  };
}

/** Fewer than a listening socket's queue holds: the kernel drops what is beyond it, and sends again after seconds. */
const OPENED_AT_ONCE = 100;

async function openAll(port: number, count: number): Promise<Socket[]> {
  const sockets: Socket[] = [];
  while (sockets.length < count) {
    const some = Math.min(OPENED_AT_ONCE, count - sockets.length);
    sockets.push(...(await Promise.all(Array.from({ length: some }, () => connectTo(port)))));
  }
  return sockets;
}

function connectTo(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true }, () => resolve(socket));
    socket.once("error", reject);
  });
}

process.on("message", (order) => {
  if (order === "usage") return;
  const { port } = order as Partial<OpenOrder>;
  const done = port === undefined ? run(order as LoadOrder) : open(order as OpenOrder);
  void done.then((result) => process.send?.(result));
});
process.channel?.ref();
process.send?.("ready");
