/** Finds the stream that captures the subject, and the durable consumer that says how far it is forwarded. */
import {
  AckPolicy,
  type Consumer,
  type ConsumerConfig,
  DeliverPolicy,
  JetStreamApiCodes,
  JetStreamApiError,
  type JetStreamManager,
  jetstreamManager,
} from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { PipelineError } from "#services/shared/errors.ts";
import type { BridgeConfig } from "./config.ts";
import { covers } from "./subject.ts";

export interface StreamConsumer {
  readonly consumer: Consumer;
  /** The consumer's own, also where it is older than the setting. */
  readonly ackWaitMs: number;
}

/**
 * The durable consumer, made where it is missing: it begins with the oldest message that the stream holds. `undefined`
 * when no stream captures the subject.
 * @throws PipelineError CONFIG_INVALID when the choice is not ours, and whatever the client throws
 */
export async function findConsumer(
  connection: NatsConnection,
  config: BridgeConfig,
): Promise<StreamConsumer | undefined> {
  const { subject, durable, ackWaitSeconds } = config;
  const manager = await managerOf(connection, config);
  const stream = manager === undefined ? undefined : await streamOf(manager, config);
  if (manager === undefined || stream === undefined) return undefined;
  let found = await consumerOf(manager, stream, durable);
  if (found === undefined) {
    const added = await manager.consumers.add(stream, {
      durable_name: durable,
      ack_policy: AckPolicy.Explicit,
      filter_subject: subject,
      deliver_policy: DeliverPolicy.All,
      ack_wait: ackWaitSeconds * 1e9,
      max_deliver: -1,
    });
    found = added.config;
  }
  const wrong = unlike(found, subject);
  if (wrong !== undefined) {
    const taken = `the stream ${stream} has another consumer named ${durable} (${wrong})`;
    throw invalid(`${taken}: set NATS_DURABLE to a name of its own`);
  }
  const consumer = await manager.jetstream().consumers.get(stream, durable);
  return { consumer, ackWaitMs: (found.ack_wait ?? ackWaitSeconds * 1e9) / 1e6 };
}

async function managerOf(connection: NatsConnection, { stream }: BridgeConfig) {
  try {
    return await jetstreamManager(connection);
  } catch (error) {
    // The client does not export the class.
    if ((error as Error).name === "JetStreamNotEnabled" && stream === undefined) return undefined;
    throw error;
  }
}

async function streamOf(manager: JetStreamManager, config: BridgeConfig): Promise<string | undefined> {
  if (config.stream !== undefined) return config.stream;
  const names: string[] = [];
  for await (const name of manager.streams.names(config.subject)) names.push(name);
  const [name] = names;
  if (name === undefined) return undefined;
  const { subjects } = (await manager.streams.info(name)).config;
  // The server lets no two streams capture one subject, so there is no other then.
  if (subjects.some((one) => covers(one, config.subject))) return name;
  // Taking what one of them has would lose the rest without a word.
  const some = `the subject ${config.subject} is only in parts in the stream ${names.join(" and the stream ")}`;
  throw invalid(`${some}: set NATS_STREAM to the one to forward, or run a bridge for each subject`);
}

async function consumerOf(manager: JetStreamManager, stream: string, durable: string) {
  try {
    return (await manager.consumers.info(stream, durable)).config;
  } catch (error) {
    const missing = JetStreamApiCodes.ConsumerNotFound;
    if (error instanceof JetStreamApiError && error.code === missing) return undefined;
    throw error;
  }
}

/** What is different about a consumer that somebody made for something else. */
function unlike(config: ConsumerConfig, subject: string): string | undefined {
  if (config.deliver_subject !== undefined) return `it pushes to ${config.deliver_subject}`;
  if (config.ack_policy !== AckPolicy.Explicit) return `ack_policy ${config.ack_policy}`;
  if (config.filter_subject !== subject) return `filter_subject ${config.filter_subject ?? "none"}`;
  // It would drop what the receiver does not take at once.
  if ((config.max_deliver ?? -1) > 0) return `max_deliver ${config.max_deliver}`;
  return undefined;
}

function invalid(problem: string): PipelineError {
  return new PipelineError("CONFIG_INVALID", "never", problem);
}
