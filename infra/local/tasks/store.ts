/** Queues and tasks in one SQLite file, written before a call is answered, so that a killed process loses nothing. */
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { createNameStore, type NameStore } from "./store-names.ts";
import { createQueueStore, type QueueStore } from "./store-queues.ts";
import { createTaskStore, type TaskStore } from "./store-tasks.ts";

export interface Store {
  readonly queues: QueueStore;
  readonly tasks: TaskStore;
  readonly names: NameStore;
  /** Runs several writes as one. */
  atomically<T>(work: () => T): T;
  close(): void;
}

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS queues (
    name TEXT PRIMARY KEY, paused INTEGER NOT NULL, settings TEXT NOT NULL, purge_micros INTEGER
  ) STRICT;
  CREATE TABLE IF NOT EXISTS tasks (
    name TEXT PRIMARY KEY, queue TEXT NOT NULL, schedule_micros INTEGER NOT NULL, create_micros INTEGER NOT NULL,
    deadline_ms REAL NOT NULL, request TEXT NOT NULL, body BLOB NOT NULL,
    dispatch_count INTEGER NOT NULL, response_count INTEGER NOT NULL, execution_count INTEGER NOT NULL,
    previous_response INTEGER, first_attempt TEXT, last_attempt TEXT, in_flight INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  CREATE INDEX IF NOT EXISTS tasks_due ON tasks (queue, in_flight, schedule_micros);
  CREATE TABLE IF NOT EXISTS taken_names (name TEXT PRIMARY KEY, until_ms INTEGER NOT NULL) STRICT;
  CREATE INDEX IF NOT EXISTS taken_names_until ON taken_names (until_ms);
`;

/** @param stateDir an existing folder; `tasks.sqlite` is created in it */
export function openStore(stateDir: string): Store {
  const db = new DatabaseSync(join(stateDir, "tasks.sqlite"));
  // With WAL, NORMAL survives the death of the process; only a power cut can take the last writes.
  db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;");
  db.exec(SCHEMA);
  // What the last process was dispatching when it ended got no recorded answer: it is dispatched again.
  db.exec("UPDATE tasks SET in_flight = 0 WHERE in_flight <> 0");
  return {
    queues: createQueueStore(db),
    tasks: createTaskStore(db),
    names: createNameStore(db),
    atomically(work) {
      db.exec("BEGIN IMMEDIATE");
      try {
        const result = work();
        db.exec("COMMIT");
        return result;
      } catch (error) {
        // A COMMIT that fails for want of disk space has ended the transaction by itself.
        if (db.isTransaction) db.exec("ROLLBACK");
        throw error;
      }
    },
    close: () => db.close(),
  };
}
