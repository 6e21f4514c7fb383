/** Whether an event's data fits the table of its type: the one definition, for receiver and batcher. */
import type { CloudEvent } from "../event.ts";
import type { EventTable, Registry } from "../schema/registry.ts";
import { compileFill, describe, type Fill, type JsonObject } from "./fill.ts";
import { isObject, type Json, parseJson } from "./json.ts";
import type { Reason } from "./reason.ts";

export type Judgement =
  | { readonly fit: "unregistered"; readonly reasons: readonly [] }
  | { readonly fit: "misfit"; readonly reasons: readonly Reason[] }
  | {
      readonly fit: "fits";
      readonly reasons: readonly [];
      readonly table: EventTable;
      readonly values: JsonObject;
      readonly rest: JsonObject | undefined;
    };

const fills = new WeakMap<EventTable, Fill>();

function fillOf(table: EventTable): Fill {
  const known = fills.get(table);
  if (known !== undefined) return known;
  const compiled = compileFill(table.own);
  fills.set(table, compiled);
  return compiled;
}

/** The most reasons that are kept of one event. */
const REASONS_MAX = 20;

/** @param unreadable what the receiver found wrong with the request itself: then it is no event of any type */
export function judge(registry: Registry, event: CloudEvent, unreadable?: Reason): Judgement {
  if (unreadable !== undefined) return { fit: "misfit", reasons: [unreadable] };
  const table = registry.find(event.type);
  if (table === undefined) return { fit: "unregistered", reasons: [] };
  const data = parseData(event.data);
  if (!isObject(data)) {
    const found = data === undefined ? "no JSON in UTF-8" : describe(data);
    return { fit: "misfit", reasons: [{ pointer: "", rule: "a JSON object", found }] };
  }
  const reasons: Reason[] = [];
  const { values, rest } = fillOf(table)(data, "", reasons);
  return reasons.length > 0
    ? { fit: "misfit", reasons: reasons.slice(0, REASONS_MAX) }
    : { fit: "fits", reasons: [], table, values, rest };
}

/** `undefined` when the bytes are no UTF-8 or no JSON: then the data is kept as it is, with that as the reason. */
function parseData(data: Uint8Array): Json | undefined {
  const text = decodeUtf8(data);
  if (text === undefined) return undefined;
  try {
    return parseJson(text);
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof RangeError) return undefined;
    throw error;
  }
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

export function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}
