/** The life of one stand-in: where it listens, where it keeps its state, how it stops. */
import { join, resolve } from "node:path";
import { stateFolderProblem } from "./state-folder.ts";

/** Everything of the local cloud listens here and nowhere else. */
export const LOCAL_HOST = "127.0.0.1";

/** The project that the local cloud pretends to be; the services read it from GOOGLE_CLOUD_PROJECT. */
export const LOCAL_PROJECT = "pullhouse-local";

export interface StandInOptions {
  /** 0 takes a free port. */
  readonly port: number;
  /** A folder of its own that survives restarts; it exists when `start` is called. */
  readonly stateDir: string;
}

export interface StandIn {
  /** The port it really listens on. */
  readonly port: number;
  /** Stops listening, ends open calls and closes its files. Safe to call twice. */
  close(): Promise<void>;
}

export type StartStandIn = (options: StandInOptions) => Promise<StandIn>;

/** The folder for all local state: PULLHOUSE_HOME, else `.pullhouse/` in the working folder. */
export function pullhouseHome(env: NodeJS.ProcessEnv): string {
  return resolve(env["PULLHOUSE_HOME"]?.trim() || ".pullhouse");
}

/**
 * Runs one stand-in as a process of its own until SIGTERM or SIGINT.
 * Prints `<name> listening on 127.0.0.1:<port>` once it does; a port that is taken ends the process with
 * one line that names the port and the variable that moves it.
 */
export async function runStandIn(
  name: string,
  start: StartStandIn,
  where: { readonly portVariable: string; readonly defaultPort: number; readonly env: NodeJS.ProcessEnv },
): Promise<void> {
  const given = where.env[where.portVariable]?.trim();
  const port = given ? Number(given) : where.defaultPort;
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    console.error(`${name}: ${where.portVariable} is "${given}", it takes a port number (0 to 65535)`);
    process.exit(2);
  }
  const stateDir = join(pullhouseHome(where.env), name);
  const problem = stateFolderProblem(stateDir);
  if (problem !== undefined) {
    console.error(`${name}: ${problem}`);
    process.exit(2);
  }
  let standIn: StandIn;
  try {
    standIn = await start({ port, stateDir });
  } catch (error) {
    const taken = (error as NodeJS.ErrnoException).code === "EADDRINUSE";
    const reason = taken
      ? `port ${port} is taken; stop what listens there or set ${where.portVariable}`
      : error instanceof Error
        ? (error.stack ?? error.message)
        : String(error);
    console.error(`${name}: ${reason}`);
    process.exit(1);
  }
  console.log(`${name} listening on ${LOCAL_HOST}:${standIn.port}`);
  let stopping = false;
  const stop = () => {
    if (stopping) return;
    stopping = true;
    standIn.close().then(
      () => process.exit(0),
      (error: unknown) => {
        console.error(`${name}: ${String(error)}`);
        process.exit(1);
      },
    );
  };
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
}
