/** What a message of the queue becomes in the warehouse, and a way to compare that with what was posted. */
import { fromMessage } from "#services/shared/message.ts";
import { isNumber, type Json } from "#services/shared/row/json.ts";
import { parseJson } from "#services/shared/row/parse-json.ts";
import { toRow } from "#services/shared/row/row.ts";
import { timestamp } from "#services/shared/row/time.ts";
import { loadRegistry } from "#services/shared/schema/registry.ts";
import type { TestReceiver } from "./receiver.ts";

const registry = loadRegistry();

type JsonObject = { readonly [key: string]: Json };

export interface RowAt {
  readonly table: string;
  /** The row as it is written, numbers by their text. */
  readonly row: JsonObject;
  /** Those of its columns that are the event's own, under the names that its sender gives them. */
  readonly own: JsonObject;
}

/** The row of the message at that place; negative ones count from the end. */
export function rowAt(receiver: TestReceiver, index: number): RowAt {
  const message = receiver.published.at(index);
  if (message === undefined) throw new Error(`no message ${index}, there are ${receiver.published.length}`);
  const { event, receipt } = fromMessage(message);
  const { table, line } = toRow(registry, event, receipt);
  const row = parseJson(line).value as JsonObject;
  const fields = new Map([...table.otherNames].map(([field, column]) => [column, field]));
  const own = table.own.flatMap(({ name }) =>
    row[name] === undefined ? [] : [[fields.get(name) ?? name, row[name]] as const],
  );
  return { table: table.table, row, own: Object.fromEntries(own) };
}

/** Every scalar by its path, as text; times in the one form that a TIMESTAMP is written in. */
export function leavesOf(value: Json, path = ""): Record<string, string> {
  if (typeof value !== "object" || value === null || isNumber(value)) {
    const text = typeof value === "object" && value !== null ? value.rawJSON : String(value);
    return { [path]: timestamp(text) ?? text };
  }
  const below = Object.entries(value).map(([key, item]) => leavesOf(item, `${path}/${key}`));
  return Object.assign({}, ...below) as Record<string, string>;
}
