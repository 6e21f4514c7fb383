/** The subscriptions' rows. */
import type { DatabaseSync } from "node:sqlite";
import { DELETED_TOPIC } from "./names.ts";
import type { SubscriptionSettings } from "./settings.ts";

export interface SubscriptionRecord {
  /** Ours, never shown but in ack ids; a subscription that is created again has another. */
  readonly id: number;
  readonly name: string;
  readonly topic: string;
  readonly settings: SubscriptionSettings;
}

export interface SubscriptionStore {
  get(name: string): SubscriptionRecord | undefined;
  create(name: string, topic: string, settings: SubscriptionSettings): SubscriptionRecord;
  update(subscription: SubscriptionRecord): void;
  /** The row only; its deliveries are the messages' store's. */
  remove(id: number): void;
  /** Those of a project after a name, in the order of names. */
  list(project: string, after: string, limit: number): SubscriptionRecord[];
  listOfTopic(topic: string, after: string, limit: number): SubscriptionRecord[];
  /** All that a message to the topic goes to. */
  targets(topic: string): { readonly id: number; readonly name: string }[];
  /** They keep what they have and say that their topic is gone. */
  orphan(topic: string): void;
}

const COLUMNS = "id, name, topic, settings";

export function createSubscriptionStore(db: DatabaseSync): SubscriptionStore {
  const get = db.prepare(`SELECT ${COLUMNS} FROM subscriptions WHERE name = ?`);
  const create = db.prepare(
    `INSERT INTO subscriptions (name, topic, settings) VALUES (?, ?, ?) RETURNING ${COLUMNS}`,
  );
  const update = db.prepare("UPDATE subscriptions SET settings = ? WHERE id = ?");
  const remove = db.prepare("DELETE FROM subscriptions WHERE id = ?");
  // "0" is the character after "/": the range is every name that begins with "<project>/subscriptions/".
  const list = db.prepare(
    `SELECT ${COLUMNS} FROM subscriptions WHERE name > ? AND name > ? AND name < ? ORDER BY name LIMIT ?`,
  );
  const listOfTopic = db.prepare(
    `SELECT ${COLUMNS} FROM subscriptions WHERE topic = ? AND name > ? ORDER BY name LIMIT ?`,
  );
  const targets = db.prepare("SELECT id, name FROM subscriptions WHERE topic = ?");
  const orphan = db.prepare("UPDATE subscriptions SET topic = ? WHERE topic = ?");
  return {
    get(name) {
      const row = get.get(name);
      return row && readRow(row);
    },
    create(name, topic, settings) {
      const row = create.get(name, topic, JSON.stringify(settings));
      if (!row) throw new Error(`no row came back for ${name}`);
      return readRow(row);
    },
    update: ({ id, settings }) => void update.run(JSON.stringify(settings), id),
    remove: (id) => void remove.run(id),
    list: (project, after, limit) =>
      list.all(`${project}/subscriptions/`, after, `${project}/subscriptions0`, limit).map(readRow),
    listOfTopic: (topic, after, limit) => listOfTopic.all(topic, after, limit).map(readRow),
    targets: (topic) =>
      targets.all(topic).map((row) => ({ id: row["id"] as number, name: row["name"] as string })),
    orphan: (topic) => void orphan.run(DELETED_TOPIC, topic),
  };
}

function readRow(row: Record<string, unknown>): SubscriptionRecord {
  return {
    id: row["id"] as number,
    name: row["name"] as string,
    topic: row["topic"] as string,
    settings: JSON.parse(row["settings"] as string) as SubscriptionSettings,
  };
}
