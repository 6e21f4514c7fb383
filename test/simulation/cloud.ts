/** What outlives every process: queue, store, warehouse and tasks, as Google Cloud promises them and no better. */
import { chance } from "#services/cli/generate/random.ts";
import type { Message } from "#services/shared/message.ts";
import { EVENTS, PENDING } from "#services/shared/objects.ts";
import type { Delivery } from "#services/shared/ports.ts";
import { SimulatedBigQuery } from "./bigquery.ts";
import type { World } from "./world.ts";

interface Queued {
  readonly message: Message;
  attempts: number;
  readonly publishedAt: number;
  /** Not delivered before. */
  readyAt: number;
  ackId: string;
}

interface StoredBytes {
  readonly bytes: Buffer;
  readonly generation: string;
  readonly writtenAt: number;
}

/**
 * Shorter than any lease: the second look comes when every lease has ended, and what the queue shows only after that waits
 * for the next event or the safety net.
 */
const LATE_MAX_MS = 9_000;

export class Cloud {
  readonly queue = new Map<string, Queued>();
  readonly objects = new Map<string, StoredBytes>();
  readonly bigquery: SimulatedBigQuery;
  /** Names of tasks that are waiting, running, or done. */
  readonly tasks = new Map<string, "open" | "done">();
  /** What must never be, noticed while it happens. */
  readonly broken = new Set<string>();
  /** Whether a pull that came after its sender's death has put messages on loan to nobody. */
  lentToDead = false;
  readonly #world: World;
  #serial = 0;

  /** @param stagingLifeMs the default expiration of the staging dataset */
  constructor(world: World, stagingLifeMs: number) {
    this.#world = world;
    this.bigquery = new SimulatedBigQuery(world, stagingLifeMs, (object) => {
      const bytes = this.objects.get(object)?.bytes;
      return bytes === undefined ? undefined : linesOf(bytes);
    });
  }

  publish(message: Message): string {
    const late = this.#world.strikes("delivered late") ? this.#world.between(1_000, LATE_MAX_MS) : 0;
    const readyAt = this.#world.now + late;
    const id = `m${++this.#serial}`;
    this.queue.set(id, { message, attempts: 0, publishedAt: this.#world.now, readyAt, ackId: "" });
    return id;
  }

  /** What the subscription's retention and the archive's lifecycle rule do. @param lifeMs of messages and of archived objects */
  deleteOld(lifeMs: number): void {
    const before = this.#world.now - lifeMs;
    for (const [id, { publishedAt }] of this.queue) if (publishedAt < before) this.queue.delete(id);
    for (const [name, { writtenAt }] of this.objects)
      if (name.startsWith(EVENTS) && writtenAt < before) this.objects.delete(name);
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

  replace(name: string, bytes: Uint8Array, generation: string): "replaced" | "changed" {
    if (this.objects.get(name)?.generation !== generation) return "changed";
    this.#put(name, Buffer.from(bytes));
    return "replaced";
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
    this.objects.set(name, { bytes, generation: String(++this.#serial), writtenAt: this.#world.now });
  }

  lines(object: string): readonly string[] {
    const bytes = this.objects.get(object)?.bytes;
    return bytes === undefined ? [] : linesOf(bytes);
  }
}

/** The rows of an object, which nobody has compressed. */
export const linesOf = (bytes: Uint8Array) => Buffer.from(bytes).toString().split("\n").filter(Boolean);
