/** Messages that a stream holds: each is acknowledged once the receiver has it, and stays otherwise. */
import {
  AckPolicy,
  type Consumer,
  DeliverPolicy,
  type JetStreamManager,
  type JsMsg,
  jetstreamManager,
} from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { PipelineError, reasonOf } from "#services/shared/errors.ts";
import type { BridgeConfig } from "./config.ts";
import { type ForwardDeps, forward } from "./forward.ts";
import { toRequest } from "./request.ts";

/** A worker asks for one message at a time, so that none waits in memory, its time running out. */
const ASK_MS = 5_000;
const PAUSE_MS = 1_000;

/**
 * The durable consumer that forwards what a stream captures of the subject, made where it is missing: it begins with
 * the oldest message that the stream holds. `undefined` when no stream captures the subject.
 * @throws PipelineError CONFIG_INVALID when a consumer of this name does something else
 */
export async function findConsumer(
  connection: NatsConnection,
  { subject, durable, ackWaitSeconds }: BridgeConfig,
): Promise<Consumer | undefined> {
  const found = await findStream(connection, subject);
  if (found === undefined) return undefined;
  const { manager, stream } = found;
  const filter = { ack_policy: AckPolicy.Explicit, filter_subject: subject };
  const there = await consumerNamed(manager, stream, durable);
  if (there === undefined) {
    await manager.consumers.add(stream, {
      ...filter,
      durable_name: durable,
      deliver_policy: DeliverPolicy.All,
      ack_wait: ackWaitSeconds * 1e9,
      max_deliver: -1,
    });
  } else if (there.ack_policy !== filter.ack_policy || there.filter_subject !== subject) {
    const is = `ack_policy ${there.ack_policy}, filter_subject ${there.filter_subject ?? "none"}`;
    throw new PipelineError(
      "CONFIG_INVALID",
      "never",
      `the stream ${stream} has another consumer named ${durable} (${is}): set NATS_DURABLE to a name of its own`,
    );
  }
  return manager.jetstream().consumers.get(stream, durable);
}

async function findStream(connection: NatsConnection, subject: string) {
  let manager: JetStreamManager;
  try {
    manager = await jetstreamManager(connection);
  } catch (error) {
    // The client does not export the class.
    if ((error as Error).name === "JetStreamNotEnabled") return undefined;
    throw error;
  }
  for await (const stream of manager.streams.names(subject)) return { manager, stream };
  return undefined;
}

async function consumerNamed(manager: JetStreamManager, stream: string, durable: string) {
  for await (const { name, config } of manager.consumers.list(stream)) if (name === durable) return config;
  return undefined;
}

/** Resolves once it was told to stop and the last message is forwarded or given back. */
export async function forwardStream(
  consumer: Consumer,
  { workers, ackWaitSeconds }: BridgeConfig,
  deps: ForwardDeps,
): Promise<void> {
  const worker = async () => {
    while (!deps.stop.aborted) {
      const message = await next(consumer, deps);
      if (message !== null) await handle(message, ackWaitSeconds, deps);
    }
  };
  await Promise.all(Array.from({ length: workers }, worker));
}

/** Nothing may end a worker: while nats-server is away it asks again. */
async function next(consumer: Consumer, { log, clock, stop }: ForwardDeps): Promise<JsMsg | null> {
  try {
    return await consumer.next({ expires: ASK_MS });
  } catch (error) {
    if (stop.aborted) return null;
    log.warn("no messages can be had", { code: "NATS_UNAVAILABLE", reason: reasonOf(error) });
    await clock.sleep(PAUSE_MS, stop);
    return null;
  }
}

async function handle(message: JsMsg, ackWaitSeconds: number, deps: ForwardDeps): Promise<void> {
  const done = new AbortController();
  void stayBusy(message, ackWaitSeconds, done.signal, deps);
  try {
    const result = await forward(toRequest(message), deps);
    if (result.outcome === "kept") message.ack();
    else if (result.outcome === "given-up") message.nak();
    else {
      const { reason } = result;
      const object = `${message.info.stream}/${message.seq}`;
      deps.log.error("refused", { code: "RECEIVER_REFUSED", object, reason });
      // A server before 2.10 does not understand a termination that carries a reason.
      message.term();
    }
  } finally {
    done.abort("done");
  }
}

/** A message that is worked on is not given to somebody else. */
async function stayBusy(
  message: JsMsg,
  ackWaitSeconds: number,
  done: AbortSignal,
  { clock }: ForwardDeps,
): Promise<void> {
  while (!done.aborted) {
    await clock.sleep((ackWaitSeconds * 1_000) / 3, done);
    if (!done.aborted) message.working();
  }
}
