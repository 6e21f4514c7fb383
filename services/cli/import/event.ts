/** A line of Chainguard's example recorder as the event that it was, as far as it can be known. */
import { createHash } from "node:crypto";
import type { CloudEvent } from "#services/shared/event.ts";
import { isObject } from "#services/shared/row/json.ts";
import { readObject } from "#services/shared/row/judge.ts";

/** The recorder's path of one event's file, percent-encoded in newer versions; see `docs/replay.md`. */
const EVENT_PATH = /\/[^/]+\/\d{4}-?\d{2}-?\d{2}[^/]*\/([^/]+?)(?:\.gz)?$/;

/** The id in the name of a file that holds one event; `undefined` when the name has none. */
export function idOf(path: string): string | undefined {
  const [, id] = EVENT_PATH.exec(path) ?? [];
  if (id === undefined) return undefined;
  try {
    return decodeURIComponent(id);
  } catch (error) {
    if (error instanceof URIError) return id;
    throw error;
  }
}

/** Chainguard's `when` is UTC and does not say so; `ce-time` of the same event does (the seed's sample has both). */
const WITHOUT_ZONE = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?$/;

/** @param id what the file's name says; without it the data is its own identity */
export function eventOf(line: Buffer, type: string, source: string, id: string | undefined): CloudEvent {
  return {
    id: id ?? `sha256:${createHash("sha256").update(line).digest("hex")}`,
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
