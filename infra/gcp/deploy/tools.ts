/** Runs gcloud and Terraform: their output to the terminal, or into our hands. */
import { spawn } from "node:child_process";

/** What the person who deploys can do something about. */
export class DeployError extends Error {}

export interface Tools {
  /** Shows what the command prints. @throws DeployError when it fails */
  readonly show: (command: string, ...args: readonly string[]) => Promise<void>;
  /** What it printed on stdout; `undefined` when it failed or is not there. */
  readonly ask: (command: string, ...args: readonly string[]) => Promise<string | undefined>;
  readonly say: (text: string) => void;
}

export const systemTools: Tools = {
  async show(command, ...args) {
    const { code } = await run(command, args, "inherit");
    const verb = args.find((arg) => !arg.startsWith("-")) ?? "";
    if (code !== 0) throw new DeployError(`${command} ${verb} failed (exit code ${code})`);
  },
  async ask(command, ...args) {
    const { code, output } = await run(command, args, "pipe");
    return code === 0 ? output.trim() : undefined;
  },
  say: (text) => console.log(text),
};

/** @returns exit code 127, as a shell, when there is no such command */
async function run(command: string, args: readonly string[], stdout: "inherit" | "pipe") {
  const stderr = stdout === "inherit" ? "inherit" : "ignore";
  const child = spawn(command, args, { stdio: ["inherit", stdout, stderr] });
  let output = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => (output += text));
  const code = await new Promise<number>((resolve, reject) => {
    child.on("error", (error: NodeJS.ErrnoException) =>
      error.code === "ENOENT" ? resolve(127) : reject(error),
    );
    child.on("close", (status, signal) => resolve(status ?? (signal === null ? 1 : 130)));
  });
  return { code, output };
}
