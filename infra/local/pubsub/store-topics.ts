/** The topics' rows. */
import type { DatabaseSync } from "node:sqlite";
import type { TopicSettings } from "./settings.ts";

export interface TopicRecord {
  readonly name: string;
  readonly settings: TopicSettings;
}

export interface TopicStore {
  get(name: string): TopicRecord | undefined;
  put(topic: TopicRecord): void;
  remove(name: string): void;
  /** Those of a project after a name, in the order of names. */
  list(project: string, after: string, limit: number): TopicRecord[];
}

export function createTopicStore(db: DatabaseSync): TopicStore {
  const get = db.prepare("SELECT name, settings FROM topics WHERE name = ?");
  const put = db.prepare(
    "INSERT INTO topics (name, settings) VALUES (?, ?) ON CONFLICT DO UPDATE SET settings = excluded.settings",
  );
  const remove = db.prepare("DELETE FROM topics WHERE name = ?");
  // "0" is the character after "/": the range is every name that begins with "<project>/topics/".
  const list = db.prepare(
    "SELECT name, settings FROM topics WHERE name > ? AND name > ? AND name < ? ORDER BY name LIMIT ?",
  );
  return {
    get(name) {
      const row = get.get(name);
      return row && readRow(row);
    },
    put: ({ name, settings }) => void put.run(name, JSON.stringify(settings)),
    remove: (name) => void remove.run(name),
    list: (project, after, limit) =>
      list.all(`${project}/topics/`, after, `${project}/topics0`, limit).map(readRow),
  };
}

function readRow(row: Record<string, unknown>): TopicRecord {
  return { name: row["name"] as string, settings: JSON.parse(row["settings"] as string) as TopicSettings };
}
