/** BigQuery on this machine: the REST API over DuckDB. */
import { randomInt, randomUUID } from "node:crypto";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as after } from "node:timers/promises";
import { serve } from "@hono/node-server";
import { LOCAL_HOST, type StandIn, type StandInOptions, type StartStandIn } from "../stand-in.ts";
import { createApp } from "./app.ts";
import type { Context } from "./context.ts";
import { openDatabase, threadsFrom } from "./database.ts";
import { createTakeTime, type JobSeconds, jobSecondsFrom, type Sleep } from "./job-seconds.ts";
import { createJobs, endInterrupted } from "./jobs.ts";
import { storageUrlFrom } from "./load/objects.ts";
import { createLocks } from "./locks.ts";
import { dropOldResults } from "./store/jobs.ts";
import { createStore } from "./store/open.ts";
import { CATALOG_KEY } from "./table-name.ts";
import { dropExpired } from "./tables.ts";

/** How often expired tables and old results give back their space; they cannot be seen before that either. */
const SWEEP_EVERY_MS = 60_000;

export interface BigQueryOptions extends StandInOptions {
  /** Where load jobs fetch `gs://` objects. */
  readonly storageUrl: string;
  /** Milliseconds since 1970; a test moves it. CURRENT_TIMESTAMP is the machine's in any case. */
  readonly now?: () => number;
  /** How long jobs take at least; left out, they take what DuckDB takes. */
  readonly jobSeconds?: JobSeconds | undefined;
  /** For the rest of a job's time; a test decides when that is over. */
  readonly sleep?: Sleep;
}

/** Objects come from STORAGE_EMULATOR_HOST, the times of jobs from PULLHOUSE_JOB_SECONDS. */
export const startBigQuery: StartStandIn = (options) => {
  const jobSeconds = jobSecondsFrom(process.env, () => String(randomInt(2 ** 32)));
  if (jobSeconds) console.log(`bigquery: times of jobs are drawn with seed=${jobSeconds.seed}`);
  return startBigQueryWith({ ...options, storageUrl: storageUrlFrom(process.env), jobSeconds });
};

export async function startBigQueryWith({
  port,
  stateDir,
  storageUrl,
  now = () => Date.now(),
  jobSeconds,
  sleep = async (ms, signal) => after(ms, undefined, { signal }),
}: BigQueryOptions): Promise<StandIn> {
  const database = await openDatabase(stateDir, threadsFrom(process.env), now);
  const context: Context = {
    database,
    withLock: createLocks(),
    storageUrl,
    now,
    takeTime: createTakeTime(jobSeconds, { now, sleep }),
    randomId: () => randomUUID(),
  };
  await createStore(database);
  await endInterrupted(context);
  const jobs = createJobs(context);
  const server = await listen(createApp(context, jobs).fetch, port).catch(async (error: unknown) => {
    await database.close();
    throw error;
  });
  let sweeping: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    sweeping = sweep(context).catch((error: unknown) => console.error(`bigquery: sweep: ${String(error)}`));
  }, SWEEP_EVERY_MS);
  timer.unref();

  let closing: Promise<void> | undefined;
  const close = async () => {
    clearInterval(timer);
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    await jobs.close();
    server.closeAllConnections();
    await Promise.all([closed, sweeping]);
    await database.close();
  };
  return { port: (server.address() as AddressInfo).port, close: () => (closing ??= close()) };
}

async function sweep({ database, withLock, now }: Context): Promise<void> {
  await withLock(CATALOG_KEY, () => database.transaction(dropExpired));
  await database.transaction((session) => dropOldResults(session, now()));
}

async function listen(
  fetch: (request: Request) => Response | Promise<Response>,
  port: number,
): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = serve({ fetch, port, hostname: LOCAL_HOST }, () => resolve(server)) as Server;
    server.once("error", reject);
  });
}
