/** Messages that nobody holds: core NATS delivers once, so they wait in memory until the receiver has them. */
import type { NatsConnection, Subscription } from "@nats-io/transport-node";
import type { BridgeConfig } from "./config.ts";
import { type ForwardDeps, forward } from "./forward.ts";
import { type ForwardedRequest, toRequest } from "./request.ts";

/** Resolves once it was told to stop and what waited is forwarded; what then cannot be is lost, and logged. */
export async function forwardCore(
  connection: NatsConnection,
  { subject, queueGroup, workers, bufferBytes }: BridgeConfig,
  deps: ForwardDeps,
): Promise<void> {
  const subscription = connection.subscribe(subject, { queue: queueGroup });
  deps.stop.addEventListener("abort", () => void subscription.drain(), { once: true });
  const buffer = new Buffered(bufferBytes);
  const reading = read(subscription, buffer, deps);
  const worker = async () => {
    for (let one = await buffer.take(); one !== undefined; one = await buffer.take()) {
      const result = await forward(one, deps);
      buffer.release(one);
      if (result.outcome === "refused")
        deps.log.error("lost", { code: "RECEIVER_REFUSED", reason: result.reason });
      if (result.outcome === "given-up")
        deps.log.error("lost", { code: "RECEIVER_UNAVAILABLE", reason: "the bridge was stopped" });
    }
  };
  await Promise.all([reading, ...Array.from({ length: workers }, worker)]);
}

async function read(subscription: Subscription, buffer: Buffered, { log }: ForwardDeps): Promise<void> {
  for await (const message of subscription) {
    if (buffer.add(toRequest(message))) continue;
    log.error("lost", {
      code: "RECEIVER_UNAVAILABLE",
      reason: "NATS_BUFFER_BYTES are waiting already",
      bytes: message.data.byteLength,
    });
  }
  buffer.end();
}

/** First in, first out, with a limit on the bytes that it and its workers hold. */
class Buffered {
  readonly #maxBytes: number;
  readonly #waiting: ForwardedRequest[] = [];
  readonly #idle: ((next: ForwardedRequest | undefined) => void)[] = [];
  #bytes = 0;
  #ended = false;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** @returns false when there is no room */
  add(request: ForwardedRequest): boolean {
    if (this.#bytes + request.body.byteLength > this.#maxBytes) return false;
    this.#bytes += request.body.byteLength;
    const idle = this.#idle.shift();
    if (idle === undefined) this.#waiting.push(request);
    else idle(request);
    return true;
  }

  /** `undefined` once it has ended and is empty. */
  take(): Promise<ForwardedRequest | undefined> {
    const next = this.#waiting.shift();
    if (next !== undefined || this.#ended) return Promise.resolve(next);
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  release(request: ForwardedRequest): void {
    this.#bytes -= request.body.byteLength;
  }

  end(): void {
    this.#ended = true;
    for (const idle of this.#idle.splice(0)) idle(undefined);
  }
}
