/** Runs the `pullhouse` command as a user does, through its bin, and collects what it prints. */
import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";

const BIN = fileURLToPath(new URL("../../../services/cli/bin.js", import.meta.url));

export interface Ran {
  readonly status: number | null;
  readonly out: string;
  readonly error: string;
}

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
