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

/**
 * zot sends structured JSON without any header. With `ce-` headers the event is in binary mode, and both bindings name
 * and encode them alike (https://github.com/cloudevents/spec/blob/main/cloudevents/bindings/nats-protocol-binding.md,
 * sections 3.1 and 3.2). The bytes are the message's.
 */
export function toRequest({ data, headers }: NatsMessage): ForwardedRequest {
  const given: Record<string, string> = {};
  for (const name of headers?.keys() ?? []) {
    const lower = name.toLowerCase();
    if (lower.startsWith("ce-") || lower === "content-type") given[lower] = headers?.get(name) ?? "";
  }
  if (Object.keys(given).some((name) => name.startsWith("ce-"))) {
    return { headers: { "content-type": "application/json", ...given }, body: data };
  }
  const type = given["content-type"] ?? "";
  return {
    headers: { "content-type": type.startsWith("application/cloudevents") ? type : STRUCTURED },
    body: data,
  };
}
