/** The table of queues. */
import type { DatabaseSync } from "node:sqlite";
import type { QueueMessage } from "./messages.ts";
import { type QueueSettings, settingsMessage } from "./queue-settings.ts";
import { type Micros, timestampOf } from "./time.ts";

export interface QueueRecord {
  readonly name: string;
  readonly paused: boolean;
  readonly settings: QueueSettings;
  readonly purgeMicros: Micros | null;
}

export interface QueueStore {
  get(name: string): QueueRecord | undefined;
  put(queue: QueueRecord): void;
  remove(name: string): void;
  /** Names of a location's queues in order, after a given one. */
  list(location: string, after: string, limit: number): QueueRecord[];
  names(): string[];
}

interface QueueRow {
  readonly name: string;
  readonly paused: number;
  readonly settings: string;
  readonly purge_micros: number | null;
}

export function createQueueStore(db: DatabaseSync): QueueStore {
  const select = db.prepare("SELECT * FROM queues WHERE name = ?");
  const upsert = db.prepare("INSERT OR REPLACE INTO queues VALUES (?, ?, ?, ?)");
  const remove = db.prepare("DELETE FROM queues WHERE name = ?");
  // '0' is the character after '/': the range holds exactly the names that start with `<location>/queues/`.
  const range = db.prepare(
    "SELECT * FROM queues WHERE name > ? AND name >= ? AND name < ? ORDER BY name LIMIT ?",
  );
  const names = db.prepare("SELECT name FROM queues ORDER BY name");
  return {
    get(name) {
      const row = select.get(name) as QueueRow | undefined;
      return row && readQueue(row);
    },
    put(queue) {
      upsert.run(queue.name, queue.paused ? 1 : 0, JSON.stringify(queue.settings), queue.purgeMicros);
    },
    remove: (name) => void remove.run(name),
    list(location, after, limit) {
      const rows = range.all(after, `${location}/queues/`, `${location}/queues0`, limit);
      return (rows as unknown as QueueRow[]).map(readQueue);
    },
    names: () => (names.all() as unknown as QueueRow[]).map((row) => row.name),
  };
}

export function queueMessage(queue: QueueRecord): QueueMessage {
  return {
    name: queue.name,
    ...settingsMessage(queue.settings),
    state: queue.paused ? "PAUSED" : "RUNNING",
    purgeTime: queue.purgeMicros === null ? null : timestampOf(queue.purgeMicros),
  };
}

function readQueue(row: QueueRow): QueueRecord {
  return {
    name: row.name,
    paused: row.paused === 1,
    settings: JSON.parse(row.settings) as QueueSettings,
    purgeMicros: row.purge_micros,
  };
}
