/** What outlives every process: queue, store, warehouse and tasks, as Google Cloud promises them and no better. */
import { chance } from "#services/cli/generate/random.ts";
import type { Message } from "#services/shared/message.ts";
import { PENDING } from "#services/shared/objects.ts";
import type { Delivery, JobOutcome } from "#services/shared/ports.ts";
import type { World } from "./world.ts";

interface Queued {
  readonly message: Message;
  attempts: number;
  /** Not delivered before. */
  readyAt: number;
  ackId: string;
}

export interface Row {
  readonly ce_id: string;
  readonly ce_source: string;
  readonly ce_time?: string;
}

export interface BookedLoad {
  readonly plan: string;
  readonly type: string;
  readonly table: string;
  readonly objects: readonly { readonly object: string; readonly set_aside: boolean }[];
  readonly rows_inserted: number;
}

interface Table {
  readonly rows: Row[];
  readonly expiresAt: number;
}

interface Job {
  readonly endsAt: number;
  readonly outcome: JobOutcome;
}

/**
 * Shorter than any lease: the second look comes when every lease has ended, and what the queue shows only after that waits
 * for the next event or the safety net.
 */
const LATE_MAX_MS = 9_000;

/** An event that makes BigQuery refuse the object that it is in. */
export const REFUSED = "refused-by-bigquery";

export class Cloud {
  readonly queue = new Map<string, Queued>();
  readonly objects = new Map<string, { readonly bytes: Buffer; readonly generation: string }>();
  readonly tables = new Map<string, Table>();
  readonly loads: BookedLoad[] = [];
  readonly jobs = new Map<string, Job>();
  /** Names of tasks that are waiting, running, or done. */
  readonly tasks = new Map<string, "open" | "done">();
  /** What must never be, noticed while it happens. */
  readonly broken = new Set<string>();
  /** Whether a pull that came after its sender's death has put messages on loan to nobody. */
  lentToDead = false;
  readonly #world: World;
  #serial = 0;

  constructor(world: World) {
    this.#world = world;
  }

  publish(message: Message): string {
    const late = this.#world.strikes("delivered late") ? this.#world.between(1_000, LATE_MAX_MS) : 0;
    const readyAt = this.#world.now + late;
    const id = `m${++this.#serial}`;
    this.queue.set(id, { message, attempts: 0, readyAt, ackId: "" });
    return id;
  }

  pull(max: number, leaseMs: number): readonly Delivery[] {
    const world = this.#world;
    if (world.strikes("empty pull")) return [];
    const ready = [...this.queue].filter(
      ([, { readyAt }]) => readyAt <= world.now || world.strikes("delivered twice"),
    );
    const some: Delivery[] = [];
    while (ready.length > 0 && some.length < max) {
      const [id, queued] = ready.splice(Math.floor(world.random() * ready.length), 1)[0] as [string, Queued];
      queued.attempts = world.strikes("attempts counted anew") ? 1 : queued.attempts + 1;
      queued.readyAt = world.now + leaseMs;
      queued.ackId = `${id}/${++this.#serial}`;
      some.push({ id, ackId: queued.ackId, attempt: queued.attempts, message: queued.message });
    }
    return some;
  }

