/** A Cloud Tasks stand-in with the official client, and a service on a free port that its tasks call. */
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CloudTasksClient, type protos } from "@google-cloud/tasks";
import { credentials } from "@grpc/grpc-js";
import type { StandIn } from "#infra/local/stand-in.ts";
import { startTasks } from "#infra/local/tasks/start.ts";

export const LOCATION = "projects/pullhouse-local/locations/us-central1";

interface Call {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly atMs: number;
  /** Answers the request. */
  answer(status: number): void;
}

export interface TargetService {
  readonly url: string;
  /** The next call that was not taken yet. */
  nextCall(): Promise<Call>;
  /** Calls that arrived and were not taken. */
  readonly untaken: Call[];
  close(): Promise<void>;
}

export async function startTarget(): Promise<TargetService> {
  const untaken: Call[] = [];
  const waiting: ((call: Call) => void)[] = [];
  const server = createServer((request, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const call: Call = {
        method: request.method ?? "",
        path: request.url ?? "",
        headers: request.headers,
        body: Buffer.concat(chunks).toString(),
        atMs: Date.now(),
        answer: (status) => void response.writeHead(status).end(),
      };
      const taker = waiting.shift();
      if (taker) taker(call);
      else untaken.push(call);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    untaken,
    nextCall() {
      const call = untaken.shift();
      return call ? Promise.resolve(call) : new Promise((resolve) => waiting.push(resolve));
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export interface TasksHarness {
  readonly port: number;
  readonly client: CloudTasksClient;
  readonly target: TargetService;
  /** Creates a queue and returns its name. */
  queue(id: string, settings?: protos.google.cloud.tasks.v2.IQueue): Promise<string>;
  /** Creates a task that calls the target and returns its name. */
  task(queue: string, task?: protos.google.cloud.tasks.v2.ITask): Promise<string>;
  /** Resolves once the task has left its queue. */
  ended(task: string): Promise<void>;
  /** Stops the stand-in and starts it again on the same state and port. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

export async function startTasksHarness(): Promise<TasksHarness> {
  const stateDir = mkdtempSync(join(tmpdir(), "pullhouse-tasks-"));
  const target = await startTarget();
  let standIn: StandIn = await startTasks({ port: 0, stateDir });
  const { port } = standIn;
  const client = new CloudTasksClient({
    apiEndpoint: "127.0.0.1",
    port,
    sslCreds: credentials.createInsecure(),
  });
  return {
    port,
    client,
    target,
    async queue(id, settings = {}) {
      const [queue] = await client.createQueue({
        parent: LOCATION,
        queue: { name: `${LOCATION}/queues/${id}`, ...settings },
      });
      return String(queue.name);
    },
    async task(queue, task = {}) {
      const [created] = await client.createTask({
        parent: queue,
        task: { httpRequest: { url: target.url }, ...task },
      });
      return String(created.name);
    },
    async ended(name) {
      const exists = () =>
        client.getTask({ name }).then(
          () => true,
          (error: { code?: number }) => {
            if (error.code === 5) return false;
            throw error;
          },
        );
      while (await exists()) await new Promise((resolve) => setImmediate(resolve));
    },
    async restart() {
      await standIn.close();
      standIn = await startTasks({ port, stateDir });
    },
    async close() {
      await client.close();
      await standIn.close();
      await target.close();
      rmSync(stateDir, { recursive: true, force: true });
    },
  };
}

/** A time from now as the client takes it. */
export function inMs(ms: number): { seconds: number; nanos: number } {
  const at = Date.now() + ms;
  return { seconds: Math.floor(at / 1000), nanos: (at % 1000) * 1_000_000 };
}
