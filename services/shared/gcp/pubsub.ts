/** Pub/Sub as the pipeline's queue: publish at the receiver, pull at the batcher. */
import { v1 } from "@google-cloud/pubsub";
import type { CallOptions, Client, Metadata, MethodDefinition, requestCallback } from "@grpc/grpc-js";
import { PipelineError, reasonOf } from "../errors.ts";
import { type Message, withReceivedAt } from "../message.ts";
import type { Publisher, Queue } from "../ports.ts";
import { type Connection, channelOptions, RenewedClient } from "./channel.ts";
import { encodePublish, type PublishRequest } from "./encode-publish.ts";
import { gather } from "./gather.ts";
import { insecureEndpoint } from "./insecure-endpoint.ts";

/**
 * Two requests before messages gather, so that they go on when one of them is slow. A request has at most 10 MB and
 * 1,000 messages (https://cloud.google.com/pubsub/quotas#resource_limits); who fails, fails with all others of its request.
 */
const PUBLISH_LIMITS = { requests: 2, messages: 100, bytes: 5_000_000 } as const;

/** grpc status codes that a second try may change (https://cloud.google.com/pubsub/docs/retry-requests). */
const RETRY_CODES = [1, 4, 8, 10, 13, 14];

export interface PublisherOptions {
  readonly project: string;
  readonly topic: string;
  /** How long the client tries, its retries included. */
  readonly timeoutMs: number;
  readonly requestTimeoutMs: number;
  /** `host:port` of an emulator, from PUBSUB_EMULATOR_HOST. */
  readonly emulatorHost?: string;
}

/**
 * On the low-level client: the one above it copies each message several times, looks through its bytes for places
 * where the project's id belongs, and gathers by a timer.
 */
export function createPublisher(options: PublisherOptions): Publisher & Connection {
  // Each publish that is late makes a new client: they are few, since then one event a second tries (durable.ts).
  const clients = new RenewedClient(
    () =>
      new PublisherClient({
        projectId: options.project,
        ...insecureEndpoint(options.emulatorHost),
        ...channelOptions(options.requestTimeoutMs),
      }),
    (client) => client.publisherStub,
    { keepsConnected: false },
  );
  const topic = `projects/${options.project}/topics/${options.topic}`;
  const callOptions = publishOptions(options.timeoutMs);

  const gatherer = gather(async (messages) => {
    const request = { topic, messages: messages as Message[] };
    const [{ messageIds }] = await clients.call((client) => client.publish(request, callOptions));
    return messageIds ?? [];
  }, PUBLISH_LIMITS);

  return {
    async publish(message, asked) {
      try {
        return await gatherer.add(message, asked);
      } catch (error) {
        throw new PipelineError("QUEUE_UNAVAILABLE", "later", `publish: ${reasonOf(error)}`, {
          cause: error,
        });
      }
    },
    warm: () => clients.warm(),
    async close() {
      await gatherer.idle();
      await clients.close();
    },
  };
}

type Stub = Awaited<ReturnType<v1.PublisherClient["initialize"]>>;

/** Google's, but for how it writes a request's bytes; retries, deadlines and credentials are its own. */
class PublisherClient extends v1.PublisherClient {
  #initialized: Promise<Stub> | undefined;

  override initialize(): Promise<Stub> {
    return (this.#initialized ??= super.initialize().then(encodeOurselves));
  }
}

function encodeOurselves(stub: Stub): Stub {
  // As grpc-js makes them: a method carries its definition.
  const client = stub as unknown as Client & { publish: MethodDefinition<PublishRequest, unknown> };
  const { path, responseDeserialize } = client.publish;
  stub["publish"] = (
    request: PublishRequest,
    ...rest: [metadata: Metadata, options: CallOptions, callback: requestCallback<unknown>]
  ) => client.makeUnaryRequest(path, encodePublish, responseDeserialize, request, ...rest);
  return stub;
}

function publishOptions(timeoutMs: number) {
  return {
    timeout: timeoutMs,
    retry: {
      retryCodes: RETRY_CODES,
      backoffSettings: {
        initialRetryDelayMillis: 50,
        retryDelayMultiplier: 2,
        maxRetryDelayMillis: 500,
        initialRpcTimeoutMillis: timeoutMs,
        rpcTimeoutMultiplier: 1,
        maxRpcTimeoutMillis: timeoutMs,
        totalTimeoutMillis: timeoutMs,
      },
    },
  };
}

export interface QueueOptions {
  readonly project: string;
  readonly subscription: string;
  /** For one acknowledgement or renewal of loans; a pull has its own. */
  readonly requestTimeoutMs: number;
  /** A longer answer to a pull is refused before it is read; nothing is, if left out. */
  readonly pullMaxBytes?: number;
  /** `host:port` of an emulator, from PUBSUB_EMULATOR_HOST. */
  readonly emulatorHost?: string;
}

const DEADLINE_EXCEEDED = 4;
const RESOURCE_EXHAUSTED = 8;
/** Of grpc-js; Pub/Sub answers with the same code when a quota is used up. */
const TOO_LARGE = /larger than max/;
/** Ids per request: an id has up to some 200 bytes and a request may have 512 KiB. */
const IDS_PER_REQUEST = 1_000;

export function createQueue(options: QueueOptions): Queue & Connection {
  const clients = new RenewedClient(
    () =>
      new v1.SubscriberClient({
        projectId: options.project,
        ...insecureEndpoint(options.emulatorHost),
        ...channelOptions(options.requestTimeoutMs),
        ...(options.pullMaxBytes === undefined
          ? {}
          : { "grpc.max_receive_message_length": options.pullMaxBytes }),
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
            attributes: withReceivedAt(
              message?.attributes ?? {},
              1000 * Number(message?.publishTime?.seconds),
            ),
          } satisfies Message,
        }));
      } catch (error) {
        const { code } = error as { code?: number };
        if (code === DEADLINE_EXCEEDED) return [];
        const isTooLarge = code === RESOURCE_EXHAUSTED && TOO_LARGE.test(reasonOf(error));
        throw new PipelineError(
          isTooLarge ? "PULL_TOO_LARGE" : "QUEUE_UNAVAILABLE",
          "later",
          `pull: ${reasonOf(error)}`,
          { cause: error },
        );
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
    warm: () => clients.warm(),
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