  acknowledge(ackIds: readonly string[]): void {
    for (const ackId of ackIds) {
      const id = ackId.split("/")[0] as string;
      const queued = this.queue.get(id);
      if (queued === undefined) continue;
      // An acknowledgement of an earlier delivery may count or not.
      const counts = queued.ackId === ackId || chance(this.#world.random, 0.5);
      if (counts && !this.#world.strikes("acknowledgement forgotten")) this.queue.delete(id);
    }
  }

  extend(ackIds: readonly string[], seconds: number): void {
    for (const ackId of ackIds) {
      const queued = this.queue.get(ackId.split("/")[0] as string);
      if (queued?.ackId === ackId) queued.readyAt = this.#world.now + seconds * 1_000;
    }
  }

  create(name: string, bytes: Uint8Array): "created" | "exists" {
    if (this.objects.has(name)) return "exists";
    if (name.startsWith(PENDING)) {
      const { object } = JSON.parse(Buffer.from(bytes).toString()) as { object: string };
      if (!this.objects.has(object)) this.broken.add("a pending mark has its object");
    }
    this.#put(name, Buffer.from(bytes));
    return "created";
  }

  copy(from: string, to: string): "copied" | "missing" {
    const found = this.objects.get(from);
    if (found === undefined) return "missing";
    this.#put(to, found.bytes);
    return "copied";
  }

  remove(name: string, generation?: string): void {
    if (generation === undefined || this.objects.get(name)?.generation === generation)
      this.objects.delete(name);
  }

  names(prefix: string): string[] {
    return [...this.objects.keys()].filter((name) => name.startsWith(prefix)).toSorted();
  }

  #put(name: string, bytes: Buffer): void {
    this.objects.set(name, { bytes, generation: String(++this.#serial) });
  }

  lines(object: string): readonly string[] {
    const bytes = this.objects.get(object)?.bytes;
    return bytes === undefined ? [] : linesOf(bytes);
  }

  table(name: string): Row[] | undefined {
    const table = this.tables.get(name);
    if (table === undefined || table.expiresAt <= this.#world.now) return undefined;
    return table.rows;
  }

  ensureTable(name: string, expiresInMs = Infinity): void {
    if (this.table(name) === undefined)
      this.tables.set(name, { rows: [], expiresAt: this.#world.now + expiresInMs });
  }

  /**
   * A job's id runs once. It reads when it starts and writes when it ends, so two insert-only MERGEs that overlap see the same
   * table and may both insert a key (https://cloud.google.com/bigquery/docs/data-manipulation-language#limitations).
   * @returns when it ends and how
   */
  run(jobId: string, begin: () => { outcome: JobOutcome; commit: () => void }): Job {
    const known = this.jobs.get(jobId);
    if (known !== undefined) return known;
    const world = this.#world;
    const long = world.strikes("long job");
    const ms = long ? world.between(60_000, 600_000) : world.between(100, 3_000);
    const { outcome, commit } = begin();
    const job = { endsAt: world.now + ms, outcome };
    this.jobs.set(jobId, job);
    world.after(ms, commit);
    return job;
  }

  load(table: string, objects: readonly string[]): { outcome: JobOutcome; commit: () => void } {
    const lines = objects.map((object) => this.lines(object));
    const bad = lines.findIndex((some) => some.length === 0 || some.some((line) => line.includes(REFUSED)));
    if (bad !== -1) return refuse(`invalid: ${objects[bad]}`);
    const into = this.table(table);
    if (into === undefined) return refuse(`notFound: ${table}`);
    const rows = lines.flat().map((line) => JSON.parse(line) as Row);
    return { outcome: { outcome: "done", rows: rows.length }, commit: () => void into.push(...rows) };
  }

  /** @param isMerge false for a planted bug: everything is appended */
  merge(sql: string, isMerge: boolean): { outcome: JobOutcome; commit: () => void } {
    const [, target = "", staging = ""] = /MERGE `(\w+)` T[\s\S]*FROM `(\w+)`/.exec(sql) ?? [];
    const [, from, to] = /BETWEEN TIMESTAMP '([^']+)' AND TIMESTAMP '([^']+)'/.exec(sql) ?? [];
    const untimed = sql.includes("T.ce_time IS NULL");
    const into = this.table(target);
    const source = this.table(staging);
    if (into === undefined || source === undefined) return refuse("notFound: a table");
    const inRange = ({ ce_time: time }: Row) =>
      time === undefined ? untimed : from !== undefined && to !== undefined && time >= from && time <= to;
    const seen = new Set(into.filter(inRange).map(keyOf));
    const fresh = source.filter((row) => !isMerge || (!seen.has(keyOf(row)) && seen.add(keyOf(row))));
    return { outcome: { outcome: "done", rows: fresh.length }, commit: () => void into.push(...fresh) };
  }

  book(sql: string, book: string): { outcome: JobOutcome; commit: () => void } {
    const load = JSON.parse(book) as BookedLoad;
    const isThere = sql.includes("NOT EXISTS") && this.loads.some(({ plan }) => plan === load.plan);
    return {
      outcome: { outcome: "done", rows: isThere ? 0 : 1 },
      commit: () => void (isThere || this.loads.push(load)),
    };
  }
}

/** The rows of an object, which nobody has compressed. */
export const linesOf = (bytes: Uint8Array) => Buffer.from(bytes).toString().split("\n").filter(Boolean);

const refuse = (reason: string) => ({ outcome: { outcome: "refused" as const, reason }, commit: () => {} });

const keyOf = ({ ce_source: source, ce_id: id }: Row) => `${source}\n${id}`;
