/** From attributes by name to an event, or to what makes them none. */
import type { CloudEvent } from "#services/shared/event.ts";

/** Why something is no CloudEvent; the text names the attribute, never its value. */
export interface Malformed {
  readonly outcome: "malformed";
  readonly detail: string;
  /** Which event of a batch, from 0. */
  readonly index?: number;
}

export type ParsedEvent = { readonly outcome: "event"; readonly event: CloudEvent } | Malformed;

export function malformed(detail: string): Malformed {
  return { outcome: "malformed", detail };
}

const NAME = /^[a-z0-9]+$/;
const OPTIONAL = ["subject", "time", "dataschema", "datacontenttype"] as const;
const REQUIRED = ["specversion", "id", "source", "type"] as const;
const CORE: ReadonlySet<string> = new Set([...REQUIRED, ...OPTIONAL]);

const ASCII = /^[\x20-\x7e]*$/;

/**
 * What the type String excludes: control characters, noncharacters and halves of surrogate pairs
 * (https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md#type-system).
 */
const NO_STRING = /[\p{Cc}\p{Cs}\p{Noncharacter_Code_Point}]/u;

/**
 * Checks names, required attributes and the form of `time`. An optional attribute that is empty counts as left
 * out: the specification asks for "non-empty if present", and the meaning is the same.
 */
export function toEvent(attributes: ReadonlyMap<string, string>, data: Uint8Array): ParsedEvent {
  const extensions: Record<string, string> = {};
  for (const [name, value] of attributes) {
    if (!NAME.test(name)) {
      return malformed(`an attribute's name has more than lower case letters and digits: ${quoted(name)}`);
    }
    // Nearly all are ASCII, and that is quicker to see.
    if (!ASCII.test(value) && NO_STRING.test(value)) {
      return malformed(`${name} has characters that CloudEvents does not allow`);
    }
    if (!CORE.has(name)) extensions[name] = value;
  }
  for (const name of REQUIRED) {
    if (!attributes.get(name)) return malformed(`${name} is missing or empty`);
  }
  if (attributes.get("specversion") !== "1.0") return malformed("specversion is not 1.0");
  const time = attributes.get("time");
  if (time && !isRfc3339(time)) return malformed("time is not a time of RFC 3339");
  const event: { -readonly [Name in keyof CloudEvent]: CloudEvent[Name] } = {
    id: attributes.get("id") ?? "",
    source: attributes.get("source") ?? "",
    type: attributes.get("type") ?? "",
    specversion: "1.0",
    extensions,
    data,
  };
  for (const name of OPTIONAL) {
    const value = attributes.get(name);
    if (value) event[name] = value;
  }
  return { outcome: "event", event };
}

const RFC3339 =
  /^(\d{4})-(\d{2})-(\d{2})[Tt ]([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)$/;

/** Section 5.6 of RFC 3339, leap seconds included; days are checked against their month. */
export function isRfc3339(text: string): boolean {
  const match = RFC3339.exec(text);
  if (match === null) return false;
  const [year, month, day] = match.slice(1, 4).map(Number) as [number, number, number];
  const days = new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate();
  return month >= 1 && month <= 12 && day >= 1 && day <= days;
}

/** A name for a message: short, and nothing in it that a terminal would obey. */
function quoted(name: string): string {
  return JSON.stringify(name.slice(0, 40));
}
