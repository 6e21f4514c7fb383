/** The durable write behind every 202: into Pub/Sub, or, when it does not take the event in time, into the spill. */
import type { Clock } from "#services/shared/clock.ts";
import { type ErrorCode, PipelineError, reasonOf } from "#services/shared/errors.ts";
import type { Late } from "#services/shared/late.ts";
import type { Log } from "#services/shared/log.ts";
import type { Message } from "#services/shared/message.ts";
import { SPILL, spillObject } from "#services/shared/objects.ts";
import type { NewId, Publisher, Store } from "#services/shared/ports.ts";
import type { Trace } from "#services/shared/trace.ts";
import { Deadlines, LATE } from "./deadlines.ts";
import { FairSlots, slotsFor } from "./fair-slots.ts";

export interface DurableDeps {
  readonly publisher: Publisher & Partial<Late>;
  readonly store: Pick<Store, "create">;
  readonly clock: Clock;
  readonly newId: NewId;
  readonly log: Log;
  readonly publishTimeoutMs: number;
  readonly spillTimeoutMs: number;
}

export type Kept =
  | { readonly where: "published"; readonly messageId: string }
  | { readonly where: "spilled"; readonly object: string }
  | typeof LOST;

const LOST = { where: "lost" } as const;

/** After Pub/Sub failed, one event in so many milliseconds tries it; the others do not wait for it. */
const PROBE_MS = 1_000;
/** Pub/Sub takes 10 MB with the attributes, of which there are 100 of 1,280 bytes (https://cloud.google.com/pubsub/quotas#resource_limits). */
const PUBLISH_MAX_BYTES = 9_800_000;
/** Objects that are written at once: each is a request of its own, unlike messages, which share one. A large one counts as several. */
const SPILLS_AT_ONCE = 64;

export class Durable {
  readonly #deps: DurableDeps;
  readonly #publishes: Deadlines;
  readonly #spills: FairSlots;
  readonly #spilling: Deadlines;
  /** When Pub/Sub may be tried again; 0 while it works. */
  #probeAt = 0;

  constructor(deps: DurableDeps) {
    this.#deps = deps;
    const waiting = Number.POSITIVE_INFINITY;
    const limits = { slots: SPILLS_AT_ONCE, waiting, waitMs: deps.spillTimeoutMs, sources: [SPILL] };
    this.#spills = new FairSlots(limits, deps.clock);
    this.#publishes = new Deadlines(deps.publishTimeoutMs, deps.clock);
    this.#spilling = new Deadlines(deps.spillTimeoutMs, deps.clock);
  }

  /** Never rejects. `lost` is what neither took; either may hold it all the same, which leads to no second row. */
  async keep(message: Message, trace: Trace): Promise<Kept> {
    // Pub/Sub would refuse it, which would look as if Pub/Sub were away, for everybody's events.
    if (message.data.byteLength > PUBLISH_MAX_BYTES) return (await this.#spill(message, trace)) ?? LOST;
    const usePubSub = this.#mayPublish();
    const published = usePubSub ? await this.#publish(message, trace) : undefined;
    const kept = published ?? (await this.#spill(message, trace));
    if (kept !== undefined) return kept;
    return (usePubSub ? undefined : await this.#publish(message, trace)) ?? LOST;
  }

  #mayPublish(): boolean {
    if (this.#probeAt === 0) return true;
    const now = this.#deps.clock.now();
    if (now < this.#probeAt) return false;
    this.#probeAt = now + this.#deps.publishTimeoutMs + PROBE_MS;
    return true;
  }

  async #publish(message: Message, trace: Trace): Promise<Kept | undefined> {
    const { publisher, clock, publishTimeoutMs } = this.#deps;
    const asked = { isOver: false };
    try {
      // The time that reading the client takes at the start is not Pub/Sub's.
      await publisher.open?.();
      const messageId = await this.#publishes.within(publisher.publish(message, asked));
      if (messageId === LATE) {
        asked.isOver = true;
        const reason = `publish took too long (${publishTimeoutMs} ms)`;
        throw new PipelineError("QUEUE_UNAVAILABLE", "later", reason);
      }
      this.#probeAt = 0;
      return { where: "published", messageId };
    } catch (error) {
      this.#probeAt = clock.now() + PROBE_MS;
      this.#failed("not published", "QUEUE_UNAVAILABLE", error, trace);
      return undefined;
    }
  }

  async #spill({ data, attributes }: Message, trace: Trace): Promise<Kept | undefined> {
    const { store, newId, spillTimeoutMs } = this.#deps;
    const name = spillObject(newId());
    const asked = { isOver: false };
    try {
      // A write that takes too long keeps its place until it is over, since it keeps its memory.
      const written = this.#spills.run(SPILL, slotsFor(data.byteLength), async () => {
        if (asked.isOver) return LATE;
        const spilled = { attributes, data_base64: Buffer.from(data).toString("base64") };
        return store.create(name, Buffer.from(JSON.stringify(spilled)), { contentType: "application/json" });
      });
      const done = await this.#spilling.within(written);
      if (done === LATE) {
        asked.isOver = true;
        const reason = `spill took too long (${spillTimeoutMs} ms)`;
        throw new PipelineError("STORE_UNAVAILABLE", "later", reason);
      }
      if (done === "full") throw new PipelineError("STORE_UNAVAILABLE", "later", "too many spills wait");
      // `exists` is our own write whose answer was lost and which the client repeated: the name is ours alone.
      return { where: "spilled", object: name };
    } catch (error) {
      this.#failed("not spilled", "STORE_UNAVAILABLE", error, trace);
      return undefined;
    }
  }

  /** Whatever went wrong, the event is not there, and the other place is tried. */
  #failed(event: string, fallback: ErrorCode, error: unknown, trace: Trace): void {
    const code = error instanceof PipelineError ? error.code : fallback;
    this.#deps.log.error(event, { code, reason: reasonOf(error), trace });
  }
}
