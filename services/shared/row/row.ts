/** An event as the one row that it becomes: in its type's table, or with the rejected or the unregistered. */
import { hash } from "node:crypto";
import type { CloudEvent } from "../event.ts";
import type { Receipt } from "../message.ts";
import type { EventTable, Registry } from "../schema/registry.ts";
import { type JsonObject, newObject } from "./fill.ts";
import type { Json } from "./json.ts";
import { decodeUtf8, type Judgement, judge } from "./judge.ts";
import { isCleanText, timestamp } from "./value.ts";

export interface Row {
  readonly table: EventTable;
  readonly fit: Judgement["fit"];
  /** One line of newline-delimited JSON, the newline included. */
  readonly line: string;
  /** `ce_time` as written in the row; `null` when the event has none. */
  readonly time: string | null;
}

/** Never throws: whatever arrives becomes a row. */
export function toRow(registry: Registry, event: CloudEvent, receipt: Receipt): Row {
  const judged = judge(registry, event, receipt.unreadable);
  const time = event.time === undefined ? null : (timestamp(event.time) ?? null);
  const envelope = envelopeOf(event, receipt, time);
  if (judged.fit === "fits") {
    const extra = extraOf(event, time, judged.rest);
    return { table: judged.table, fit: judged.fit, time, line: lineOf(envelope, extra, judged.values) };
  }
  const extra = extraOf(event, time, undefined);
  const raw = rawOf(event);
  if (judged.fit === "unregistered") {
    return { table: registry.unregistered, fit: judged.fit, time, line: lineOf(envelope, extra, raw) };
  }
  const reasons = judged.reasons.map((reason) => mapText({ ...reason }));
  return {
    table: registry.rejected,
    fit: judged.fit,
    time,
    line: lineOf(envelope, extra, { ...raw, reasons }),
  };
}

function lineOf(envelope: JsonObject, extra: JsonObject | undefined, own: JsonObject): string {
  return `${JSON.stringify({ ...envelope, ...(extra === undefined ? {} : { extra }), ...own })}\n`;
}

/** Columns of the envelope that are not the same as the attribute of their name. */
function envelopeOf(event: CloudEvent, receipt: Receipt, time: string | null): JsonObject {
  const digest = `sha256:${hash("sha256", event.data)}`;
  return mapText({
    // A message without an id can only come from something else than the receiver; its data identifies it.
    ce_id: event.id || digest,
    ce_source: event.source,
    ce_type: event.type,
    ce_subject: event.subject,
    ce_time: time ?? undefined,
    ce_specversion: event.specversion,
    ce_group: event.extensions["group"],
    ce_actor: event.extensions["actor"],
    recipient_group: receipt.recipientGroup,
    data_digest: digest,
    source: receipt.source,
    received_at: receipt.receivedAt === 0 ? undefined : new Date(receipt.receivedAt).toISOString(),
  });
}

/** Leaves out what is undefined; text that a STRING cannot hold is written with JSON's escapes instead. */
function mapText(fields: Record<string, string | undefined>): JsonObject {
  const mapped = newObject();
  for (const [name, value] of Object.entries(fields)) {
    if (value !== undefined) mapped[name] = isCleanText(value) ? value : JSON.stringify(value).slice(1, -1);
  }
  return mapped;
}

const JSON_TYPE = /^application\/json(\s*;\s*charset=utf-8)?$/i;

/** `undefined` when there is nothing that has no column. */
function extraOf(
  event: CloudEvent,
  time: string | null,
  rest: JsonObject | undefined,
): JsonObject | undefined {
  const { group: _group, actor: _actor, ...others } = event.extensions;
  const type = event.datacontenttype;
  const ce = mapText({
    ...others,
    dataschema: event.dataschema,
    datacontenttype: type === undefined || JSON_TYPE.test(type) ? undefined : type,
    time: time === null ? event.time : undefined,
  });
  const hasAttributes = Object.keys(ce).length > 0;
  if (rest === undefined) return hasAttributes ? { ce } : undefined;
  // A field of the data that is itself called `ce` makes way for the attributes.
  const { ce: ownCe, ...data } = rest;
  const named = ownCe === undefined ? data : { ...data, data: { ...asObject(data["data"]), ce: ownCe } };
  return hasAttributes ? { ...named, ce } : named;
}

function asObject(value: Json | undefined): { readonly [key: string]: Json } {
  return value === undefined
    ? {}
    : typeof value === "object" && value !== null
      ? (value as JsonObject)
      : { value };
}

function rawOf(event: CloudEvent): JsonObject {
  const text = decodeUtf8(event.data);
  const type = event.datacontenttype === undefined ? {} : mapText({ content_type: event.datacontenttype });
  return text !== undefined && isCleanText(text)
    ? { ...type, data: text }
    : { ...type, data_base64: Buffer.from(event.data).toString("base64") };
}
