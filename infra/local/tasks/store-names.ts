/** Names that cannot be used again for a while: of tasks that ran or were deleted, and of deleted queues. */
import type { DatabaseSync } from "node:sqlite";

/** "Task deduplication window: up to 24 hours" (https://cloud.google.com/tasks/docs/quotas, 2026-04-08). */
export const TASK_NAME_TAKEN_MS = 24 * 60 * 60 * 1000;

/** "a queue with the same name can't be created for 7 days" (cloudtasks.proto, DeleteQueue). */
export const QUEUE_NAME_TAKEN_MS = 7 * 24 * 60 * 60 * 1000;

export interface NameStore {
  isTaken(name: string, nowMs: number): boolean;
  take(name: string, untilMs: number): void;
  /** Forgets the names whose time has come. */
  prune(nowMs: number): void;
}

export function createNameStore(db: DatabaseSync): NameStore {
  const select = db.prepare("SELECT 1 FROM taken_names WHERE name = ? AND until_ms > ?");
  const upsert = db.prepare(
    "INSERT INTO taken_names VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET until_ms = excluded.until_ms",
  );
  const remove = db.prepare("DELETE FROM taken_names WHERE until_ms <= ?");
  return {
    isTaken: (name, nowMs) => select.get(name, nowMs) !== undefined,
    take: (name, untilMs) => void upsert.run(name, untilMs),
    prune: (nowMs) => void remove.run(nowMs),
  };
}
