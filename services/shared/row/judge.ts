/** Whether an event's data fits the table of its type: the one definition, for receiver and batcher. */
import type { CloudEvent } from "../event.ts";
import type { EventTable, Registry } from "../schema/registry.ts";
import { decodeUtf8 } from "../utf8.ts";
import { type Copy, compileCopy } from "./copy.ts";
import { compileFill, describe, type Fill, type JsonObject } from "./fill.ts";
import { isObject, type Json, membersOf } from "./json.ts";
import { parseJson } from "./parse-json.ts";
import type { Reason } from "./reason.ts";

export type Judgement =
  | { readonly fit: "unregistered"; readonly reasons: readonly [] }
  | { readonly fit: "misfit"; readonly reasons: readonly Reason[] }
  | {
      readonly fit: "fits";
      readonly reasons: readonly [];
      readonly table: EventTable;
      /** The event's own columns, the members of a JSON object: without the braces, as others stand beside them. */
      readonly columns: string;
      /** The fields without a column, at their places; `undefined` if there are none. */
      readonly rest: JsonObject | undefined;
    };

interface Compiled {
  readonly copy: Copy;
  readonly fill: Fill;
}

const compiled = new WeakMap<EventTable, Compiled>();

function compiledOf(table: EventTable): Compiled {
  const known = compiled.get(table);
  if (known !== undefined) return known;
  const { own, misfits, otherNames } = table;
  const made = {
    copy: compileCopy(own, misfits, otherNames),
    fill: compileFill(own, misfits, otherNames),
  };
  compiled.set(table, made);
  return made;
}

/** The most reasons that are kept of one event. */
const REASONS_MAX = 20;

/** @param unreadable what the receiver found wrong with the request itself: then it is no event of any type */
export function judge(registry: Registry, event: CloudEvent, unreadable?: Reason): Judgement {
  if (unreadable !== undefined) return { fit: "misfit", reasons: [unreadable] };
  const table = registry.find(event.type);
  if (table === undefined) return { fit: "unregistered", reasons: [] };
  const { copy, fill } = compiledOf(table);
  const text = decodeUtf8(event.data);
  const copied = text === undefined ? undefined : copy(text);
  if (copied !== undefined) return { fit: "fits", reasons: [], table, columns: copied, rest: undefined };
  const read = readObject(event.data);
  if (read.outcome === "no-object") return { fit: "misfit", reasons: [read.reason] };
  const reasons: Reason[] = [];
  const { values, rest } = fill(read.object, undefined, reasons);
  return reasons.length > 0
    ? { fit: "misfit", reasons: reasons.slice(0, REASONS_MAX) }
    : { fit: "fits", reasons: [], table, columns: membersOf(values), rest };
}

type ReadObject =
  | {
      readonly outcome: "object";
      readonly object: { readonly [key: string]: Json };
      /** The text of the member that was asked for, as it stands. */
      readonly source?: string;
    }
  | { readonly outcome: "no-object"; readonly reason: Reason };

/** What is no JSON object is kept as it came, with that as the reason. @param sourceOf a member whose text is wanted */
export function readObject(data: Uint8Array, sourceOf?: string): ReadObject {
  if (data.length === 0) return noObject("", OBJECT, "nothing");
  const text = decodeUtf8(data);
  if (text === undefined) return noObject("", OBJECT, "bytes that are not UTF-8");
  try {
    const { value, duplicate, sources } = parseJson(text, sourceOf);
    if (duplicate !== undefined)
      return noObject(duplicate, "each key once in its object", "the key a second time");
    if (!isObject(value)) return noObject("", OBJECT, describe(value));
    const source = sources.get(value);
    return { outcome: "object", object: value, ...(source === undefined ? {} : { source }) };
  } catch (error) {
    if (error instanceof SyntaxError) return noObject("", OBJECT, `no JSON: ${error.message}`);
    if (error instanceof RangeError) return noObject("", OBJECT, `JSON ${error.message}`);
    throw error;
  }
}

const OBJECT = "a JSON object";

function noObject(pointer: string, rule: string, found: string): ReadObject {
  return { outcome: "no-object", reason: { pointer, rule, found } };
}
