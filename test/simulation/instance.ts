/** A process: its ports into the cloud, through a network that fails, and its end at any await. */
import { chance } from "#services/cli/generate/random.ts";
import type { Clock } from "#services/shared/clock.ts";
import { type ErrorCode, PipelineError } from "#services/shared/errors.ts";
import { type WarehouseSettings, warehouseOn } from "#services/shared/gcp/bigquery.ts";
import { armOnce, taskId } from "#services/shared/gcp/tasks.ts";
import type { Log } from "#services/shared/log.ts";
import { EVENTS } from "#services/shared/objects.ts";
import type { Alarm, AlarmName, NewId, Publisher, Queue, Store, Warehouse } from "#services/shared/ports.ts";
import { type Cloud, linesOf } from "./cloud.ts";
import type { Bug } from "./planted-bugs.ts";
import type { World } from "./world.ts";

export type Service = "receiver" | "batcher" | "loader";

/** An event that no batcher survives. */
export const DEADLY = "deadly-to-batchers";

const REQUEST_TIMEOUT_MS = 20_000;
/** An instance that nobody calls has no processor: what it waits for reaches it with the next call, or at some time. */
const FROZEN_MAX_MS = 3 * 3_600_000;

export interface Task {
  readonly name: AlarmName;
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** The event type of a `resume`. */
  readonly type: string | undefined;
}

export interface InstanceDeps {
  readonly world: World;
  readonly cloud: Cloud;
  readonly windowMs: number;
  readonly leaseSeconds: number;
  readonly settings: Omit<WarehouseSettings, "clock">;
  readonly bug: Bug | undefined;
  /** Sets a task; it calls the service when its time has come. */
  readonly schedule: (task: Task) => void;
  readonly newId: NewId;
}

export class Instance {
  readonly service: Service;
  isAlive = true;
  /** Deliveries in hand: pulled, and neither acknowledged nor given back. */
  readonly held = new Set<string>();
  heldMost = 0;
  readonly clock: Clock;
  readonly log: Log;
  readonly newId: NewId;
  readonly publisher: Publisher;
  readonly queue: Queue;
  readonly store: Store;
  readonly warehouse: Warehouse;
  readonly alarm: Alarm;
  /** Resolves when it is killed. */
  readonly dead: Promise<void>;
  readonly #deps: InstanceDeps;
  readonly #frozen: (() => void)[] = [];
  #die: () => void = () => {};

  constructor(service: Service, deps: InstanceDeps) {
    const { world, cloud, bug } = deps;
    this.service = service;
    this.#deps = deps;
    this.dead = new Promise((resolve) => {
      this.#die = resolve;
    });
    const skew = world.strikes("wrong clock") ? world.between(-60_000, 60_000) : 0;
    this.newId = deps.newId;
    this.clock = this.#clock(skew);
    this.log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
    this.publisher = {
      publish: (message) => this.#call("publish", queueError, () => cloud.publish(message)),
    };
    this.queue = this.#queue();
    this.store = this.#store();
    this.warehouse = this.#warehouse();
    const arm = armOnce((name, at, type) => this.#createTask(name, at, type), deps.windowMs, this.clock);
    this.alarm = { arm };
    bug?.plant(this, deps);
  }

  /** Nothing of it goes on: its promises are never kept. */
  kill(): void {
    if (!this.isAlive) return;
    this.isAlive = false;
    this.#deps.world.note(`${this.service} killed`);
    this.#die();
  }

  /** Somebody calls it. */
  thaw(): void {
    for (const goOn of this.#frozen.splice(0)) goOn();
  }

  #freeze(goOn: () => void): void {
    this.#frozen.push(goOn);
    this.#deps.world.after(FROZEN_MAX_MS, () => this.thaw());
  }

  #clock(skew: number): Clock {
    const { world } = this.#deps;
    return {
      // Like every fault, it ends.
      now: () => world.now + (world.isFaulty ? skew : 0),
      sleep: (ms, signal) =>
        new Promise((resolve) => {
          if (signal?.aborted) return resolve();
          let isOver = false;
          const wake = () => {
            if (isOver || !this.isAlive) return false;
            isOver = true;
            resolve();
            return true;
          };
          signal?.addEventListener("abort", wake, { once: true });
          world.after(ms, wake);
        }),
    };
  }

