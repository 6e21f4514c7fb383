/** A Node process whose use of processor and memory can be asked for, whatever program it runs. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";

interface Usage {
  /** Of all threads since the process began, in user and system mode. */
  readonly cpuMicroseconds: number;
  readonly rssBytes: number;
  /** The largest that `rssBytes` has ever been. */
  readonly peakRssBytes: number;
}

export interface MeasuredProcess {
  readonly pid: number;
  /** Its first message: what it is ready with. */
  readonly ready: unknown;
  usage(): Promise<Usage>;
  /** Asks for any work by message; the answer is the next message of the process. */
  ask(question: unknown): Promise<unknown>;
  /** SIGTERM; resolves when it is gone. */
  stop(): Promise<void>;
}

export interface MeasuredProgram {
  /** A module of the repository, as a path from its root. */
  readonly module: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** What its log says once it is ready, for programs that send no message; `ready` is then that line. */
  readonly readyLine?: RegExp;
}

const ANSWER_USAGE = new URL("answer-usage.ts", import.meta.url).href;

/** @throws Error when the process ends before it is ready; what it wrote to stderr is on ours */
export async function startMeasured(program: MeasuredProgram): Promise<MeasuredProcess> {
  const child = fork(program.module, [...(program.args ?? [])], {
    env: { ...process.env, METADATA_SERVER_DETECTION: "none", ...program.env },
    execArgv: ["--import", ANSWER_USAGE],
    stdio: ["ignore", program.readyLine === undefined ? "ignore" : "pipe", "inherit", "ipc"],
  });
  const ended = once(child, "exit");
  const gone = ended.then(([status]) => {
    throw new Error(`${program.module} ended with ${String(status)}`);
  });
  // Who waits for an answer is told; when nobody waits, an end is what `stop` asked for.
  gone.catch(() => undefined);
  const ready = await Promise.race([
    program.readyLine === undefined ? nextMessage(child) : lineOf(child, program.readyLine),
    gone,
  ]);
  const ask = (question: unknown) => {
    const answer = nextMessage(child);
    child.send(question as object);
    return Promise.race([answer, gone]);
  };
  return {
    pid: child.pid as number,
    ready,
    ask,
    usage: async () => (await ask("usage")) as Usage,
    async stop() {
      child.kill("SIGTERM");
      await ended;
    },
  };
}

async function nextMessage(child: ChildProcess): Promise<unknown> {
  const [message] = (await once(child, "message")) as [unknown];
  return message;
}

/** Reads on after the line, so that the process never waits for its log to be read. */
function lineOf(child: ChildProcess, wanted: RegExp): Promise<string> {
  return new Promise((resolve) => {
    let text: string | undefined = "";
    child.stdout?.on("data", (chunk: Buffer) => {
      if (text === undefined) return;
      text += chunk.toString();
      const line = text.split("\n").find((one) => wanted.test(one));
      if (line === undefined) return;
      text = undefined;
      resolve(line);
    });
  });
}
