/** The bridge as its own process, with its log as objects. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { expect } from "vitest";

export const TOKEN = "token-for-tests";
/** How long `expect.poll` waits for what takes milliseconds on an idle machine. */
export const PATIENCE = { timeout: 30_000, interval: 50 };

export interface Bridge {
  readonly logs: readonly Record<string, unknown>[];
  /** The lines on stderr. */
  readonly errors: readonly string[];
  /** Resolves when a line with this message has been logged. */
  logged(message: string): Promise<Record<string, unknown>>;
  /** @returns the exit status, or the signal's name */
  end(signal: NodeJS.Signals): Promise<number | string>;
  exited(): Promise<number | string>;
}

export function startBridge(variables: Record<string, string>): Bridge {
  const child: ChildProcess = spawn(process.execPath, ["services/nats-bridge/main.ts"], {
    env: {
      ...process.env,
      HOST: "127.0.0.1",
      PORT: "0",
      NATS_SUBJECT: "zot.events",
      ZOT_TOKEN: TOKEN,
      FORWARD_WORKERS: "4",
      NATS_ACK_WAIT_SECONDS: "2",
      REQUEST_TIMEOUT_MS: "1000",
      ...variables,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const logs: Record<string, unknown>[] = [];
  const errors: string[] = [];
  const out = child.stdout as NonNullable<ChildProcess["stdout"]>;
  const err = child.stderr as NonNullable<ChildProcess["stderr"]>;
  createInterface({ input: out }).on("line", (line) => logs.push(JSON.parse(line) as never));
  createInterface({ input: err }).on("line", (line) => errors.push(line));
  const exit = once(child, "close").then(([code, signal]) => (code ?? signal) as number | string);
  return {
    logs,
    errors,
    async logged(message) {
      const find = () => logs.find((line) => line["message"] === message);
      await expect.poll(find, PATIENCE).toBeDefined();
      return find() as Record<string, unknown>;
    },
    end(signal) {
      child.kill(signal);
      return exit;
    },
    exited: () => exit,
  };
}
