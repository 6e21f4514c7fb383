/** Topics, subscriptions and messages in one SQLite file, committed before a call is answered. */
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { createMessageStore, type MessageStore } from "./store-messages.ts";
import { createSubscriptionStore, type SubscriptionStore } from "./store-subscriptions.ts";
import { createTopicStore, type TopicStore } from "./store-topics.ts";

export interface Store {
  readonly topics: TopicStore;
  readonly subscriptions: SubscriptionStore;
  readonly messages: MessageStore;
  /** Runs several writes as one; when it returns, they survive the death of the process. */
  atomically<T>(work: () => T): T;
  close(): void;
}

/**
 * A message is kept once; `open` counts the subscriptions that have not acknowledged it, and the last one removes it.
 * Neither kind of id is ever given twice, so an old ack id cannot name something new.
 */
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS topics (name TEXT PRIMARY KEY, settings TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS subscriptions (
    id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, topic TEXT NOT NULL, settings TEXT NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS subscriptions_topic ON subscriptions (topic, name);
  CREATE TABLE IF NOT EXISTS last_message (id INTEGER NOT NULL) STRICT;
  INSERT INTO last_message SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM last_message);
  CREATE TABLE IF NOT EXISTS messages (
    id INTEGER PRIMARY KEY, open INTEGER NOT NULL, publish_ms INTEGER NOT NULL,
    ordering_key TEXT NOT NULL, attributes TEXT NOT NULL, data BLOB NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS deliveries (
    subscription INTEGER NOT NULL, message INTEGER NOT NULL, failures INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (subscription, message)
  ) STRICT, WITHOUT ROWID;
`;

/** The log shrinks back to this after a checkpoint. */
const LOG_LIMIT_BYTES = 64 * 1024 * 1024;

/**
 * @param stateDir an existing folder; `pubsub.sqlite` is created in it
 * @throws an error when another process has the file
 */
export function openStore(stateDir: string): Store {
  const path = join(stateDir, "pubsub.sqlite");
  const db = new DatabaseSync(path, { timeout: 0 });
  try {
    // The queues know in memory what is lent, so a second process on the same file would lend it again.
    db.exec("PRAGMA locking_mode = EXCLUSIVE");
    // With WAL, NORMAL survives the death of the process; only a power cut can take the last writes.
    db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;
             PRAGMA journal_size_limit = ${LOG_LIMIT_BYTES}`);
    db.exec(SCHEMA);
  } catch (error) {
    db.close();
    const locked = error instanceof Error && error.message.includes("locked");
    throw locked ? new Error(`${path} is in use by another process`, { cause: error }) : error;
  }
  return {
    topics: createTopicStore(db),
    subscriptions: createSubscriptionStore(db),
    messages: createMessageStore(db),
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
