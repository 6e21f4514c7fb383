/** The DuckDB file behind the stand-in: one owner process, pooled connections, transactions. */
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import {
  type DuckDBConnection,
  DuckDBInstance,
  type DuckDBMaterializedResult,
  type DuckDBType,
  type DuckDBValue,
} from "@duckdb/node-api";
import { Remembered } from "./remembered.ts";
import { MACROS } from "./sql/macros.ts";

/** A file's name is its catalog's name, and a dataset of that name would be ambiguous: hence the underscores. */
const FILE = "__bigquery.duckdb";

/** Sorting and joining beyond this spills to `tmp/`. */
const MEMORY_LIMIT = "512MB";
const THREADS_MAX = 64;

/** Enough for the jobs that run at once (see jobs.ts) and the requests beside them. */
const CONNECTIONS_MAX = 8;

export type Values = Record<string, DuckDBValue>;
export type Types = Record<string, DuckDBType>;

/** One connection, inside or outside of a transaction. */
export interface Session {
  run(sql: string, values?: Values, types?: Types): Promise<DuckDBMaterializedResult>;
  /** Rows as objects of plain JavaScript values (bigint for 64-bit integers). */
  rows(sql: string, values?: Values): Promise<Record<string, unknown>[]>;
  /** A row that is asked for often, by a key of its own; inside of a transaction it is always read. */
  remembered<Row>(key: string, read: () => Promise<Row | undefined>): Promise<Row | undefined>;
  /** The row of that key was written. */
  changed(key: string): void;
  /** Milliseconds since 1970: what has expired by then is not there. */
  now(): number;
  readonly connection: DuckDBConnection;
}

export interface Database {
  /** One statement or more, each committed by itself. */
  session<T>(work: (session: Session) => Promise<T>): Promise<T>;
  /** All of the work is committed, or nothing of it when it throws. */
  transaction<T>(work: (session: Session) => Promise<T>): Promise<T>;
  /** The only folder that DuckDB may read files from; emptied at each start. */
  readonly loadDir: string;
  /** Waits for the work that is under way. */
  close(): Promise<void>;
}

/**
 * How many threads work on one statement. Two end a large one sooner; a small one then costs a fourth more processor time, since
 * one of them turns in a circle until the other is done.
 */
export function threadsFrom(env: NodeJS.ProcessEnv): number {
  const given = env["PULLHOUSE_BIGQUERY_THREADS"]?.trim() || "2";
  const threads = Number(given);
  if (!Number.isInteger(threads) || threads < 1 || threads > THREADS_MAX)
    throw new Error(`PULLHOUSE_BIGQUERY_THREADS is "${given}", it takes a number from 1 to ${THREADS_MAX}`);
  return threads;
}

export async function openDatabase(stateDir: string, threads: number, now: () => number): Promise<Database> {
  const loadDir = join(stateDir, "loads");
  rmSync(loadDir, { recursive: true, force: true });
  mkdirSync(loadDir, { recursive: true });
  const instance = await DuckDBInstance.create(join(stateDir, FILE), {
    memory_limit: MEMORY_LIMIT,
    threads: String(threads),
    temp_directory: join(stateDir, "tmp"),
    autoinstall_known_extensions: "false",
    autoload_known_extensions: "false",
  });
  const memory = new Remembered();
  const idle: Session[] = [];
  const waiting: ((session: Session) => void)[] = [];
  let opened = 0;

  async function connect(): Promise<Session> {
    const connection = await instance.connect();
    // At once, which costs half of one by one.
    await connection.run(MACROS.join(";\n"));
    return {
      connection,
      run: (sql, values, types) => connection.run(sql, values, types),
      rows: async (sql, values) => (await connection.runAndReadAll(sql, values)).getRowObjectsJS(),
      remembered: (key, read) => memory.get(key, read),
      changed: (key) => memory.forget(key),
      now,
    };
  }

  async function acquire(): Promise<Session> {
    const session = idle.pop();
    if (session) return session;
    if (opened >= CONNECTIONS_MAX) return new Promise((resolve) => waiting.push(resolve));
    opened++;
    try {
      return await connect();
    } catch (error) {
      opened--;
      throw error;
    }
  }

  function release(session: Session): void {
    const next = waiting.shift();
    if (next) next(session);
    else idle.push(session);
  }

  const underWay = new Set<Promise<unknown>>();

  async function perform<T>(work: (session: Session) => Promise<T>): Promise<T> {
    const taken = await acquire();
    try {
      return await work(taken);
    } catch (error) {
      if (isFatal(error)) endProcess(error);
      throw error;
    } finally {
      release(taken);
    }
  }

  async function session<T>(work: (session: Session) => Promise<T>): Promise<T> {
    const result = perform(work);
    underWay.add(result);
    try {
      return await result;
    } finally {
      underWay.delete(result);
    }
  }

  await session(async ({ connection }) => {
    await connection.run("SET GLOBAL TimeZone = 'UTC'");
    await connection.run(`SET GLOBAL allowed_directories = [${literal(loadDir)}]`);
    await connection.run("SET GLOBAL enable_external_access = false");
  });

  return {
    loadDir,
    session,
    transaction: (work) =>
      session(async (taken) => {
        const written = new Set<string>();
        const inside: Session = {
          ...taken,
          remembered: (_key, read) => read(),
          changed: (key) => void written.add(key),
        };
        await taken.connection.run("BEGIN");
        try {
          const result = await work(inside);
          await taken.connection.run("COMMIT");
          return result;
        } catch (error) {
          await rollback(taken.connection);
          throw error;
        } finally {
          for (const key of written) memory.forget(key);
        }
      }),
    async close() {
      while (underWay.size > 0) await Promise.allSettled(underWay);
      for (const { connection } of idle) connection.closeSync();
      instance.closeSync();
    },
  };
}

/** As when a commit is durable and the checkpoint after it finds no room: DuckDB takes no statement until the file is opened again. */
const isFatal = (error: unknown) => error instanceof Error && error.message.startsWith("FATAL Error:");

/** Whoever keeps the process starts it again, and DuckDB recovers from its log. */
function endProcess(error: unknown): void {
  setImmediate(() => {
    throw error;
  });
}

/** After a failed COMMIT there is nothing left to roll back, and DuckDB says so. */
async function rollback(connection: DuckDBConnection): Promise<void> {
  try {
    await connection.run("ROLLBACK");
  } catch (error) {
    if (!String(error).includes("no transaction is active")) throw error;
  }
}

export function quoted(identifier: string): string {
  return `"${identifier.replaceAll('"', '""')}"`;
}

export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
