/** Harbor's webhooks, in its CloudEvents format and in its default one: a fixed `Authorization` value. */
import { isNumber, isObject, type Json } from "#services/shared/row/json.ts";
import { readObject } from "#services/shared/row/judge.ts";
import type { Reason } from "#services/shared/row/reason.ts";
import { TYPE_PREFIXES } from "#services/shared/type-owners.ts";
import type { ParsedEvent } from "../cloudevents/attributes.ts";
import type { Parsed } from "../cloudevents/parse.ts";
import { parseStructured } from "../cloudevents/structured.ts";
import type { RequestHeaders } from "../request-headers.ts";
import { AUTHORIZATION_VALUE, byAuthorization, TAKES_AUTHORIZATION } from "./authorization-value.ts";
import {
  hostOf,
  noEvent,
  sha256,
  textAt,
  timeOf,
  toJsonEvent,
  toUnreadable,
  typeSuffix,
} from "./own-format.ts";
import type { SourceKind } from "./source.ts";

export const harbor: SourceKind = {
  id: "harbor",
  path: "/harbor",
  configure(reader) {
    const values = reader.secrets("HARBOR_AUTHORIZATION", AUTHORIZATION_VALUE, TAKES_AUTHORIZATION);
    if (values.length === 0) return undefined;
    const authenticate = byAuthorization(values);
    // Harbor gives up after some failures, so nothing that it can send is refused for its form.
    return () => ({
      id: harbor.id,
      path: harbor.path,
      authenticate,
      modeOf: () => "own",
      parse: parseHarbor,
    });
  },
};

const [PREFIX] = TYPE_PREFIXES.harbor;
const UNREADABLE = { type: `${PREFIX}unreadable`, source: "harbor" } as const;

/** The format shows in the body, so that no media type, nor one that a proxy made of it, keeps an event out. */
function parseHarbor(_mode: unknown, headers: RequestHeaders, body: Uint8Array): Parsed {
  const unreadable = (reason: Reason): Parsed => ({
    outcome: "events",
    events: [],
    unreadable: [toUnreadable(UNREADABLE, headers, body, reason)],
  });
  const read = readObject(body, "event_data");
  if (read.outcome === "no-object") return unreadable(read.reason);
  const { object, source } = read;
  const parsed = Object.hasOwn(object, "specversion")
    ? parseStructured(body)
    : fromDefault(object, source, sha256(body));
  if (parsed.outcome === "malformed") return unreadable(noEvent("", parsed.detail));
  // Who may post as Harbor may not post as another registry.
  if (!parsed.event.type.startsWith(PREFIX))
    return unreadable(noEvent("/type", "a type that is not Harbor's"));
  return { outcome: "events", events: [parsed.event] };
}

/**
 * By the default format's constant, as Harbor itself names them in the other format
 * (https://github.com/goharbor/harbor/blob/main/src/pkg/notifier/formats/cloudevents.go).
 */
const TYPES: ReadonlyMap<Json | undefined, string> = new Map([
  ["PUSH_ARTIFACT", "artifact.pushed"],
  ["PULL_ARTIFACT", "artifact.pulled"],
  ["DELETE_ARTIFACT", "artifact.deleted"],
  ["CREATE_TAG", "tag.created"],
  ["QUOTA_EXCEED", "quota.exceeded"],
  ["QUOTA_WARNING", "quota.warned"],
  ["REPLICATION", "replication.status.changed"],
  ["SCANNING_FAILED", "scan.failed"],
  ["SCANNING_COMPLETED", "scan.completed"],
  ["SCANNING_STOPPED", "scan.stopped"],
  ["TAG_RETENTION", "tag_retention.finished"],
  // Harbor 1.9 and 1.10 (https://github.com/goharbor/harbor/blob/v1.10.0/src/pkg/notification/model/const.go).
  ["pushImage", "artifact.pushed"],
  ["pullImage", "artifact.pulled"],
  ["deleteImage", "artifact.deleted"],
  ["scanningFailed", "scan.failed"],
  ["scanningCompleted", "scan.completed"],
]);

/**
 * `{type, occur_at, operator, event_data}`: the data is `event_data` to the letter. A member that has no place in a
 * CloudEvent (there is none today) goes with it, under `default_format`.
 */
function fromDefault(
  { type, occur_at, operator, event_data, ...others }: { readonly [key: string]: Json },
  eventData: string | undefined,
  id: string,
): ParsedEvent {
  const suffix = TYPES.get(type) ?? typeSuffix(type);
  const time = timeOf(secondsToTime(occur_at));
  const rest = {
    ...others,
    ...(time === undefined && occur_at !== undefined ? { occur_at } : {}),
    ...(typeof operator !== "string" && operator !== undefined ? { operator } : {}),
  };
  const data =
    Object.keys(rest).length === 0
      ? (eventData ?? "{}")
      : JSON.stringify({ ...(isObject(event_data) ? event_data : { event_data }), default_format: rest });
  return toJsonEvent(
    {
      id,
      source: registryOf(event_data) ?? UNREADABLE.source,
      type: suffix && `${PREFIX}${suffix}`,
      time,
      ...(typeof operator === "string" ? { operator } : {}),
    },
    Buffer.from(data),
  );
}

/** The default format names neither project nor policy, only the registry's host, at one of two places. */
function registryOf(eventData: Json | undefined): string | undefined {
  if (!isObject(eventData)) return undefined;
  const { resources, replication, retention } = eventData;
  const [first] = Array.isArray(resources) ? (resources as readonly Json[]) : [];
  return (
    hostOf(textAt(first, "resource_url")) ||
    textAt(replication, "harbor_hostname") ||
    textAt(retention, "harbor_hostname")
  );
}

/** The last second of the year 9999, the end of RFC 3339 and of BigQuery's calendar. */
const SECONDS_MAX = 253_402_300_799;

/** Seconds since 1970 as Harbor writes them in its other format, without a fraction. */
function secondsToTime(seconds: Json | undefined): string | undefined {
  if (seconds === undefined || !isNumber(seconds) || !/^\d{1,12}$/.test(seconds.rawJSON)) return undefined;
  const value = Number(seconds.rawJSON);
  return value <= SECONDS_MAX ? new Date(value * 1000).toISOString().replace(".000Z", "Z") : undefined;
}
