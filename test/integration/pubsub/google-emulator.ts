/** Google's Pub/Sub emulator from an installed Google Cloud SDK, as a process of its own. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";

export interface GoogleEmulator {
  readonly port: number;
  stop(): Promise<void>;
}

/** The jar, or which command or component this machine lacks. */
export function findEmulator(): { path: string } | { missing: string } {
  // It prints its version to stderr: an empty answer is an answer.
  if (answers("java", ["-version"]) === undefined) return { missing: "java is not installed" };
  const root = answers("gcloud", ["info", "--format=value(installation.sdk_root)"])?.trim();
  if (!root) return { missing: "gcloud is not installed" };
  const folder = join(root, "platform/pubsub-emulator/lib");
  const jar = jarIn(folder);
  return jar ? { path: jar } : { missing: "gcloud's component pubsub-emulator is not installed" };
}

export async function startEmulator(jar: string): Promise<GoogleEmulator> {
  const port = await freePort();
  const child = spawn("java", ["-Xmx512m", "-jar", jar, "--host=127.0.0.1", `--port=${port}`], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  try {
    await started(child);
  } catch (error) {
    child.kill("SIGKILL");
    throw error;
  }
  return {
    port,
    async stop() {
      const exited = once(child, "exit");
      child.kill("SIGKILL");
      await exited;
    },
  };
}

/** The emulator logs to stderr and goes on doing so: both streams are read to the end. */
async function started(child: ChildProcess): Promise<void> {
  const seen: string[] = [];
  await new Promise<void>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      if (!stream) continue;
      createInterface({ input: stream }).on("line", (line) => {
        if (seen.length < 50) seen.push(line);
        if (line.includes("Server started")) resolve();
      });
    }
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`the emulator ended with ${code}:\n${seen.join("\n")}`)));
  });
}

/** A command's output, or undefined when there is no such command or it fails. */
function answers(command: string, args: string[]): string | undefined {
  try {
    return execFileSync(command, args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  } catch {
    return undefined;
  }
}

function jarIn(folder: string): string | undefined {
  try {
    const jar = readdirSync(folder).find((name) => /^cloud-pubsub-emulator-.*-all\.jar$/.test(name));
    return jar && join(folder, jar);
  } catch {
    return undefined;
  }
}

/** The emulator does not take port 0. */
async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, "close");
  return port;
}
