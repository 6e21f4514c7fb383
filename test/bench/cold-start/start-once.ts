/** One life of a server process, timed from its spawn to its first answer. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { request } from "node:http";
import { performance } from "node:perf_hooks";
import { createInterface } from "node:readline";
import { processorTime } from "../process-figures.ts";

export interface Program {
  /** What Node gets: options, the module, or a program text behind `--eval`. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** The request of the first answer; prepared beforehand, sent when the program says that it listens. */
  readonly first: FirstRequest;
}

export interface FirstRequest {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

export interface Start {
  /** Milliseconds since the spawn. */
  readonly listening: number;
  readonly answered: number;
  /** Milliseconds of processor time until the answer: what others do on the machine is not in it. */
  readonly processor: number;
}

/** @throws Error when the program ends before it listens, or answers anything but a success */
export async function startOnce({ args, env, cwd, first }: Program): Promise<Start> {
  const begin = performance.now();
  const child = spawn(process.execPath, args, { env, cwd, stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(child, "exit");
  try {
    const port = await portOf(child.stdout);
    const listening = performance.now() - begin;
    const { status, text } = await send(port, first);
    const answered = performance.now() - begin;
    const processor = processorTime(child.pid as number);
    if (status >= 300) throw new Error(`${args.join(" ")} answered ${status}: ${text}`);
    return { listening, answered, processor };
  } finally {
    child.kill("SIGTERM");
    await ended;
  }
}

/** From the log line that every service writes once it listens; reads on, so that nobody waits for the log to be read. */
function portOf(log: NodeJS.ReadableStream): Promise<number> {
  return new Promise((resolve, reject) => {
    const lines = createInterface({ input: log });
    lines.on("line", (line) => {
      const { message, port } = JSON.parse(line) as { message: string; port?: number };
      if (message === "listening" && port !== undefined) resolve(port);
    });
    lines.once("close", () => reject(new Error("it ended before it listened")));
  });
}

function send(
  port: number,
  { path, headers, body }: FirstRequest,
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: "127.0.0.1", port, path, method: "POST", headers }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => {
        text += chunk;
      });
      response.once("end", () => resolve({ status: response.statusCode ?? 0, text }));
    });
    sent.once("error", reject);
    sent.end(body);
  });
}
