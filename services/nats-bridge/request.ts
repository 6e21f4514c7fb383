/** A NATS message as the HTTP request that says the same: CloudEvents' NATS binding to its HTTP binding. */
import type { MsgHdrs } from "@nats-io/transport-node";

export interface NatsMessage {
  readonly data: Uint8Array;
  readonly headers?: MsgHdrs | undefined;
}

export interface ForwardedRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

const STRUCTURED = "application/cloudevents+json";
/** What HTTP takes as a name (https://www.rfc-editor.org/rfc/rfc9110#section-5.6.2); attributes have letters and digits. */
const ATTRIBUTE = /^ce-[!#$%&'*+.^_`|~0-9a-z-]+$/;

/**
 * zot sends structured JSON without any header. With `ce-` headers the event is in binary mode, and both bindings name
 * and encode them alike (https://github.com/cloudevents/spec/blob/main/cloudevents/bindings/nats-protocol-binding.md,
 * sections 3.1 and 3.2). The bytes are the message's.
 */
export function toRequest(message: NatsMessage): ForwardedRequest {
  const attributes: Record<string, string> = {};
  let type = "";
  for (const [name, value] of headersOf(message)) {
    const lower = name.toLowerCase();
    if (lower === "content-type") type = asciiOf(value);
    if (ATTRIBUTE.test(lower)) attributes[lower] = asciiOf(value);
  }
  const body = message.data;
  if (/^application\/cloudevents/i.test(type)) return { headers: { "content-type": type }, body };
  if (Object.keys(attributes).length === 0) return { headers: { "content-type": STRUCTURED }, body };
  return { headers: { "content-type": type || "application/json", ...attributes }, body };
}

/**
 * The server passes headers on unread, and the client throws on some that others send (a space in a name, a line feed
 * in a value). Such a message counts as one without any: if its data is an event it arrives, else the receiver says so.
 */
function headersOf(message: NatsMessage): readonly (readonly [string, string])[] {
  try {
    const { headers } = message;
    return (headers?.keys() ?? []).map((name) => [name, headers?.get(name) ?? ""]);
  } catch {
    return [];
  }
}

/** What HTTP's binding wants encoded and a NATS header may hold as it is, percent signs as they came. */
function asciiOf(value: string): string {
  return value.toWellFormed().replace(/[^\x20-\x7e]/gu, encodeURIComponent);
}
