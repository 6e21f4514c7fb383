/** Runs gcloud, Terraform and the program of `make deploy`. */
import { spawn } from "node:child_process";

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly errors: string;
}

export interface RunOptions {
  /** Over the caller's environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Written to stdin, which is empty otherwise. */
  readonly input?: string;
  /** What it prints goes to the terminal as well. */
  readonly isShown?: boolean;
  /** Sent SIGINT when aborted. */
  readonly signal?: AbortSignal;
}

/** Resolves however the command ends; exit code 127 when there is no such command. */
export type RunCommand = (command: string, args: readonly string[], options?: RunOptions) => Promise<Ran>;

export const runCommand: RunCommand = (command, args, { env = {}, input, isShown = false, signal } = {}) =>
  new Promise((resolve, reject) => {
    // A process group of its own: Ctrl-C at the terminal reaches this process only, which decides what is stopped.
    const child = spawn(command, args, { env: { ...process.env, ...env }, detached: true });
    const ran = { out: "", errors: "" };
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      ran.out += text;
      if (isShown) process.stdout.write(text);
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      ran.errors += text;
      if (isShown) process.stderr.write(text);
    });
    // A command that ends early doesn't read what is written.
    child.stdin.on("error", () => undefined);
    child.stdin.end(input ?? "");
    const interrupt = () => void child.kill("SIGINT");
    signal?.addEventListener("abort", interrupt, { once: true });
    child.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") resolve({ code: 127, out: "", errors: `${command}: not found` });
      else reject(error);
    });
    child.on("close", (status) => {
      signal?.removeEventListener("abort", interrupt);
      resolve({ code: status ?? 1, ...ran });
    });
  });

/** @returns stdout, trimmed @throws Error with the last line of stderr when it fails */
export async function gcloud(
  run: RunCommand,
  args: readonly string[],
  options?: RunOptions,
): Promise<string> {
  const { code, out, errors } = await run("gcloud", [...args, "--quiet"], options);
  if (code === 0) return out.trim();
  const last = errors.trim().split("\n").at(-1) ?? "";
  throw new Error(`gcloud ${args.slice(0, 3).join(" ")}: ${last || `exit code ${code}`}`);
}
