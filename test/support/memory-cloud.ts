/**
 * The four ports in memory, with a list of what was done and a place to crash: after step N nothing of that
 * instance goes on, as with SIGKILL, while the cloud keeps what it has.
 */
import { gunzipSync } from "node:zlib";
import { NOT_WHOLE } from "#services/loader/merge.ts";
import type { Clock } from "#services/shared/clock.ts";
import type { Log } from "#services/shared/log.ts";
import type { Message } from "#services/shared/message.ts";
import type {
  Alarm,
  Delivery,
  JobOutcome,
  Labels,
  NewId,
  Queue,
  Store,
  Warehouse,
} from "#services/shared/ports.ts";
import type { Random } from "#services/shared/retry.ts";
import { loadRegistry, type Registry } from "#services/shared/schema/registry.ts";
import { readMerge, rowsOfParameter } from "./read-merge.ts";

export interface Row {
  readonly ce_id: string;
  readonly ce_source: string;
  readonly ce_time?: string;
}

/** A row of the table `loads`, as far as tests look at it. */
interface BookedLoad {
  readonly plan: string;
  readonly type: string;
  readonly objects: readonly {
    readonly object: string;
    readonly rows: number;
    readonly set_aside: boolean;
    readonly reason?: string;
  }[];
  readonly rows_staged: number;
  readonly rows_inserted: number;
  readonly duplicates: number;
  readonly rows_set_aside: number;
  readonly load_jobs: readonly string[];
}

/** What outlives an instance. */
export class MemoryCloud {
  readonly messages = new Map<string, Message>();
  readonly leased = new Set<string>();
  /** How often each message was delivered. */
  readonly attempts = new Map<string, number>();
  readonly objects = new Map<string, { bytes: Buffer; generation: string }>();
  readonly tables = new Map<string, Row[]>();
  readonly loads: BookedLoad[] = [];
  readonly jobs = new Map<string, JobOutcome>();
  readonly labels = new Map<string, Labels>();
  readonly alarms = new Set<string>();
  /** One entry per change of the cloud, in order. */
  readonly actions: string[] = [];
  /** Objects whose rows BigQuery would refuse. */
  readonly refused = new Set<string>();
  /** Milliseconds since the epoch; only a test moves it. */
  now = Date.UTC(2026, 10, 20);
  steps = 0;
  #generation = 0;

