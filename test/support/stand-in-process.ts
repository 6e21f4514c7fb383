/** A stand-in of the local cloud as a process that can be killed, on a state folder that outlives it; it ends with its parent. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { WATCH_PARENT } from "#infra/local/up/running-part.ts";

export interface StandInProcess {
  readonly port: number;
  /** Resolves when the process is gone, however it ended. */
  readonly exited: Promise<unknown>;
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<void>;
}

/** @param home becomes PULLHOUSE_HOME */
export async function startStandInProcess(
  name: string,
  home: string,
  variables: Readonly<Record<string, string>> = {},
): Promise<StandInProcess> {
  const child = spawn(process.execPath, ["--import", WATCH_PARENT, `infra/local/${name}/main.ts`], {
    env: {
      ...process.env,
      ...variables,
      PULLHOUSE_HOME: home,
      [`PULLHOUSE_${name.toUpperCase()}_PORT`]: "0",
    },
    // The channel is what watch-parent.ts watches.
    stdio: ["ignore", "pipe", "inherit", "ipc"],
  });
  const exited = once(child, "exit");
  for await (const line of createInterface({ input: child.stdout as Readable })) {
    const port = /listening on 127\.0\.0\.1:(\d+)$/.exec(line)?.[1];
    if (port === undefined) continue;
    return {
      port: Number(port),
      exited,
      async kill() {
        child.kill("SIGKILL");
        await exited;
      },
    };
  }
  throw new Error(`${name} ended before it listened`);
}
