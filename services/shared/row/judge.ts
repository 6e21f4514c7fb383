/** Whether an event's data fits the table of its type: the one definition, for receiver and batcher. */
import type { CloudEvent } from "../event.ts";
import type { EventTable, Registry } from "../schema/registry.ts";
import { compileFill, describe, type Fill, type JsonObject } from "./fill.ts";
import { isObject } from "./json.ts";
import { type ParsedJson, parseJson } from "./parse-json.ts";
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
  const compiled = compileFill(table.own, table.misfits);
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
  const parsed = parseData(event.data);
  if (parsed.outcome === "no-json") return misfit("", "a JSON object", parsed.found);
  if (parsed.duplicate !== undefined)
    return misfit(parsed.duplicate, "each key once in its object", "the key a second time");
  const data = parsed.value;
  if (!isObject(data)) return misfit("", "a JSON object", describe(data));
  const reasons: Reason[] = [];
  const { values, rest } = fillOf(table)(data, "", reasons);
  return reasons.length > 0
    ? { fit: "misfit", reasons: reasons.slice(0, REASONS_MAX) }
    : { fit: "fits", reasons: [], table, values, rest };
}

function misfit(pointer: string, rule: string, found: string): Judgement {
  return { fit: "misfit", reasons: [{ pointer, rule, found }] };
}

type ParsedData =
  | ({ readonly outcome: "json" } & ParsedJson)
  | { readonly outcome: "no-json"; readonly found: string };

/** What is no JSON is kept as it came, with that as the reason. */
function parseData(data: Uint8Array): ParsedData {
  if (data.length === 0) return { outcome: "no-json", found: "nothing" };
  const text = decodeUtf8(data);
  if (text === undefined) return { outcome: "no-json", found: "bytes that are not UTF-8" };
  try {
    return { outcome: "json", ...parseJson(text) };
  } catch (error) {
    if (error instanceof SyntaxError) return { outcome: "no-json", found: `no JSON: ${error.message}` };
    if (error instanceof RangeError) return { outcome: "no-json", found: `JSON ${error.message}` };
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
