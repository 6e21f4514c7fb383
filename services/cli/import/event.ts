/** A line of Chainguard's example recorder as the event that it was, as far as it can be known. */
import { createHash } from "node:crypto";
import type { CloudEvent } from "#services/shared/event.ts";
import { ceTime } from "#services/shared/row/ce-time.ts";
import { isObject } from "#services/shared/row/json.ts";
import { readObject } from "#services/shared/row/judge.ts";
import { timestamp } from "#services/shared/row/time.ts";

/** Chainguard's `when` is UTC and does not say so; `ce-time` of the same event does (the seed's sample has both). */
const WITHOUT_ZONE = /^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d+)?$/;

/**
 * The recorder throws the event's id away: its objects are named by the time of the flush, which all of one flush share. So
 * the data is its own identity.
 */
export function eventOf(line: Buffer, type: string, source: string): CloudEvent {
  return {
    id: `sha256:${createHash("sha256").update(line).digest("hex")}`,
    source,
    type,
    specversion: "1.0",
    time: whenIn(line),
    datacontenttype: "application/json",
    extensions: {},
    data: line,
  };
}

/** `body.when`, which Chainguard's registry events have; what is no JSON has none, and is judged later. */
function whenIn(line: Buffer): string | undefined {
  const read = readObject(line);
  const body = read.outcome === "object" ? read.object["body"] : undefined;
  const when = isObject(body) ? body["when"] : undefined;
  return typeof when === "string" ? when.replace(WITHOUT_ZONE, "$&Z") : undefined;
}

/** When an event happened and was received, in milliseconds since the epoch. */
export interface Times {
  /** `undefined` when its data does not say so readably. */
  readonly happenedAt: number | undefined;
  readonly receivedAt: number;
  /** As its row will have it; `undefined` for a time too far from the receipt, too. */
  readonly ceTime: string | undefined;
}

/**
 * The file's time stands for the receipt, unless it cannot be right. A file is not written before its events happen: folders
 * unpacked without times say 1970 or 1980. It is not written in the future either. Then the import is the receipt.
 * @param writtenAt the file's
 */
export function timesOf({ time }: CloudEvent, writtenAt: number, now: number): Times {
  const text = time === undefined ? undefined : timestamp(time);
  if (time === undefined || text === undefined)
    return { happenedAt: undefined, receivedAt: Math.min(writtenAt, now), ceTime: undefined };
  const happenedAt = Date.parse(text);
  const isPlausible = writtenAt <= now && (happenedAt <= writtenAt || ceTime(time, writtenAt) !== undefined);
  const receivedAt = isPlausible ? writtenAt : now;
  return { happenedAt, receivedAt, ceTime: ceTime(time, receivedAt) };
}
