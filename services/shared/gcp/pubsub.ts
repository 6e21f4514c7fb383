/** Pub/Sub as the pipeline's queue: publish at the receiver, pull at the batcher. */
import { PubSub, v1 } from "@google-cloud/pubsub";
import { PipelineError, reasonOf } from "../errors.ts";
import type { Message } from "../message.ts";
import type { Publisher, Queue } from "../ports.ts";
import { channelOptions, RenewedClient } from "./channel.ts";
import { insecureEndpoint } from "./insecure-endpoint.ts";

/**
 * The client waits this long for more messages before it sends a request; its default of 10 ms would be most of
 * a request's latency.
 */
const PUBLISH_BATCH = { maxMessages: 100, maxMilliseconds: 2 } as const;

/** grpc status codes that a second try may change (https://cloud.google.com/pubsub/docs/retry-requests). */
const RETRY_CODES = [1, 4, 8, 10, 13, 14];

export interface PublisherOptions {
  readonly project: string;
  readonly topic: string;
  /** How long the client tries, its retries included. */
  readonly timeoutMs: number;
  readonly requestTimeoutMs: number;
  /** `host:port` of a stand-in; without it PUBSUB_EMULATOR_HOST, or else Google Cloud. */
  readonly emulatorHost?: string;
}

export function createPublisher(options: PublisherOptions): Publisher & { close(): Promise<void> } {
  const clients = new RenewedClient(() => openTopic(options));
  return {
    async publish(message) {
      try {
        return await clients.call(({ topic }) =>
          topic.publishMessage({
            data: Buffer.from(message.data),
            attributes: { ...message.attributes },
          }),
        );
      } catch (error) {
        throw new PipelineError("QUEUE_UNAVAILABLE", "later", `publish: ${reasonOf(error)}`, {
          cause: error,
        });
      }
    },
    close: () => clients.close(),
  };
}

function openTopic(options: PublisherOptions) {
  const client = new PubSub({
    projectId: options.project,
    ...channelOptions(options.requestTimeoutMs),
    ...(options.emulatorHost === undefined ? {} : { apiEndpoint: options.emulatorHost, emulatorMode: true }),
  });
  const topic = client.topic(options.topic, {
    batching: PUBLISH_BATCH,
    gaxOpts: {
      timeout: options.timeoutMs,
      retry: {
        retryCodes: RETRY_CODES,
        backoffSettings: {
          initialRetryDelayMillis: 50,
          retryDelayMultiplier: 2,
          maxRetryDelayMillis: 500,
          initialRpcTimeoutMillis: options.timeoutMs,
          rpcTimeoutMultiplier: 1,
          maxRpcTimeoutMillis: options.timeoutMs,
          totalTimeoutMillis: options.timeoutMs,
        },
      },
    },
  });
  return {
    topic,
    // The client beneath, which the first publish would make; it has no other door.
    async initialize() {
      const publisher: unknown = await client.getClientAsync_({ client: "PublisherClient" });
      await (publisher as v1.PublisherClient).initialize();
    },
    async close() {
      await topic.flush();
      await client.close();
    },
  };
}

export interface QueueOptions {
  readonly project: string;
  readonly subscription: string;
  /** For one acknowledgement or renewal of loans; a pull has its own. */
  readonly requestTimeoutMs: number;
  /** `host:port` of an emulator, from PUBSUB_EMULATOR_HOST. */
  readonly emulatorHost?: string;
}

const DEADLINE_EXCEEDED = 4;
/** Ids per request: an id has up to some 200 bytes and a request may have 512 KiB. */
const IDS_PER_REQUEST = 1_000;

export function createQueue(options: QueueOptions): Queue & { close(): Promise<void> } {
  const clients = new RenewedClient(
    () =>
      new v1.SubscriberClient({
        projectId: options.project,
        ...insecureEndpoint(options.emulatorHost),
        ...channelOptions(options.requestTimeoutMs),
      }),
    (client) => client.subscriberStub,
  );
  const subscription = `projects/${options.project}/subscriptions/${options.subscription}`;
  const within = { timeout: options.requestTimeoutMs };

  return {
    async pull(max, waitMs) {
      try {
        const [response] = await clients.call((client) =>
          client.pull({ subscription, maxMessages: max }, { timeout: waitMs, retry: null }),
        );
        return (response.receivedMessages ?? []).map(({ ackId, message, deliveryAttempt }) => ({
          id: message?.messageId ?? "",
          ackId: ackId ?? "",
          // Counted only where the subscription has a dead-letter policy, else 0.
          attempt: Math.max(1, deliveryAttempt ?? 1),
          message: {
            data:
              message?.data instanceof Uint8Array ? message.data : Buffer.from(message?.data ?? "", "base64"),
            attributes: message?.attributes ?? {},
          } satisfies Message,
        }));
      } catch (error) {
        if ((error as { code?: number }).code === DEADLINE_EXCEEDED) return [];
        throw new PipelineError("QUEUE_UNAVAILABLE", "later", `pull: ${reasonOf(error)}`, { cause: error });
      }
    },
    async acknowledge(ackIds) {
      await inChunks(ackIds, (chunk) =>
        clients.call((client) => client.acknowledge({ subscription, ackIds: chunk }, within)),
      );
    },
    async extend(ackIds, seconds) {
      await inChunks(ackIds, (chunk) =>
        clients.call((client) =>
          client.modifyAckDeadline({ subscription, ackIds: chunk, ackDeadlineSeconds: seconds }, within),
        ),
      );
    },
    close: () => clients.close(),
  };
}

async function inChunks(
  ackIds: readonly string[],
  send: (chunk: string[]) => Promise<unknown>,
): Promise<void> {
  try {
    for (let start = 0; start < ackIds.length; start += IDS_PER_REQUEST) {
      await send(ackIds.slice(start, start + IDS_PER_REQUEST));
    }
  } catch (error) {
    throw new PipelineError("QUEUE_UNAVAILABLE", "later", reasonOf(error), { cause: error });
  }
}
