/** Binary mode: attributes in `ce-*` headers, the body is the data. */
import type { RequestHeaders } from "../request-headers.ts";
import { malformed, type ParsedEvent, toEvent } from "./attributes.ts";
import { decodeHeaderValue } from "./header-value.ts";

const PREFIX = "ce-";

export function parseBinary(headers: RequestHeaders, body: Uint8Array): ParsedEvent {
  const attributes = new Map<string, string>();
  for (const [header, value] of headers) {
    if (!header.startsWith(PREFIX)) continue;
    const name = header.slice(PREFIX.length);
    // Content-Type is where the binding has it; a header beside it can only repeat or contradict.
    if (name === "datacontenttype") continue;
    if (name === "data") return malformed("data is no attribute: in binary mode it is the body");
    const text = decodeHeaderValue(value);
    if (text === undefined) return malformed(`${name} is percent-encoded, but not UTF-8`);
    attributes.set(name, text);
  }
  if (attributes.size === 0)
    return malformed("there are no ce-* headers and the body is no structured event");
  const contentType = headers.get("content-type");
  if (contentType !== null) attributes.set("datacontenttype", contentType);
  return toEvent(attributes, body);
}
