/** The keys of the events in an object of the archive. */
import { gunzipSync } from "node:zlib";
import { reasonOf } from "#services/shared/errors.ts";
import { KEY_COLUMNS, type Key } from "./key-statements.ts";

/** About 200 bytes each; a request to BigQuery takes 10 MB (https://cloud.google.com/bigquery/quotas#query_jobs). */
const KEYS_PER_QUERY = 20_000;

export type KeysIn =
  | { readonly outcome: "read"; readonly chunks: readonly (readonly Key[])[] }
  | { readonly outcome: "unreadable"; readonly reason: string };

/** At most what a batch may hold (BATCH_MAX_BYTES), as the batcher had it in memory, too. */
export function keysIn(bytes: Buffer): KeysIn {
  try {
    const keys = gunzipSync(bytes).toString().split("\n").filter(Boolean).map(keyOf);
    const chunks: (readonly Key[])[] = [];
    for (let from = 0; from < keys.length; from += KEYS_PER_QUERY)
      chunks.push(keys.slice(from, from + KEYS_PER_QUERY));
    return { outcome: "read", chunks };
  } catch (error) {
    return { outcome: "unreadable", reason: `it cannot be read: ${reasonOf(error)}` };
  }
}

function keyOf(line: string): Key {
  const row = JSON.parse(line) as Partial<Record<(typeof KEY_COLUMNS)[number], string>>;
  return KEY_COLUMNS.map((name) => row[name] ?? null);
}
