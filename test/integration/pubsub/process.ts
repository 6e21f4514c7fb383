/** The local Pub/Sub as a process that can be killed, on a state folder that outlives it. */
import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { connect, type Rig } from "./rig.ts";

const MAIN = fileURLToPath(import.meta.resolve("#infra/local/pubsub/main.ts"));

export interface PubSubProcess {
  readonly port: number;
  readonly rig: Rig;
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<void>;
}

/** @param home becomes PULLHOUSE_HOME */
export async function startProcess(home: string): Promise<PubSubProcess> {
  const child = spawnPubSub(home);
  const lines = collect(child);
  const exited = once(child, "exit");
  const port = await Promise.race([
    lines.match(/^pubsub listening on 127\.0\.0\.1:(\d+)$/m).then(([, found]) => Number(found)),
    exited.then(([code]) => {
      throw new Error(`it ended with ${code}: ${lines.text()}`);
    }),
  ]);
  const rig = connect(port);
  return {
    port,
    rig,
    async kill() {
      child.kill("SIGKILL");
      await exited;
      await rig.close();
    },
  };
}

/** For a start that is to fail: its exit code and what it said. */
export async function runToEnd(home: string): Promise<{ code: number | null; text: string }> {
  const child = spawnPubSub(home, { timeout: 10_000, killSignal: "SIGKILL" });
  const lines = collect(child);
  const [code] = (await once(child, "close")) as [number | null];
  return { code, text: lines.text() };
}

function spawnPubSub(home: string, limit: Pick<SpawnOptions, "timeout" | "killSignal"> = {}): ChildProcess {
  return spawn(process.execPath, [MAIN], {
    env: { ...process.env, PULLHOUSE_HOME: home, PULLHOUSE_PUBSUB_PORT: "0" },
    stdio: ["ignore", "pipe", "pipe"],
    ...limit,
  });
}

function collect(child: ChildProcess) {
  let text = "";
  const waiting: (() => void)[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
      for (const look of waiting) look();
    });
  }
  return {
    text: () => text,
    match: (pattern: RegExp) =>
      new Promise<RegExpExecArray>((resolve) => {
        const look = () => {
          const found = pattern.exec(text);
          if (found) resolve(found);
        };
        waiting.push(look);
        look();
      }),
  };
}