  nextGeneration(): string {
    this.#generation += 1;
    return String(this.#generation);
  }

  /** Every message that is not acknowledged is delivered again, as after its lease. */
  expireLeases(): void {
    this.leased.clear();
  }

  names(prefix: string): string[] {
    return [...this.objects.keys()].filter((name) => name.startsWith(prefix)).toSorted();
  }
}

/** Stops an instance: its promise of that step, and of any later one, is never kept. */
export interface Fuse {
  /** The step of the cloud after which this instance is gone; Infinity for one that lives. */
  readonly crashAfter: number;
}

export interface Instance {
  readonly queue: Queue;
  readonly store: Store;
  readonly warehouse: Warehouse;
  readonly alarm: Alarm;
  readonly clock: Clock;
  readonly random: Random;
  readonly newId: NewId;
  readonly registry: Registry;
  readonly log: Log;
  /** Resolves when the fuse has blown. */
  readonly crashed: Promise<"crashed">;
}

const registry = loadRegistry();
const silent: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
let ids = 0;

export function startInstance(
  cloud: MemoryCloud,
  fuse: Fuse = { crashAfter: Number.POSITIVE_INFINITY },
): Instance {
  let blow: (value: "crashed") => void = () => {};
  const crashed = new Promise<"crashed">((resolve) => {
    blow = resolve;
  });
  const forever = new Promise<never>(() => {});

  /** One step: the change happens, and the answer may get lost with the instance. */
  async function step<T>(action: string | undefined, change: () => T): Promise<T> {
    if (cloud.steps >= fuse.crashAfter) return forever;
    cloud.steps += 1;
    const result = change();
    if (action !== undefined) cloud.actions.push(action);
    if (cloud.steps >= fuse.crashAfter) {
      blow("crashed");
      return forever;
    }
    await Promise.resolve();
    return result;
  }

  const queue: Queue = {
    pull: (max) =>
      step(undefined, () => {
        const free = [...cloud.messages].filter(([id]) => !cloud.leased.has(id)).slice(0, max);
        return free.map(([id, message]): Delivery => {
          const attempt = (cloud.attempts.get(id) ?? 0) + 1;
          cloud.attempts.set(id, attempt);
          cloud.leased.add(id);
          return { id, ackId: id, attempt, message };
        });
      }),
    acknowledge: (ackIds) =>
      step(`acknowledge ${ackIds.length}`, () => {
        for (const id of ackIds) cloud.messages.delete(id);
      }),
    extend: (ackIds, seconds) =>
      step(undefined, () => {
        if (seconds === 0) for (const id of ackIds) cloud.leased.delete(id);
      }),
  };

  const store: Store = {
    create: (name, bytes) =>
      step(`create ${name.replace(/[^/]*$/, "")}`, () => {
        if (cloud.objects.has(name)) return "exists";
        cloud.objects.set(name, { bytes: Buffer.from(bytes), generation: cloud.nextGeneration() });
        return "created";
      }),
    replace: (name, bytes, generation) =>
      step(`replace ${name.replace(/[^/]*$/, "")}`, () => {
        if (cloud.objects.get(name)?.generation !== generation) return "changed";
        cloud.objects.set(name, { bytes: Buffer.from(bytes), generation: cloud.nextGeneration() });
        return "replaced";
      }),
    read: (name) =>
      step(undefined, () => {
        const found = cloud.objects.get(name);
        return found && { name, ...found };
      }),
    list: (prefix, limit) => step(undefined, () => cloud.names(prefix).slice(0, limit)),
    listSized: (prefix, limit) =>
      step(undefined, () =>
        cloud
          .names(prefix)
          .slice(0, limit)
          .map((name) => ({ name, bytes: cloud.objects.get(name)?.bytes.byteLength ?? 0 })),
      ),
    folders: (prefix) =>
      step(undefined, () => [
        ...new Set(cloud.names(prefix).map((name) => `${prefix}${name.slice(prefix.length).split("/")[0]}/`)),
      ]),
    copy: (from, to) =>
      step(`copy to ${to.replace(/[^/]*$/, "")}`, () => {
        const found = cloud.objects.get(from);
        if (found === undefined) return "missing";
        cloud.objects.set(to, { bytes: found.bytes, generation: cloud.nextGeneration() });
        return "copied";
      }),
    remove: (name, generation) =>
      step(`remove ${name.replace(/[^/]*$/, "")}`, () => {
        if (generation === undefined || cloud.objects.get(name)?.generation === generation)
          cloud.objects.delete(name);
      }),
  };

  /** A job's id runs once, whoever asks. */
  const once = (jobId: string, action: string, run: () => JobOutcome) =>
    step(cloud.jobs.has(jobId) ? undefined : action, () => {
      const outcome = cloud.jobs.get(jobId) ?? run();
      cloud.jobs.set(jobId, outcome);
      return outcome;
    });

  const warehouse: Warehouse = {
    quoted: (table) => `\`${table}\``,
    quotedStaging: (table) => `\`${table}\``,
    ensureTable: ({ name, columns }) =>
      step(undefined, () => {
        if (!cloud.tables.has(name)) cloud.tables.set(name, []);
        return columns;
      }),
    load: (jobId, table, objects) =>
      once(jobId, "load", () => {
        const bad = objects.find((name) => cloud.refused.has(name) || !cloud.objects.has(name));
        if (bad !== undefined) return { outcome: "refused", reason: `invalid: ${bad}` };
        const rows = objects.flatMap((name) => linesOf(cloud, name));
        cloud.tables.set(table, [...(cloud.tables.get(table) ?? []), ...rows]);
        return { outcome: "done", rows: rows.length };
      }),
    execute: (jobId, sql, { book, rows } = {}, labels = {}) => {
      if (!cloud.jobs.has(jobId)) cloud.labels.set(jobId, labels);
      return book === undefined
        ? once(jobId, "merge", () => merge(cloud, sql, rows))
        : once(jobId, "book", () => write(cloud, book));
    },
    find: (jobId) =>
      step(undefined, () => {
        const outcome = cloud.jobs.get(jobId);
        return outcome && { outcome, labels: cloud.labels.get(jobId) ?? {}, endedAt: cloud.now };
      }),
    check: () => step(undefined, () => undefined),
    retire: (jobId) => once(jobId, "retire", () => ({ outcome: "failed", reason: "its plan was given up" })),
    dropStaging: (name) =>
      step("drop staging", () => {
        cloud.tables.delete(name);
      }),
  };

  const alarm: Alarm = {
    arm: (name, delayMs = 0) =>
      step(`arm ${name}${delayMs > 0 ? ` in ${delayMs} ms` : ""}`, () => {
        cloud.alarms.add(name);
      }),
  };

  const clock: Clock = {
    now: () => cloud.now,
    sleep: (_ms, signal) => new Promise((resolve) => signal?.addEventListener("abort", () => resolve())),
  };
  const newId = () => `01TEST${String(++ids).padStart(20, "0")}`;
  const random = () => 0.5;
  return { queue, store, warehouse, alarm, clock, random, newId, registry, log: silent, crashed };
}

function linesOf(cloud: MemoryCloud, name: string): Row[] {
  const text = gunzipSync(cloud.objects.get(name)?.bytes ?? Buffer.alloc(0)).toString();
  return text
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Row);
}

/** What BigQuery does with the loader's second statement, but for the types of the columns. */
function write(cloud: MemoryCloud, book: string): JobOutcome {
  if (!cloud.tables.has("loads")) return { outcome: "failed", reason: "notFound: loads" };
  cloud.loads.push(JSON.parse(book) as BookedLoad);
  return { outcome: "done", rows: 1 };
}

/** What BigQuery does with the loader's statement: the rows that the range of the statement lets it see decide. */
function merge(cloud: MemoryCloud, sql: string, rows = ""): JobOutcome {
  const merged = readMerge(sql);
  const { staging } = merged;
  const into = cloud.tables.get(merged.target);
  const source =
    staging === undefined
      ? (rowsOfParameter(rows, merged.columns) as unknown as Row[])
      : cloud.tables.get(staging.table);
  if (into === undefined || source === undefined) return { outcome: "failed", reason: "notFound: table" };
  if (staging !== undefined && source.length !== staging.rows)
    return { outcome: "refused", reason: `invalidQuery: ${NOT_WHOLE}` };
  const inRange = ({ ce_time: time }: Row) => merged.reads(time);
  const key = (row: Row) => merged.keyOf({ ...row });
  const seen = new Set(into.filter(inRange).map(key));
  const fresh = source.filter((row) => !seen.has(key(row)) && seen.add(key(row)));
  into.push(...fresh);
  return { outcome: "done", rows: fresh.length };
}
