/** A bundle as a process with nothing in it that is not in the image, unlike a measured one (measured.ts). */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

export interface BundleProcess {
  readonly pid: number;
  readonly port: number;
  /** SIGTERM; resolves when it is gone. */
  stop(): Promise<void>;
}

/** @throws Error when it ends before it listens; why is on our stderr */
export async function startBundle(
  entry: string,
  env: Readonly<Record<string, string>>,
): Promise<BundleProcess> {
  const child = spawn(process.execPath, [entry], { env, stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(child, "exit");
  const port = await new Promise<number>((resolve, reject) => {
    // Reads on afterwards, so that the process never waits for its log to be read.
    const lines = createInterface({ input: child.stdout });
    lines.on("line", (line) => {
      const { message, port: listening } = JSON.parse(line) as { message: string; port?: number };
      if (message === "listening" && listening !== undefined) resolve(listening);
    });
    lines.once("close", () => reject(new Error(`${entry} ended before it listened`)));
  });
  return {
    pid: child.pid as number,
    port,
    async stop() {
      child.kill("SIGTERM");
      await ended;
    },
  };
}
