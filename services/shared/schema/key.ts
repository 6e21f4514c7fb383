/** The columns that tell the row of one event from all others, and the SQL that compares them. */
import { REJECTED, UNREGISTERED } from "./check-files.ts";

/** Tables for what has no table of its own; a replay moves out of them what fits later (docs/operate/replay.md). */
export const RAW_TABLES: readonly string[] = [UNREGISTERED, REJECTED];

/** `source` is the sender: who it is follows from its credentials, not from what it posts. */
export type KeyColumn = "ce_source" | "ce_id" | "source";

/** A type has one owner, and an import has ids of its own: no sender can post another's id into such a table. */
export const EVENT_KEY: readonly KeyColumn[] = ["ce_source", "ce_id"];

/** Ids are the sender's choice: without `source`, one sender could keep another's row out of a table of both. */
export const SENDER_KEY: readonly KeyColumn[] = [...EVENT_KEY, "source"];

/** @param type of the event, or the name of one of the raw tables */
export function keyOf(type: string): readonly KeyColumn[] {
  return RAW_TABLES.includes(type) ? SENDER_KEY : EVENT_KEY;
}

/**
 * Returns a column as it is compared. Rows that something else than the batcher wrote may have no sender; `fromMessage`
 * calls it `unknown` as well.
 * @param alias of the table in the statement; the column stands alone without it
 */
export function comparable(column: KeyColumn, alias?: string): string {
  const name = alias === undefined ? column : `${alias}.${column}`;
  return column === "source" ? `IFNULL(${name}, 'unknown')` : name;
}

/** Returns the condition that two rows are of one event. @param key at least one column */
export function sameKey(one: string, other: string, key: readonly KeyColumn[]): string {
  return key.map((column) => `${comparable(column, one)} = ${comparable(column, other)}`).join(" AND ");
}
