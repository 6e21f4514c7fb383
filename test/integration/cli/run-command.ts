/** Runs the `pullhouse` command and collects what it prints. */
import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { runCommand } from "#services/cli/run-command.ts";

const BIN = fileURLToPath(new URL("../../../services/cli/bin.js", import.meta.url));

export interface Ran {
  readonly status: number | null;
  readonly out: string;
  readonly error: string;
}

/** As a user does, through its bin. */
export async function pullhouse(
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
  input = "",
): Promise<Ran> {
  const child = spawn(process.execPath, [BIN, ...args], { env: { ...process.env, ...env } });
  child.stdin.end(input);
  const exited = new Promise<number | null>((resolve) => child.once("exit", resolve));
  const [status, out, error] = await Promise.all([exited, text(child.stdout), text(child.stderr)]);
  return { status, out, error };
}

/** One at a time: how a command ended is the process's exit code. */
let before: Promise<unknown> = Promise.resolve();

/** All of it but the start of a process, which is most of its time; for tests of what a command does. */
export function pullhouseHere(
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
  input = "",
): Promise<Ran> {
  const run = before.then(async () => {
    const ran = { out: "", error: "" };
    // Google's clients read the process's own environment.
    const outside = { ...process.env };
    Object.assign(process.env, env);
    process.exitCode = undefined;
    try {
      await runCommand(
        {
          env: { ...process.env, ...env },
          out: async (words) => void (ran.out += words),
          error: (words) => void (ran.error += words),
          live: false,
          input: async () => input,
          signal: new AbortController().signal,
        },
        "0.0.0",
        args,
      );
      // What the command did to it, TypeScript does not see.
      const { exitCode } = process as { exitCode: number | undefined };
      return { status: exitCode ?? 0, ...ran };
    } finally {
      process.exitCode = undefined;
      for (const name of Object.keys(env)) {
        if (outside[name] === undefined) delete process.env[name];
        else process.env[name] = outside[name];
      }
    }
  });
  before = run.catch(() => {});
  return run;
}
