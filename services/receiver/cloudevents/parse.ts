/** A request as CloudEvents, after the HTTP binding 1.0.2: binary, structured or batched mode. */
import type { CloudEvent } from "#services/shared/event.ts";
import type { Reason } from "#services/shared/row/reason.ts";
import type { RequestHeaders } from "../request-headers.ts";
import type { Malformed } from "./attributes.ts";
import { parseBinary } from "./binary.ts";
import { isJson, isUtf8, parseMediaType } from "./media-type.ts";
import { parseBatch, parseStructured } from "./structured.ts";

/** As many as Pub/Sub takes in one request (https://cloud.google.com/pubsub/quotas#resource_limits). */
export const BATCH_EVENTS_MAX = 1_000;

/** `own`: the body is in the sender's own format, the source makes CloudEvents of it. */
export type Mode = "binary" | "structured" | "batched" | "own";

/**
 * The mode that the headers announce; `undefined` when the body cannot be JSON. Without a Content-Type it is
 * binary mode with data of an unnamed kind: whether that is JSON shows when a row is made of it.
 */
export function modeOf(headers: RequestHeaders): Mode | undefined {
  const coding = headers.get("content-encoding")?.trim().toLowerCase();
  if (coding && coding !== "identity") return undefined;
  const contentType = headers.get("content-type");
  if (contentType === null) return "binary";
  const mediaType = parseMediaType(contentType);
  if (mediaType === undefined) return undefined;
  if (mediaType.essence === "application/cloudevents+json")
    return isUtf8(mediaType) ? "structured" : undefined;
  if (mediaType.essence === "application/cloudevents-batch+json")
    return isUtf8(mediaType) ? "batched" : undefined;
  return isJson(mediaType) ? "binary" : undefined;
}

/** What a known sender posted that makes no event of its kind; kept as it came, with the reason. */
export interface Unreadable {
  readonly event: CloudEvent;
  readonly reason: Reason;
}

export type Parsed =
  | {
      readonly outcome: "events";
      readonly events: readonly CloudEvent[];
      readonly unreadable?: readonly Unreadable[];
    }
  | { readonly outcome: "too-many" }
  | Malformed;

export function parseCloudEvents(mode: Mode, headers: RequestHeaders, body: Uint8Array): Parsed {
  if (mode === "batched") return parseBatch(body, BATCH_EVENTS_MAX);
  const parsed = mode === "structured" ? parseStructured(body) : parseBinary(headers, body);
  return parsed.outcome === "event" ? { outcome: "events", events: [parsed.event] } : parsed;
}
