/** Messages that nobody holds: core NATS delivers once, so they wait in memory until the receiver has them. */
import type { NatsConnection } from "@nats-io/transport-node";
import { reasonOf } from "#services/shared/errors.ts";
import type { BridgeConfig } from "./config.ts";
import type { BridgeDeps } from "./deps.ts";
import { forward } from "./forward.ts";
import { pauseMs } from "./pause.ts";
import { type ForwardedRequest, toRequest } from "./request.ts";
import { Slots } from "./slots.ts";

const RESUBSCRIBE_MS = 5_000;
/** What a message costs beside its bytes. */
const OVERHEAD_BYTES = 1_024;

/** Resolves once it was told to stop and each waiting message had its last try. */
export async function forwardCore(
  connection: NatsConnection,
  config: BridgeConfig,
  deps: BridgeDeps,
): Promise<void> {
  const waiting = new Waiting(config, deps);
  while (!deps.stop.aborted) {
    try {
      await read(connection, config, waiting, deps);
    } catch (error) {
      // The server refuses the subscription: a configuration that somebody will mend.
      deps.log.error("cannot subscribe", { code: "NATS_UNAVAILABLE", reason: reasonOf(error) });
      await deps.clock.sleep(RESUBSCRIBE_MS, deps.stop);
    }
  }
  await Promise.race([waiting.empty(), deps.clock.sleep(deps.stopBudgetMs)]);
  const messages = waiting.owed();
  const reason = "the bridge was stopped before the receiver had them";
  if (messages > 0) deps.log.error("lost", { code: "RECEIVER_UNAVAILABLE", reason, messages });
}

/** Ends when the bridge is told to stop and what was on its way is here. */
async function read(
  connection: NatsConnection,
  { subject, queueGroup }: BridgeConfig,
  waiting: Waiting,
  { log, stop }: BridgeDeps,
): Promise<void> {
  const subscription = connection.subscribe(subject, { queue: queueGroup });
  const drain = () => void subscription.drain();
  stop.addEventListener("abort", drain, { once: true });
  try {
    // Until the server has answered it may not know of the subscription, and what comes is nobody's.
    await connection.flush();
    if (!subscription.isClosed()) log.info("forwards what core NATS delivers");
    for await (const message of subscription) {
      const request = toRequest(message);
      if (waiting.add(request)) continue;
      const reason = "NATS_BUFFER_BYTES are waiting already";
      log.error("lost", { code: "RECEIVER_UNAVAILABLE", reason, bytes: request.body.byteLength });
    }
  } finally {
    stop.removeEventListener("abort", drain);
    subscription.unsubscribe();
  }
}

/** Each message waits by itself, so that one which always fails holds up no other. */
class Waiting {
  readonly #maxBytes: number;
  readonly #deps: BridgeDeps;
  readonly #slots: Slots;
  readonly #tasks = new Set<Promise<void>>();
  #bytes = 0;
  #givenUp = 0;

  constructor({ bufferBytes, workers }: BridgeConfig, deps: BridgeDeps) {
    this.#maxBytes = bufferBytes;
    this.#deps = deps;
    this.#slots = new Slots(workers);
  }

  /** How many messages the receiver does not have. */
  owed(): number {
    return this.#tasks.size + this.#givenUp;
  }

  /** @returns false when there is no room */
  add(request: ForwardedRequest): boolean {
    const bytes = sizeOf(request);
    if (this.#bytes + bytes > this.#maxBytes) return false;
    this.#bytes += bytes;
    const task = this.#untilKept(request).finally(() => {
      this.#bytes -= bytes;
      this.#tasks.delete(task);
    });
    this.#tasks.add(task);
    return true;
  }

  async empty(): Promise<void> {
    await Promise.all(this.#tasks);
  }

  async #untilKept(request: ForwardedRequest): Promise<void> {
    const { clock, random, stop, log } = this.#deps;
    for (let tries = 1; ; tries += 1) {
      const last = stop.aborted;
      const result = await this.#slots.run(() => forward(request, this.#deps));
      if (result.outcome === "kept") return;
      if (result.outcome === "refused")
        return log.error("lost", { code: "RECEIVER_REFUSED", reason: result.reason });
      if (last) {
        this.#givenUp += 1;
        return;
      }
      await clock.sleep(pauseMs(tries, result.afterMs, random), stop);
    }
  }
}

function sizeOf({ headers, body }: ForwardedRequest): number {
  const texts = Object.entries(headers).map(([name, value]) => name.length + value.length);
  return texts.reduce((sum, length) => sum + length, body.byteLength + OVERHEAD_BYTES);
}
