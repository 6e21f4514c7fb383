/** Structured and batched mode: events as JSON objects, the data inside them. */
import type { CloudEvent } from "#services/shared/event.ts";
import { isNumber, isObject, type Json } from "#services/shared/row/json.ts";
import { type ParsedJson, parseJson } from "#services/shared/row/parse-json.ts";
import { decodeUtf8 } from "#services/shared/utf8.ts";
import { type Malformed, malformed, type ParsedEvent, toEvent } from "./attributes.ts";
import { isJson, parseMediaType } from "./media-type.ts";

export function parseStructured(body: Uint8Array): ParsedEvent {
  const document = parseDocument(body);
  return document.outcome === "json" ? fromObject(document.value, document) : document;
}

export type ParsedBatch =
  | { readonly outcome: "events"; readonly events: readonly CloudEvent[] }
  | { readonly outcome: "too-many" }
  | Malformed;

/** All or none: the first event that is none makes the batch none. */
export function parseBatch(body: Uint8Array, maxEvents: number): ParsedBatch {
  const document = parseDocument(body);
  if (document.outcome !== "json") return document;
  if (!Array.isArray(document.value)) return malformed("a batch is a JSON array of events");
  const values = document.value as readonly Json[];
  if (values.length > maxEvents) return { outcome: "too-many" };
  const events: CloudEvent[] = [];
  for (const [index, value] of values.entries()) {
    const parsed = fromObject(value, document);
    if (parsed.outcome === "malformed") return { ...parsed, index };
    events.push(parsed.event);
  }
  return { outcome: "events", events };
}

type Document = { readonly outcome: "json" } & Pick<ParsedJson, "value" | "sources">;

/** The data keeps its source text, so a key that stands twice in it is the row's matter; in the event it is an error. */
function parseDocument(body: Uint8Array): Document | Malformed {
  const text = decodeUtf8(body);
  if (text === undefined) return malformed("the body is not UTF-8");
  try {
    const { value, sources, duplicate } = parseJson(text, "data");
    if (duplicate !== undefined && !IN_DATA.test(duplicate))
      return malformed(`a member stands twice: ${duplicate.slice(0, 60)}`);
    return { outcome: "json", value, sources };
  } catch (error) {
    if (error instanceof SyntaxError) return malformed("the body is not JSON");
    if (error instanceof RangeError) return malformed("the body's JSON is nested too deeply");
    throw error;
  }
}

/** The pointer of something inside an event's data. */
const IN_DATA = /^(?:\/\d+)?\/data\//;

function fromObject(value: Json, { sources }: Document): ParsedEvent {
  if (!isObject(value)) return malformed("an event is a JSON object");
  const { data, data_base64, ...members } = value;
  const attributes = new Map<string, string>();
  for (const [name, member] of Object.entries(members)) {
    // `null` is the same as absent (JSON format, section 2.2).
    if (member === null) continue;
    const text = attributeText(member);
    if (text === undefined) return malformed(`${name.slice(0, 40)} is neither text, a number nor a boolean`);
    attributes.set(name, text);
  }
  const bytes = dataOf(data, sources.get(value), data_base64, attributes.get("datacontenttype"));
  return bytes instanceof Uint8Array ? toEvent(attributes, bytes) : bytes;
}

/** The canonical text of an attribute; a number keeps the digits that its sender wrote. */
function attributeText(value: Json): string | undefined {
  if (typeof value === "string") return value;
  if (typeof value === "boolean") return String(value);
  return isNumber(value) ? value.rawJSON : undefined;
}

/**
 * JSON format, section 3.1: `data_base64` is bytes; `data` is JSON, byte for byte as it stands in the event, unless
 * `datacontenttype` says that it is something else and it is a string: then the string is the data.
 */
function dataOf(
  data: Json | undefined,
  source: string | undefined,
  base64: Json | undefined,
  contentType: string | undefined,
): Uint8Array | Malformed {
  if (base64 !== undefined && base64 !== null) {
    if (data !== undefined && data !== null) return malformed("data and data_base64 exclude each other");
    const bytes = Buffer.from(typeof base64 === "string" ? base64 : "", "base64");
    // Node skips what is not base64; only what is comes back the same.
    return bytes.toString("base64") === base64 ? bytes : malformed("data_base64 is not base64");
  }
  if (data === undefined || source === undefined) return new Uint8Array();
  if (typeof data === "string" && contentType !== undefined) {
    const mediaType = parseMediaType(contentType);
    if (mediaType === undefined || !isJson(mediaType)) return Buffer.from(data);
  }
  return Buffer.from(source);
}
