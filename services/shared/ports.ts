/** The ports between the pipeline's core and Google Cloud, by role; the adapters are in `gcp/`. */
import type { Message } from "./message.ts";
import type { Column } from "./schema/column.ts";

/** Of a request that somebody may stop waiting for. */
export interface Asked {
  readonly isOver: boolean;
}

/** The receiver's end of the queue. */
export interface Publisher {
  /**
   * Resolves once the queue holds the message durably.
   * @returns the queue's id of it, the one that its deliveries carry
   * @param asked once over, the message need not be published any more
   * @throws PipelineError QUEUE_UNAVAILABLE when it did not in the configured time (it may hold it all the same).
   */
  publish(message: Message, asked?: Asked): Promise<string>;
}

/** A message on loan: unless acknowledged before its lease ends, it is delivered again. */
export interface Delivery {
  /** The message's, the same at each delivery of it. */
  readonly id: string;
  readonly ackId: string;
  /** 1 at the first; about right at any other (the queue may count anew when nobody pulls for a while). */
  readonly attempt: number;
  readonly message: Message;
}

/** The batcher's end of the queue. */
export interface Queue {
  /**
   * At most `max` deliveries, waiting up to `waitMs` for a first one; perhaps none although there are some
   * (Pub/Sub promises no more).
   * @throws PipelineError QUEUE_UNAVAILABLE; PULL_TOO_LARGE when they have more bytes than one pull may, and are delivered
   * again when their loans end
   */
  pull(max: number, waitMs: number): Promise<readonly Delivery[]>;
  /** Best effort: an acknowledgement that is lost leads to another delivery. */
  acknowledge(ackIds: readonly string[]): Promise<void>;
  /** Prolongs the loans to `seconds` from now; with none the messages are given back and delivered again. */
  extend(ackIds: readonly string[], seconds: number): Promise<void>;
}

export interface StoredObject {
  readonly name: string;
  readonly bytes: Buffer;
  /** Changes with every write of the name (Cloud Storage's generation). */
  readonly generation: string;
}

export interface SizedObject {
  readonly name: string;
  readonly bytes: number;
}

interface PutOptions {
  readonly contentType: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** Cloud Storage, as far as the pipeline goes: writes are conditional, listing is in name order. */
export interface Store {
  /** Writes an object that must not exist; `exists` when one does, which is then left as it is. */
  create(name: string, bytes: Uint8Array, options: PutOptions): Promise<"created" | "exists">;
  /** Overwrites that generation of an object; `changed` when it is gone or another, which is then left as it is. */
  replace(
    name: string,
    bytes: Uint8Array,
    generation: string,
    options: PutOptions,
  ): Promise<"replaced" | "changed">;
  /** `undefined` when there is no such object. */
  read(name: string): Promise<StoredObject | undefined>;
  /** Names with the prefix, in order, at most `limit`. */
  list(prefix: string, limit: number): Promise<readonly string[]>;
  /** The same, with the size of each object. */
  listSized(prefix: string, limit: number): Promise<readonly SizedObject[]>;
  /** The "folders" directly below the prefix, each ending in a slash. */
  folders(prefix: string): Promise<readonly string[]>;
  /** Copies within the bucket; `missing` when the source is not there. */
  copy(from: string, to: string): Promise<"copied" | "missing">;
  /** Removes an object (only that generation, if one is given); nothing happens when it is gone or another. */
  remove(name: string, generation?: string): Promise<void>;
}

export interface TableSpec {
  readonly name: string;
  readonly columns: readonly Column[];
  /** Column of the daily partitions. */
  readonly partitionColumn?: string;
  readonly clustering?: readonly string[];
  readonly description?: string;
}

/** How a job ended. Unless it is done nothing was committed, and its id is spent: BigQuery never runs an id twice. */
export type JobOutcome =
  | { readonly outcome: "done"; readonly rows: number }
  /** BigQuery blames the data: the content of an object, or the statement for what it does to these rows. */
  | { readonly outcome: "refused"; readonly reason: string }
  /** Anything else: quotas, rights, billing, a destination that is missing, a fault of BigQuery. Another id may do better. */
  | { readonly outcome: "failed"; readonly reason: string };

export interface FoundJob {
  readonly outcome: JobOutcome;
  readonly labels: Labels;
  /** Milliseconds since the epoch. */
  readonly endedAt: number;
}

/** What a job is found by beside its id, see `loader/labels.ts`. */
export type Labels = Readonly<Record<string, string>>;

/**
 * BigQuery, as far as the loader goes. A job's id names its work: asking twice under one id runs it once
 * and both callers get its outcome (https://cloud.google.com/bigquery/docs/reliability-intro#retry_failed_job_insertions).
 * @throws PipelineError WAREHOUSE_UNAVAILABLE when the outcome is not known, JOB_RUNNING when the job has not ended within
 * `patienceMs`; ask again under the same id.
 */
export interface Warehouse {
  /**
   * Creates the table or adds the columns that it lacks.
   * @returns its columns, in its own order and with those that only it knows
   */
  ensureTable(spec: TableSpec): Promise<readonly Column[]>;
  /**
   * Appends the objects' rows to a staging table, all or none. The job itself creates the table if it is missing, so nobody
   * ever creates an empty one; the dataset of staging tables makes them expire.
   */
  load(
    jobId: string,
    staging: string,
    objects: readonly string[],
    columns: readonly Column[],
    labels?: Labels,
    patienceMs?: number,
  ): Promise<JobOutcome>;
  /** Runs one DML statement; `rows` is how many it changed. @param parameters STRINGs by name, for `@name` in it */
  execute(
    jobId: string,
    sql: string,
    parameters?: Readonly<Record<string, string>>,
    labels?: Labels,
    patienceMs?: number,
  ): Promise<JobOutcome>;
  /** What has become of a job; `undefined` when there is none under this id. */
  find(jobId: string, patienceMs?: number): Promise<FoundJob | undefined>;
  /** Has a statement analysed and not run. @returns why BigQuery does not take it, `undefined` if it does */
  check(sql: string): Promise<string | undefined>;
  /**
   * Sees to it that no job under this id can commit anything from now on: takes the id for a statement that does nothing.
   * @returns `failed`, or what the job did that had the id already
   */
  retire(jobId: string): Promise<JobOutcome>;
  dropStaging(name: string): Promise<void>;
  /** `project.dataset.table`, quoted for a statement. */
  quoted(table: string): string;
  /** The same for a staging table. */
  quotedStaging(name: string): string;
}

/**
 * `drain`, `recheck` and `spill` wake the batcher: `recheck` once more after all leases must have ended, `spill` when there is
 * something in the spill. `load`, `resume` and `rollup` wake the loader: `resume` to go on with the plan of one type, `rollup`
 * to count the days that are over as well.
 */
export type AlarmName = "drain" | "recheck" | "spill" | "load" | "resume" | "rollup";

/** Wakes a service once at a time, however often it is asked. */
export interface Alarm {
  /**
   * Resolves once the alarm is set, by us or by anyone, for the next place on its grid after `delayMs` (`window.ts`).
   * @param type the event type of a `resume`
   * @throws PipelineError ALARM_UNAVAILABLE
   */
  arm(name: AlarmName, delayMs?: number, type?: string): Promise<void>;
}

/** A new ULID at each call: 26 characters whose order is the order of their milliseconds. */
export type NewId = () => string;
