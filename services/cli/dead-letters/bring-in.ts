/**
 * Brings what Pub/Sub gave up into the form of the batcher's own dead letters, one object per message, so that each can
 * be looked at, sent again and dropped alone. Nothing is removed before its object exists.
 */
import { reasonOf } from "#services/shared/errors.ts";
import type { Listing } from "#services/shared/gcp/listing.ts";
import type { Message } from "#services/shared/message.ts";
import { DEAD_LETTERS, deadLetterObject } from "#services/shared/objects.ts";
import type { Queue, Store, StoredObject } from "#services/shared/ports.ts";
import { type ArchivedMessage, readMessages } from "./avro.ts";
import { FILE } from "./files.ts";
import type { DeadLetter } from "./messages.ts";

export interface BringInPorts {
  readonly store: Store;
  readonly list: Listing;
  /** The subscription of the dead-letter topic, where there is one to pull from. */
  readonly queue: Queue;
  /** Told about a file that cannot be read; it stays where it is. */
  readonly warn: (text: string) => void;
}

const PULL_MAX = 100;
const PULL_WAIT_MS = 1_000;

export async function bringIn(ports: BringInPorts): Promise<void> {
  await fromSubscription(ports);
  await fromFiles(ports);
}

async function fromSubscription({ queue, store }: BringInPorts): Promise<void> {
  for (;;) {
    const deliveries = await pull(queue);
    if (deliveries.length === 0) return;
    for (const { id, message } of deliveries) await keep(store, id, message);
    await queue.acknowledge(deliveries.map(({ ackId }) => ackId));
  }
}

/**
 * gRPC's NOT_FOUND, and FAILED_PRECONDITION for a subscription that writes into the bucket: then there is nothing to pull
 * (https://cloud.google.com/pubsub/docs/reference/error-codes).
 */
const NOT_PULLED = new Set<unknown>([5, 9]);

async function pull(queue: Queue): ReturnType<Queue["pull"]> {
  try {
    return await queue.pull(PULL_MAX, PULL_WAIT_MS);
  } catch (error) {
    const { cause } = error as { cause?: { code?: unknown } };
    if (NOT_PULLED.has(cause?.code)) return [];
    throw error;
  }
}

/** Of a Cloud Storage subscription; the bucket's lifecycle does not touch them. */
async function fromFiles({ list, store, warn }: BringInPorts): Promise<void> {
  for await (const { name } of list(DEAD_LETTERS)) {
    if (!name.endsWith(FILE)) continue;
    const file = await store.read(name);
    if (file === undefined) continue;
    const messages = messagesIn(file, warn);
    if (messages === undefined) continue;
    for (const { id, message } of messages) await keep(store, id, message);
    await store.remove(name, file.generation);
  }
}

/** `undefined`, with a word about it, for a file that is not what the subscription writes. */
function messagesIn(
  { name, bytes }: StoredObject,
  warn: (text: string) => void,
): readonly ArchivedMessage[] | undefined {
  try {
    return [...readMessages(bytes)];
  } catch (error) {
    warn(`${name} cannot be read and stays where it is: ${reasonOf(error)}`);
    return undefined;
  }
}

/** What Pub/Sub adds to a dead letter (https://cloud.google.com/pubsub/docs/handling-failures#dead_letter_topic). */
const ADDED = "CloudPubSubDeadLetterSource";

async function keep(store: Store, id: string, { attributes, data }: Message): Promise<void> {
  const entries = Object.entries(attributes);
  const attempt = Number(attributes[`${ADDED}DeliveryCount`] ?? Number.NaN);
  const letter: DeadLetter = {
    attributes: Object.fromEntries(entries.filter(([name]) => !name.startsWith(ADDED))),
    data_base64: Buffer.from(data).toString("base64"),
    reason: "Pub/Sub gave it up after too many deliveries",
    ...(Number.isNaN(attempt) ? {} : { attempt }),
  };
  await store.create(deadLetterObject(id), Buffer.from(JSON.stringify(letter)), {
    contentType: "application/json",
  });
}
