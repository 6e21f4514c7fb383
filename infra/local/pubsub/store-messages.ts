/** Messages and who still has to acknowledge them. */
import type { DatabaseSync } from "node:sqlite";
import type { PubsubMessage } from "./messages.ts";

export interface StoredMessage {
  readonly id: number;
  readonly publishMs: number;
  readonly message: PubsubMessage;
  /** How often this subscription's lease of it ended by a nack or by its deadline. */
  readonly failures: number;
}

export interface Backlog {
  readonly messages: number;
  /** When the oldest was published; `undefined` without any. */
  readonly oldestMs: number | undefined;
}

/** What writes more than one row is called within `Store.atomically`. */
export interface MessageStore {
  /** Ids in the order of the messages; without a subscription the messages get ids and are not kept. */
  insert(subscriptions: readonly number[], messages: readonly PubsubMessage[], publishMs: number): number[];
  /** The open messages of a subscription after an id, in the order of ids; read while iterated. */
  after(subscription: number, id: number, limit: number): Iterable<StoredMessage>;
  get(subscription: number, id: number): StoredMessage | undefined;
  /** Whether it was open. */
  acknowledge(subscription: number, id: number): boolean;
  /** The new number of failures; undefined when the message is acknowledged already. */
  countFailure(subscription: number, id: number): number | undefined;
  /** What is not acknowledged, leased or not. */
  backlog(subscription: number): Backlog;
  /** Forgets what a subscription has not acknowledged. */
  drop(subscription: number): void;
}

const COLUMNS = "m.id, m.publish_ms, m.ordering_key, m.attributes, m.data, d.failures";

export function createMessageStore(db: DatabaseSync): MessageStore {
  const takeIds = db.prepare("UPDATE last_message SET id = id + ? RETURNING id");
  const insertMessage = db.prepare(
    "INSERT INTO messages (id, open, publish_ms, ordering_key, attributes, data) VALUES (?, ?, ?, ?, ?, ?)",
  );
  const insertDelivery = db.prepare("INSERT INTO deliveries (subscription, message) VALUES (?, ?)");
  const after = db.prepare(
    `SELECT ${COLUMNS} FROM deliveries d JOIN messages m ON m.id = d.message
     WHERE d.subscription = ? AND d.message > ? ORDER BY d.message LIMIT ?`,
  );
  const get = db.prepare(
    `SELECT ${COLUMNS} FROM deliveries d JOIN messages m ON m.id = d.message
     WHERE d.subscription = ? AND d.message = ?`,
  );
  const removeDelivery = db.prepare("DELETE FROM deliveries WHERE subscription = ? AND message = ?");
  const removeLast = db.prepare("DELETE FROM messages WHERE id = ? AND open = 1");
  const closeOne = db.prepare("UPDATE messages SET open = open - 1 WHERE id = ?");
  const countFailure = db.prepare(
    "UPDATE deliveries SET failures = failures + 1 WHERE subscription = ? AND message = ? RETURNING failures",
  );
  const backlog = db.prepare(
    `SELECT COUNT(*) AS messages, MIN(m.publish_ms) AS oldest
     FROM deliveries d JOIN messages m ON m.id = d.message WHERE d.subscription = ?`,
  );
  const ofSubscription = "IN (SELECT message FROM deliveries WHERE subscription = ?)";
  const dropLast = db.prepare(`DELETE FROM messages WHERE open = 1 AND id ${ofSubscription}`);
  const dropOne = db.prepare(`UPDATE messages SET open = open - 1 WHERE id ${ofSubscription}`);
  const dropDeliveries = db.prepare("DELETE FROM deliveries WHERE subscription = ?");
  return {
    insert(subscriptions, messages, publishMs) {
      const last = takeIds.get(messages.length)?.["id"] as number;
      const first = last - messages.length + 1;
      if (subscriptions.length > 0) {
        for (const [index, { orderingKey, attributes, data }] of messages.entries()) {
          const id = first + index;
          const json = JSON.stringify(attributes);
          insertMessage.run(id, subscriptions.length, publishMs, orderingKey, json, data);
          for (const subscription of subscriptions) insertDelivery.run(subscription, id);
        }
      }
      return messages.map((_, index) => first + index);
    },
    *after(subscription, id, limit) {
      for (const row of after.iterate(subscription, id, limit)) yield readRow(row);
    },
    get(subscription, id) {
      const row = get.get(subscription, id);
      return row && readRow(row);
    },
    acknowledge(subscription, id) {
      if (removeDelivery.run(subscription, id).changes === 0) return false;
      if (removeLast.run(id).changes === 0) closeOne.run(id);
      return true;
    },
    countFailure: (subscription, id) =>
      countFailure.get(subscription, id)?.["failures"] as number | undefined,
    backlog(subscription) {
      const row = backlog.get(subscription) as { messages: number; oldest: number | null };
      return { messages: row.messages, oldestMs: row.oldest ?? undefined };
    },
    drop(subscription) {
      dropLast.run(subscription);
      dropOne.run(subscription);
      dropDeliveries.run(subscription);
    },
  };
}

function readRow(row: Record<string, unknown>): StoredMessage {
  return {
    id: row["id"] as number,
    publishMs: row["publish_ms"] as number,
    message: {
      data: row["data"] as Uint8Array,
      attributes: JSON.parse(row["attributes"] as string) as Record<string, string>,
      orderingKey: row["ordering_key"] as string,
    },
    failures: row["failures"] as number,
  };
}
