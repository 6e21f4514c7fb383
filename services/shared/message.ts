/** A CloudEvent as a Pub/Sub message, after the CloudEvents Pub/Sub protocol binding. */
import type { CloudEvent } from "./event.ts";
import { newObject } from "./row/fill.ts";
import type { Reason } from "./row/reason.ts";
import { parseTraceparent, type Trace, traceparentOf } from "./trace.ts";

export interface Message {
  readonly data: Uint8Array;
  readonly attributes: Readonly<Record<string, string>>;
}

type Fit = "fits" | "misfit" | "unregistered";

/** What the receiver knows of an event and its sender does not say. */
export interface Receipt {
  /** Which kind of sender: `chainguard`, `zot`, … */
  readonly source: string;
  /** Milliseconds since the epoch. */
  readonly receivedAt: number;
  /** The group whose subscription the event came for, where the sender has such. */
  readonly recipientGroup?: string | undefined;
  /**
   * How the receiver judged the data, by its schemas. It decides the event's table for good: deliveries of one event to
   * batchers of different versions must not make rows in different tables. Other publishers leave it out.
   */
  readonly fit?: Fit | undefined;
  /** Why the request of a known sender makes no event of its kind: it is kept with the rejected ones. */
  readonly unreadable?: Reason | undefined;
  /** The request's; it travels with the message and is no part of the row. */
  readonly trace?: Trace | undefined;
}

/**
 * The name that Google's own clients give the trace, so that their tools join ours
 * (`modernAttributeName` in https://github.com/googleapis/nodejs-pubsub/blob/main/src/telemetry-tracing.ts).
 */
const TRACE = "googclient_traceparent";

/** Ours, beside the event's own attributes. */
const RECEIPT = {
  source: "pullhouse-source",
  receivedAt: "pullhouse-received-at",
  recipientGroup: "pullhouse-recipient-group",
  fit: "pullhouse-fit",
  unreadable: "pullhouse-unreadable",
} as const;

const STRUCTURED = "application/cloudevents+json";
const ATTRIBUTE_MAX_BYTES = 1024;
const ATTRIBUTE_NAME_MAX_BYTES = 256;
/** Pub/Sub takes 100; the rest is for the receipt and the trace. */
const ATTRIBUTES_MAX = 90;

/**
 * Binary mode, the data byte for byte and every attribute as `ce-*`, unless an attribute does not fit into
 * Pub/Sub's limits (100 per message, names of 256 and values of 1,024 bytes:
 * https://cloud.google.com/pubsub/quotas#resource_limits): then structured mode, with the data in base64. So travels data
 * that claims to be an event itself, since its content type would say that the message is in structured mode.
 */
export function toMessage(event: CloudEvent, receipt: Receipt): Message {
  const attributes = binaryAttributes(event);
  if (event.datacontenttype !== STRUCTURED && fitsPubSub(attributes)) {
    return { data: event.data, attributes: Object.assign(attributes, receiptAttributes(receipt)) };
  }
  const { data, extensions, ...context } = event;
  const structured = { ...extensions, ...context, data_base64: Buffer.from(data).toString("base64") };
  return {
    data: Buffer.from(JSON.stringify(structured)),
    attributes: { "content-type": STRUCTURED, ...receiptAttributes(receipt) },
  };
}

function receiptAttributes({ source, receivedAt, recipientGroup, fit, unreadable, trace }: Receipt) {
  const attributes: Record<string, string> = {
    [RECEIPT.source]: source,
    [RECEIPT.receivedAt]: new Date(receivedAt).toISOString(),
  };
  if (recipientGroup !== undefined) attributes[RECEIPT.recipientGroup] = recipientGroup;
  if (fit !== undefined) attributes[RECEIPT.fit] = fit;
  if (unreadable !== undefined) attributes[RECEIPT.unreadable] = JSON.stringify(unreadable);
  if (trace !== undefined) attributes[TRACE] = traceparentOf(trace);
  return attributes;
}

/**
 * The way back. A message that is no CloudEvent at all (published by something else) still becomes one, so
 * that it can be kept: its id is then the queue's, its type `unknown`.
 */
export function fromMessage(message: Message): { event: CloudEvent; receipt: Receipt } {
  const { attributes } = message;
  const receivedAt = Date.parse(attributes[RECEIPT.receivedAt] ?? "");
  const unreadable = attributes[RECEIPT.unreadable];
  const receipt: Receipt = {
    source: attributes[RECEIPT.source] ?? "unknown",
    // Whoever may publish may write anything, and a TIMESTAMP ends with the year 9999.
    receivedAt: receivedAt > 0 && receivedAt < YEAR_10000 ? receivedAt : 0,
    recipientGroup: attributes[RECEIPT.recipientGroup],
    fit: readFit(attributes[RECEIPT.fit]),
    unreadable: unreadable === undefined ? undefined : readReason(unreadable),
    trace: parseTraceparent(attributes[TRACE] ?? ""),
  };
  return {
    event: attributes["content-type"] === STRUCTURED ? structuredEvent(message) : binaryEvent(message),
    receipt,
  };
}

