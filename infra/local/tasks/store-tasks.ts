/** The table of tasks. */
import type { DatabaseSync } from "node:sqlite";
import type { Attempt } from "./messages.ts";
import type { TaskRecord, TaskRequest } from "./task-record.ts";

export interface TaskStore {
  get(name: string): TaskRecord | undefined;
  insert(task: TaskRecord): void;
  /** Writes what attempts change: the schedule, the counts, the attempts. */
  update(task: TaskRecord): void;
  /** @returns whether there was one */
  remove(name: string): boolean;
  /** Removes all tasks of a queue and returns their names. */
  removeAll(queue: string): string[];
  /** Tasks of a queue in the order of their names, after a given one. */
  list(queue: string, after: string, limit: number): TaskRecord[];
  /** The task that is to run first of those that are not running. */
  nextDue(queue: string): TaskRecord | undefined;
  /** Counts attempts that are running: +1 at the start of one, -1 at its end. */
  addInFlight(name: string, change: 1 | -1): void;
}

interface TaskRow {
  readonly name: string;
  readonly queue: string;
  readonly schedule_micros: number;
  readonly create_micros: number;
  readonly deadline_ms: number;
  readonly request: string;
  readonly body: Uint8Array;
  readonly dispatch_count: number;
  readonly response_count: number;
  readonly execution_count: number;
  readonly previous_response: number | null;
  readonly first_attempt: string | null;
  readonly last_attempt: string | null;
}

export function createTaskStore(db: DatabaseSync): TaskStore {
  const select = db.prepare("SELECT * FROM tasks WHERE name = ?");
  const insert = db.prepare("INSERT INTO tasks VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)");
  const update = db.prepare(
    `UPDATE tasks SET schedule_micros = ?, dispatch_count = ?, response_count = ?, execution_count = ?,
       previous_response = ?, first_attempt = ?, last_attempt = ? WHERE name = ?`,
  );
  const remove = db.prepare("DELETE FROM tasks WHERE name = ?");
  const removeAll = db.prepare("DELETE FROM tasks WHERE queue = ? RETURNING name");
  const range = db.prepare("SELECT * FROM tasks WHERE queue = ? AND name > ? ORDER BY name LIMIT ?");
  const due = db.prepare(
    "SELECT * FROM tasks WHERE queue = ? AND in_flight = 0 ORDER BY schedule_micros, rowid LIMIT 1",
  );
  const addInFlight = db.prepare("UPDATE tasks SET in_flight = in_flight + ? WHERE name = ?");
  const read = (row: unknown) => row as TaskRow | undefined;
  return {
    get(name) {
      const row = read(select.get(name));
      return row && readTask(row);
    },
    insert(task) {
      insert.run(
        task.name,
        task.queue,
        task.scheduleMicros,
        task.createMicros,
        task.deadlineMs,
        JSON.stringify(task.request),
        task.body,
        ...progressOf(task),
      );
    },
    update: (task) => void update.run(task.scheduleMicros, ...progressOf(task), task.name),
    remove: (name) => remove.run(name).changes > 0,
    removeAll: (queue) => removeAll.all(queue).map((row) => String(row["name"])),
    list: (queue, after, limit) => (range.all(queue, after, limit) as unknown as TaskRow[]).map(readTask),
    nextDue(queue) {
      const row = read(due.get(queue));
      return row && readTask(row);
    },
    addInFlight: (name, change) => void addInFlight.run(change, name),
  };
}

function progressOf(task: TaskRecord): (number | string | null)[] {
  return [
    task.dispatchCount,
    task.responseCount,
    task.executionCount,
    task.previousResponse,
    task.firstAttempt && JSON.stringify(task.firstAttempt),
    task.lastAttempt && JSON.stringify(task.lastAttempt),
  ];
}

function readTask(row: TaskRow): TaskRecord {
  return {
    name: row.name,
    queue: row.queue,
    scheduleMicros: row.schedule_micros,
    createMicros: row.create_micros,
    deadlineMs: row.deadline_ms,
    request: JSON.parse(row.request) as TaskRequest,
    body: row.body,
    dispatchCount: row.dispatch_count,
    responseCount: row.response_count,
    executionCount: row.execution_count,
    previousResponse: row.previous_response,
    firstAttempt: row.first_attempt === null ? null : (JSON.parse(row.first_attempt) as Attempt),
    lastAttempt: row.last_attempt === null ? null : (JSON.parse(row.last_attempt) as Attempt),
  };
}
