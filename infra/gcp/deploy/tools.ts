/** Runs gcloud and Terraform, talks to the person at the terminal, and passes one Ctrl-C on to what runs. */
import { spawn } from "node:child_process";
import { basename } from "node:path";
import { createInterface } from "node:readline";
import { createInterface as createPrompt } from "node:readline/promises";

/** A failure that the person who deploys can do something about; its message ends with what to do. */
export class DeployError extends Error {}

export interface Tools {
  /** Shows what the command prints. @throws DeployError when it fails */
  readonly show: (command: string, ...args: readonly string[]) => Promise<void>;
  /** Its stdout; `undefined` when it failed or is not installed. */
  readonly ask: (command: string, ...args: readonly string[]) => Promise<string | undefined>;
  /** Its stdout. @throws DeployError with its stderr when it fails */
  readonly read: (command: string, ...args: readonly string[]) => Promise<string>;
  /** Hands over each line of stdout and stderr as it comes. @returns the exit code; 127 when it is not installed */
  readonly stream: (
    command: string,
    args: readonly string[],
    onLine: (line: string) => void,
  ) => Promise<number>;
  readonly say: (text: string) => void;
  /** What the person types, trimmed; empty when stdin is closed. */
  readonly question: (text: string) => Promise<string>;
  /** Ends early when the run is interrupted. */
  readonly pause: (ms: number) => Promise<void>;
  /** Milliseconds of a monotonic clock. */
  readonly now: () => number;
  /** Aborted by Ctrl-C or SIGTERM. */
  readonly interrupted: AbortSignal;
}

const STOPPING =
  "stopping: what runs is given the time to finish what it has begun. Once more Ctrl-C stops it at once, and may leave resources that Terraform does not know.";

/**
 * Terraform finishes its requests after the first interrupt and gives up after the second
 * (https://developer.hashicorp.com/terraform/cli/commands/apply). One that is sent to its group while it starts a process
 * sometimes counts as two: 6 of 120 times with Terraform 1.11.4, 0 of 120 when it is sent to Terraform alone, which
 * stops what it has started. Other commands get it as from a terminal, with their group.
 */
const stopsItsOwn = (command: string) => basename(command) === "terraform";

/**
 * @param signals of the process that the person interrupts
 */
export function createSystemTools(signals: Pick<NodeJS.Process, "on">): Tools {
  const children = new Set<ReturnType<typeof spawn>>();
  const interruption = new AbortController();
  const say = (text: string) => console.log(text);
  const interrupt = () => {
    if (!interruption.signal.aborted) say(`\n${STOPPING}`);
    interruption.abort();
    for (const { pid, spawnfile } of children)
      if (pid !== undefined) process.kill(stopsItsOwn(spawnfile) ? pid : -pid, "SIGINT");
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) signals.on(signal, interrupt);

  /** A process group of its own: a terminal sends Ctrl-C to its whole group, and Terraform would count two. */
  const start = (
    command: string,
    args: readonly string[],
    stdout: "pipe" | "inherit",
    stderr: "pipe" | "inherit",
  ) => {
    const child = spawn(command, args, { stdio: ["ignore", stdout, stderr], detached: true });
    children.add(child);
    const code = new Promise<number>((resolve, reject) => {
      child.on("error", (error: NodeJS.ErrnoException) =>
        error.code === "ENOENT" ? resolve(127) : reject(error),
      );
      child.on("close", (status, signal) => resolve(status ?? (signal === null ? 1 : 130)));
    }).finally(() => children.delete(child));
    return { child, code };
  };
  const collect = async (command: string, args: readonly string[]) => {
    const { child, code } = start(command, args, "pipe", "pipe");
    let output = "";
    let errors = "";
    child.stdout?.setEncoding("utf8").on("data", (text: string) => (output += text));
    child.stderr?.setEncoding("utf8").on("data", (text: string) => (errors += text));
    return { code: await code, output: output.trim(), errors: errors.trim() };
  };

  return {
    say,
    interrupted: interruption.signal,
    now: () => performance.now(),
    async show(command, ...args) {
      const code = await start(command, args, "inherit", "inherit").code;
      if (code !== 0) throw new DeployError(failed(command, args, code));
    },
    async ask(command, ...args) {
      const { code, output } = await collect(command, args);
      return code === 0 ? output : undefined;
    },
    async read(command, ...args) {
      const { code, output, errors } = await collect(command, args);
      if (code !== 0) throw new DeployError(`${errors}\n${failed(command, args, code)}`);
      return output;
    },
    async stream(command, args, onLine) {
      const { child, code } = start(command, args, "pipe", "pipe");
      for (const input of [child.stdout, child.stderr])
        if (input !== null) createInterface({ input }).on("line", onLine);
      return await code;
    },
    async question(text) {
      const prompt = createPrompt({ input: process.stdin, output: process.stdout });
      // readline takes Ctrl-C for itself while it asks.
      prompt.on("SIGINT", () => {
        interrupt();
        prompt.close();
      });
      const closed = new Promise<string>((resolve) => prompt.once("close", () => resolve("")));
      const answer = await Promise.race([prompt.question(text), closed]);
      prompt.close();
      return answer.trim();
    },
    pause: (ms) =>
      new Promise((resolve) => {
        if (interruption.signal.aborted) return resolve();
        const timer = setTimeout(resolve, ms);
        interruption.signal.addEventListener("abort", () => {
          clearTimeout(timer);
          resolve();
        });
      }),
  };
}

function failed(command: string, args: readonly string[], code: number): string {
  const verb = args.find((arg) => !arg.startsWith("-")) ?? "";
  return `${command} ${verb} failed (exit code ${code})`;
}
