/** What senders with a format of their own share: fields become a CloudEvent, and what makes none is kept as it came. */
import { createHash } from "node:crypto";
import { isObject, type Json } from "#services/shared/row/json.ts";
import type { Reason } from "#services/shared/row/reason.ts";
import { isRfc3339, type ParsedEvent, toEvent } from "../cloudevents/attributes.ts";
import type { Unreadable } from "../cloudevents/parse.ts";
import type { RequestHeaders } from "../request-headers.ts";

/** Such senders give their events no id, or none to a request: the same bytes are the same event. */
export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** @param attributes without `specversion` and `datacontenttype`; those that are `undefined` are left out */
export function toJsonEvent(
  attributes: Readonly<Record<string, string | undefined>>,
  data: Uint8Array,
): ParsedEvent {
  const given = Object.entries(attributes).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  return toEvent(new Map([...given, ["specversion", "1.0"], ["datacontenttype", "application/json"]]), data);
}

/** A reason travels in a Pub/Sub attribute of 1,024 bytes, and a key or a value may have any length. */
const REASON_PART_MAX = 100;

/**
 * The body of a known sender, byte for byte, for `rejected_events`.
 * @param source `ce_source` when there is no better
 */
export function toUnreadable(
  { type, source }: { readonly type: string; readonly source: string },
  headers: RequestHeaders,
  body: Uint8Array,
  { pointer, rule, found }: Reason,
): Unreadable {
  const contentType = headers.get("content-type");
  return {
    event: {
      id: sha256(body),
      source,
      type,
      specversion: "1.0",
      ...(contentType === null ? {} : { datacontenttype: contentType }),
      extensions: {},
      data: body,
    },
    reason: { pointer: pointer.slice(0, REASON_PART_MAX), rule, found: found.slice(0, REASON_PART_MAX) },
  };
}

/** Why fields that a sender gave make no CloudEvent. */
export function noEvent(pointer: string, detail: string): Reason {
  return { pointer, rule: "fields that a CloudEvent can be made of", found: detail };
}

const CONSTANT_MAX = 60;

/** `TAG_PUSH` is `tag.push`; `undefined` for what is no such constant. */
export function typeSuffix(constant: Json | undefined): string | undefined {
  if (typeof constant !== "string" || constant.length > CONSTANT_MAX) return undefined;
  return /^[A-Za-z0-9]+(?:_[A-Za-z0-9]+)*$/.test(constant)
    ? constant.toLowerCase().replaceAll("_", ".")
    : undefined;
}

/** A text at a path of members; `undefined` for anything else. */
export function textAt(value: Json | undefined, ...path: readonly string[]): string | undefined {
  let found = value;
  for (const name of path) {
    if (!isObject(found) || !Object.hasOwn(found, name)) return undefined;
    found = found[name];
  }
  return typeof found === "string" ? found : undefined;
}

/** A time that is none stays in the data alone. */
export function timeOf(text: string | undefined): string | undefined {
  return text !== undefined && isRfc3339(text) ? text : undefined;
}

/**
 * The registry's host, with its port, at the front of an image's name, if there is one
 * (https://pkg.go.dev/github.com/distribution/reference: the part before the first slash is a host only if it has a
 * dot, a colon or is `localhost`).
 */
export function hostOf(image: string | undefined): string | undefined {
  const [, first = ""] = /^([^/]+)\//.exec(image ?? "") ?? [];
  return /[.:]/.test(first) || first === "localhost" ? first : undefined;
}