function readFit(text: string | undefined): Fit | undefined {
  return text === "fits" || text === "misfit" || text === "unregistered" ? text : undefined;
}

const YEAR_10000 = Date.UTC(10_000, 0);

/** Only the receiver sets it; whatever else somebody publishes under its name is a reason, too. */
function readReason(text: string): Reason {
  const known = parseTexts(text);
  const { pointer = "", rule = text, found = "" } = known ?? {};
  return { pointer, rule, found };
}

function binaryAttributes(event: CloudEvent): Record<string, string> {
  const attributes: Record<string, string> = {
    "ce-id": event.id,
    "ce-source": event.source,
    "ce-type": event.type,
    "ce-specversion": event.specversion,
  };
  if (event.subject !== undefined) attributes["ce-subject"] = event.subject;
  if (event.time !== undefined) attributes["ce-time"] = event.time;
  if (event.dataschema !== undefined) attributes["ce-dataschema"] = event.dataschema;
  if (event.datacontenttype !== undefined) attributes["content-type"] = event.datacontenttype;
  for (const [name, value] of Object.entries(event.extensions)) attributes[`ce-${name}`] = value;
  return attributes;
}

function fitsPubSub(attributes: Readonly<Record<string, string>>): boolean {
  const entries = Object.entries(attributes);
  return (
    entries.length <= ATTRIBUTES_MAX &&
    entries.every(
      ([name, value]) => isWithin(ATTRIBUTE_NAME_MAX_BYTES, name) && isWithin(ATTRIBUTE_MAX_BYTES, value),
    )
  );
}

/** Counted only if it is long: UTF-8 takes up to three bytes per UTF-16 unit. */
const isWithin = (bytes: number, text: string) =>
  3 * text.length <= bytes || Buffer.byteLength(text) <= bytes;

const CONTEXT = new Set([
  "id",
  "source",
  "type",
  "specversion",
  "subject",
  "time",
  "dataschema",
  "datacontenttype",
]);
const CONTEXT_ATTRIBUTES = new Set([...CONTEXT].map((name) => `ce-${name}`));

type Context = { readonly [name in Exclude<keyof CloudEvent, "extensions" | "data">]?: string | undefined };

function eventFrom(context: Context, extensions: Record<string, string>, data: Uint8Array): CloudEvent {
  const { id, source, type, specversion, subject, time, dataschema, datacontenttype } = context;
  return {
    id: id ?? "",
    source: source ?? "",
    type: type ?? "unknown",
    specversion: specversion ?? "1.0",
    subject,
    time,
    dataschema,
    datacontenttype,
    extensions,
    data,
  };
}

function binaryEvent({ attributes, data }: Message): CloudEvent {
  // Whoever may publish may call an attribute `ce-__proto__`.
  const extensions = newObject() as Record<string, string>;
  for (const name of Object.keys(attributes)) {
    if (!CONTEXT_ATTRIBUTES.has(name) && name.startsWith("ce-"))
      extensions[name.slice(3)] = attributes[name] as string;
  }
  const context = {
    id: attributes["ce-id"],
    source: attributes["ce-source"],
    type: attributes["ce-type"],
    specversion: attributes["ce-specversion"],
    subject: attributes["ce-subject"],
    time: attributes["ce-time"],
    dataschema: attributes["ce-dataschema"],
    datacontenttype: attributes["content-type"] ?? attributes["ce-datacontenttype"],
  };
  return eventFrom(context, extensions, data);
}

/** A message that claims to be structured and is not is kept as data of an unknown event. */
function structuredEvent(message: Message): CloudEvent {
  const context = parseTexts(Buffer.from(message.data).toString("utf8"));
  if (context === undefined) return binaryEvent(message);
  const { data_base64, ...attributes } = context;
  const extensions = Object.fromEntries(Object.entries(attributes).filter(([name]) => !CONTEXT.has(name)));
  return eventFrom(attributes, extensions, Buffer.from(data_base64 ?? "", "base64"));
}

/** A JSON object of strings; `undefined` for anything else. */
function parseTexts(text: string): Record<string, string> | undefined {
  try {
    const value = JSON.parse(text) as unknown;
    const isTexts =
      typeof value === "object" &&
      value !== null &&
      Object.values(value).every((one) => typeof one === "string");
    return isTexts ? (value as Record<string, string>) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
