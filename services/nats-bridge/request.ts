/** A NATS message as the HTTP request that says the same: CloudEvents' NATS binding to its HTTP binding. */
import type { MsgHdrs } from "@nats-io/transport-node";

export interface NatsMessage {
  readonly data: Uint8Array;
  readonly headers?: MsgHdrs | undefined;
}

export interface ForwardedRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** In lower case, the name of a header that stands more than once and may not: such a message is not to be forwarded. */
  readonly repeated?: string;
}

const STRUCTURED = "application/cloudevents+json";
/** What HTTP takes as a name (https://www.rfc-editor.org/rfc/rfc9110#section-5.6.2); attributes have letters and digits. */
const ATTRIBUTE = /^ce-[!#$%&'*+.^_`|~0-9a-z-]+$/;

/**
 * zot sends structured JSON without any header. With `ce-` headers the event is in binary mode, and both bindings name
 * and encode them alike (https://github.com/cloudevents/spec/blob/main/cloudevents/bindings/nats-protocol-binding.md,
 * sections 3.1 and 3.2). The bytes are the message's.
 *
 * NATS keeps every value of a name, and names of several spellings apart
 * (https://github.com/nats-io/nats-architecture-and-design/blob/main/adr/ADR-4.md). HTTP has one value for each attribute:
 * to choose among several would make an event that nobody sent. The receiver refuses such requests, too.
 */
export function toRequest(message: NatsMessage): ForwardedRequest {
  const single = new Map<string, string>();
  const body = message.data;
  for (const [name, value] of headersOf(message)) {
    const lower = name.toLowerCase();
    if (lower !== "content-type" && !ATTRIBUTE.test(lower)) continue;
    if (single.has(lower)) return { headers: {}, body, repeated: lower };
    single.set(lower, asciiOf(value));
  }
  const { "content-type": type = "", ...attributes } = Object.fromEntries(single);
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
    return (headers?.keys() ?? []).flatMap((name) =>
      (headers?.values(name) ?? []).map((value) => [name, value] as const),
    );
  } catch {
    return [];
  }
}

/** What HTTP's binding wants encoded and a NATS header may hold as it is, percent signs as they came. */
function asciiOf(value: string): string {
  return value.toWellFormed().replace(/[^\x20-\x7e]/gu, encodeURIComponent);
}