  /**
   * One request: it arrives or not, it is answered or not, and either side of it the process may die.
   * @param toError what a request that failed rejects with; what `effect` throws is the other side's answer
   */
  #call<T>(what: string, toError: (why: string) => Error, effect: () => T): Promise<T> {
    const { world } = this.#deps;
    return new Promise((resolve, reject) => {
      if (!this.isAlive) return;
      const answer = (run: () => void, delay: number) =>
        world.after(delay, () => {
          if (this.isAlive) run();
        });
      const fail = (why: string, delay: number) => answer(() => reject(toError(`${what}: ${why}`)), delay);
      const travel = world.strikes("slow answer") ? world.between(500, 15_000) : world.between(1, 40);
      if (world.strikes("refused request")) return fail("503", travel);
      const isSilent = world.strikes("no answer");
      if (isSilent && chance(world.random, 0.5)) return fail("no answer", REQUEST_TIMEOUT_MS);
      const dies = world.strikes("killed");
      const diesBefore = dies && chance(world.random, 0.5);
      world.after(travel, () => {
        // What is on its way when its sender dies may still arrive.
        if (!this.isAlive && chance(world.random, 0.5)) return;
        if (diesBefore) return this.kill();
        const settle = settledBy(effect, resolve, reject);
        world.note(`${this.service} ${what}`);
        if (dies) return this.kill();
        if (isSilent) return fail("no answer", REQUEST_TIMEOUT_MS - travel);
        if (world.strikes("lost answer")) return fail("connection reset", travel);
        if (world.strikes("frozen")) this.#freeze(() => answer(settle, travel));
        else answer(settle, travel);
      });
    });
  }

  #queue(): Queue {
    const { cloud, leaseSeconds } = this.#deps;
    const release = (ackIds: readonly string[]) => {
      for (const ackId of ackIds) this.held.delete(ackId);
    };
    return {
      pull: async (max, waitMs) => {
        const pulled = await this.#call("pull", queueError, () => {
          const given = cloud.pull(max, leaseSeconds * 1_000);
          if (given.length > 0 && !this.isAlive) cloud.lentToDead = true;
          return given;
        });
        if (pulled.length === 0) await this.clock.sleep(waitMs);
        for (const { ackId } of pulled) this.held.add(ackId);
        this.heldMost = Math.max(this.heldMost, this.held.size);
        return pulled;
      },
      acknowledge: async (ackIds) => {
        release(ackIds);
        await this.#call(`acknowledge ${ackIds.length}`, queueError, () => cloud.acknowledge(ackIds));
      },
      extend: async (ackIds, seconds) => {
        // Else it is a wait, in which nobody holds the message.
        if (seconds !== leaseSeconds) release(ackIds);
        await this.#call(`extend ${ackIds.length} by ${seconds} s`, queueError, () =>
          cloud.extend(ackIds, seconds),
        );
      },
    };
  }

  #store(): Store {
    const { cloud } = this.#deps;
    const call = <T>(what: string, effect: () => T) =>
      this.#call(what, unavailable("STORE_UNAVAILABLE"), effect);
    return {
      create: (name, bytes) => {
        // It dies of the event while it makes the rows, so before this arrives.
        if (this.service === "batcher" && name.startsWith(EVENTS) && isDeadly(bytes)) {
          this.kill();
          return new Promise(() => {});
        }
        return call(`create ${name}`, () => cloud.create(name, bytes));
      },
      replace: (name, bytes, generation) =>
        call(`replace ${name}`, () => cloud.replace(name, bytes, generation)),
      read: (name) =>
        call(`read ${name}`, () => {
          const found = cloud.objects.get(name);
          return found && { name, bytes: found.bytes, generation: found.generation };
        }),
      list: (prefix, limit) => call(`list ${prefix}`, () => cloud.names(prefix).slice(0, limit)),
      listSized: (prefix, limit) =>
        call(`list ${prefix}`, () =>
          cloud
            .names(prefix)
            .slice(0, limit)
            .map((name) => ({ name, bytes: cloud.objects.get(name)?.bytes.byteLength ?? 0 })),
        ),
      folders: (prefix) =>
        call(`folders ${prefix}`, () => [
          ...new Set(
            cloud.names(prefix).map((name) => `${prefix}${name.slice(prefix.length).split("/")[0]}/`),
          ),
        ]),
      copy: (from, to) => call(`copy ${from}`, () => cloud.copy(from, to)),
      remove: (name, generation) => call(`remove ${name}`, () => cloud.remove(name, generation)),
    };
  }

  /** The code of the service itself, on a BigQuery that knows only jobs and tables. */
  #warehouse(): Warehouse {
    const { cloud, settings } = this.#deps;
    const api = cloud.bigquery.api((what, effect) => this.#call(what, (why) => new Error(why), effect));
    const warehouse = warehouseOn(api, { ...settings, clock: this.clock });
    return { ...warehouse, quoted: (table) => `\`${table}\``, quotedStaging: (table) => `\`${table}\`` };
  }

  #createTask(name: AlarmName, at: number, type: string | undefined): Promise<void> {
    const task = { name, id: taskId(name, at, type), at, type };
    return this.#call(`task ${name}`, unavailable("ALARM_UNAVAILABLE"), () => this.#deps.schedule(task));
  }
}

const unavailable = (code: ErrorCode) => (why: string) => new PipelineError(code, "later", why);
const queueError = unavailable("QUEUE_UNAVAILABLE");

/** Runs the effect now. @returns what passes its result, or what it throws, on */
function settledBy<T>(
  effect: () => T,
  resolve: (value: T) => void,
  reject: (error: unknown) => void,
): () => void {
  try {
    const result = effect();
    return () => resolve(result);
  } catch (error) {
    return () => reject(error);
  }
}

const isDeadly = (bytes: Uint8Array) => linesOf(bytes).some((line) => line.includes(DEADLY));
