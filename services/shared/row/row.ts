/** An event as the one row that it becomes: in its type's table, or with the rejected or the unregistered. */
import { hash } from "node:crypto";
import type { CloudEvent } from "../event.ts";
import type { Receipt } from "../message.ts";
import type { EventTable, Registry } from "../schema/registry.ts";
import { decodeUtf8 } from "../utf8.ts";
import { ceTime } from "./ce-time.ts";
import { extraOf } from "./extra.ts";
import { type JsonObject, newObject } from "./fill.ts";
import { membersOf } from "./json.ts";
import { type Judgement, judge } from "./judge.ts";
import type { Reason } from "./reason.ts";
import { isCleanText } from "./value.ts";

export interface Row {
  readonly table: EventTable;
  readonly fit: Judgement["fit"];
  /** One line of newline-delimited JSON, the newline included. */
  readonly line: string;
  /** `ce_time` as written in the row; `null` when the event has none, or one that cannot be its partition. */
  readonly time: string | null;
}

/**
 * Never throws: whatever arrives becomes a row. It obeys a receiver that found no table for the event, even where this
 * registry has one, see `Receipt.fit`.
 */
export function toRow(registry: Registry, event: CloudEvent, receipt: Receipt): Row {
  const judged = asAccepted(judge(registry, event, receipt.unreadable), receipt.fit);
  const time = event.time === undefined ? null : (ceTime(event.time, receipt.receivedAt) ?? null);
  if (judged.fit === "fits") {
    const line = lineOf(event, receipt, time, judged.rest, judged.columns);
    return { table: judged.table, fit: judged.fit, time, line };
  }
  const raw = rawOf(event);
  if (judged.fit === "unregistered") {
    const line = lineOf(event, receipt, time, undefined, membersOf(raw));
    return { table: registry.unregistered, fit: judged.fit, time, line };
  }
  const reasons = judged.reasons.map(({ pointer, rule, found }) => ({
    pointer: stringOf(pointer),
    rule: stringOf(rule),
    found: stringOf(found),
  }));
  const line = lineOf(event, receipt, time, undefined, membersOf({ ...raw, reasons }));
  return { table: registry.rejected, fit: judged.fit, time, line };
}

/** The reason of an event that did not fit when it was accepted, and now would. */
const EARLIER: Reason = {
  pointer: "",
  rule: "the schema when the event was accepted",
  found: "data that did not fit it; `pullhouse replay` moves what fits now",
};

function asAccepted(judged: Judgement, accepted: Receipt["fit"]): Judgement {
  if (accepted === undefined || accepted === "fits" || accepted === judged.fit) return judged;
  return accepted === "misfit" ? { fit: accepted, reasons: [EARLIER] } : { fit: accepted, reasons: [] };
}

/** Written part by part: to make one object of envelope and own columns would cost as much again, and one of the envelope half. */
function lineOf(
  event: CloudEvent,
  receipt: Receipt,
  time: string | null,
  rest: JsonObject | undefined,
  columns: string,
): string {
  const digest = `sha256:${hash("sha256", event.data)}`;
  const extra = extraOf(rest, attributesOf(event, time));
  const receivedAt = receipt.receivedAt === 0 ? undefined : new Date(receipt.receivedAt).toISOString();
  // A message without an id can only come from something else than the receiver; its data identifies it.
  const line =
    `{"ce_id":${quoted(event.id === "" ? digest : event.id)}` +
    `,"ce_source":${quoted(event.source)}` +
    `,"ce_type":${quoted(event.type)}` +
    member("ce_subject", event.subject) +
    (time === null ? "" : `,"ce_time":"${time}"`) +
    `,"ce_specversion":${quoted(event.specversion)}` +
    member("ce_group", event.extensions["group"]) +
    member("ce_actor", event.extensions["actor"]) +
    member("recipient_group", receipt.recipientGroup) +
    `,"data_digest":"${digest}","source":${quoted(receipt.source)}` +
    (receivedAt === undefined ? "" : `,"received_at":"${receivedAt}"`) +
    (extra === undefined ? "" : `,"extra":${JSON.stringify(extra)}`);
  return columns === "" ? `${line}}\n` : `${line},${columns}}\n`;
}

const member = (name: string, text: string | undefined) =>
  text === undefined ? "" : `,"${name}":${quoted(text)}`;

/** What JSON writes as it is, and a STRING can hold. */
const PLAIN = /^[ !#-[\]-~]*$/;
const quoted = (text: string) => (PLAIN.test(text) ? `"${text}"` : JSON.stringify(stringOf(text)));

/** Text that a STRING cannot hold is written with JSON's escapes instead. */
function stringOf(text: string): string {
  return isCleanText(text) ? text : JSON.stringify(text).slice(1, -1);
}

const JSON_TYPE = /^application\/json(\s*;\s*charset=utf-8)?$/i;

/** The attributes without a column; `undefined` when there are none. */
function attributesOf(event: CloudEvent, time: string | null): JsonObject | undefined {
  const ce = newObject();
  for (const [name, value] of Object.entries(event.extensions)) {
    if (name !== "group" && name !== "actor") ce[name] = stringOf(value);
  }
  const { dataschema, datacontenttype: type } = event;
  if (dataschema !== undefined) ce["dataschema"] = stringOf(dataschema);
  if (type !== undefined && !JSON_TYPE.test(type)) ce["datacontenttype"] = stringOf(type);
  if (event.time !== undefined && time === null) ce["time"] = stringOf(event.time);
  return Object.keys(ce).length > 0 ? ce : undefined;
}

/** A control character takes six bytes in a row, and is nothing that anybody reads. */
const CONTROLS_SHARE_MAX = 0.1;
const [TAB, NEWLINE, RETURN, SPACE] = [0x09, 0x0a, 0x0d, 0x20];

/** Such data is kept in base64, so that no row is several times as large as its event. */
function isMostlyControls(data: Uint8Array): boolean {
  let controls = 0;
  for (const byte of data)
    if (byte < SPACE && byte !== TAB && byte !== NEWLINE && byte !== RETURN) controls += 1;
  return controls > CONTROLS_SHARE_MAX * data.byteLength;
}

function rawOf(event: CloudEvent): JsonObject {
  const text = decodeUtf8(event.data);
  const { datacontenttype } = event;
  const type = datacontenttype === undefined ? {} : { content_type: stringOf(datacontenttype) };
  return text !== undefined && isCleanText(text) && !isMostlyControls(event.data)
    ? { ...type, data: text }
    : { ...type, data_base64: Buffer.from(event.data).toString("base64") };
}
