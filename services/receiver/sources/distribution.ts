/** Notifications of CNCF Distribution (the `registry` image, GitLab's registry): a fixed `Authorization` value. */
import { describe } from "#services/shared/row/fill.ts";
import { isObject, type Json } from "#services/shared/row/json.ts";
import { readObject } from "#services/shared/row/judge.ts";
import type { Reason } from "#services/shared/row/reason.ts";
import { TYPE_PREFIXES } from "#services/shared/type-owners.ts";
import { malformed, type ParsedEvent } from "../cloudevents/attributes.ts";
import { BATCH_EVENTS_MAX, type Parsed } from "../cloudevents/parse.ts";
import type { RequestHeaders } from "../request-headers.ts";
import { AUTHORIZATION_VALUE, byAuthorization, TAKES_AUTHORIZATION } from "./authorization-value.ts";
import { noEvent, textAt, timeOf, toJsonEvent, toUnreadable, typeSuffix } from "./own-format.ts";
import type { SourceKind } from "./source.ts";

export const distribution: SourceKind = {
  id: "distribution",
  path: "/distribution",
  configure(reader) {
    const values = reader.secrets("DISTRIBUTION_AUTHORIZATION", AUTHORIZATION_VALUE, TAKES_AUTHORIZATION);
    if (values.length === 0) return undefined;
    const authenticate = byAuthorization(values);
    return () => ({
      id: distribution.id,
      path: distribution.path,
      authenticate,
      // It sends again for ever what is answered with 4xx, and all later events wait: no media type is refused.
      modeOf: () => "own",
      parse: parseEnvelope,
    });
  },
};

const [PREFIX] = TYPE_PREFIXES.distribution;
const UNREADABLE = { type: `${PREFIX}unreadable.v1`, source: "distribution" } as const;

/**
 * `{"events": […]}` (https://distribution.github.io/distribution/about/notifications/#envelope). An element that is no
 * event does not keep the others from becoming rows: the whole body is kept beside them, with the place of the first.
 * So it is when there is more in it than events. The registry itself puts one event into a request; of 36,000 tiny ones,
 * which fit into a MiB, the messages would take 230 MB.
 */
function parseEnvelope(_mode: unknown, headers: RequestHeaders, body: Uint8Array): Parsed {
  const unreadable = (reason: Reason) => [toUnreadable(UNREADABLE, headers, body, reason)];
  const read = readObject(body);
  if (read.outcome === "no-object")
    return { outcome: "events", events: [], unreadable: unreadable(read.reason) };
  const { events: elements, ...others } = read.object;
  if (!Array.isArray(elements) || elements.length > BATCH_EVENTS_MAX) {
    const found = elements === undefined ? "nothing" : describe(elements);
    const reason = { pointer: "/events", rule: `an array of at most ${BATCH_EVENTS_MAX} events`, found };
    return { outcome: "events", events: [], unreadable: unreadable(reason) };
  }
  const parsed = (elements as readonly Json[]).map(toOwnEvent);
  const events = parsed.flatMap((one) => (one.outcome === "event" ? [one.event] : []));
  const wrong = parsed.findIndex(({ outcome }) => outcome === "malformed");
  const first = parsed[wrong];
  if (first?.outcome === "malformed")
    return { outcome: "events", events, unreadable: unreadable(noEvent(`/events/${wrong}`, first.detail)) };
  const [other] = Object.keys(others);
  if (other === undefined) return { outcome: "events", events };
  const reason = { pointer: "", rule: "nothing beside the events", found: describe(other) };
  return { outcome: "events", events, unreadable: unreadable(reason) };
}

/** Numbers keep their text; the spaces of the pretty-printed envelope go. */
function toOwnEvent(element: Json): ParsedEvent {
  if (!isObject(element)) return malformed("an event is a JSON object");
  const suffix = typeSuffix(element["action"]);
  if (suffix === undefined) return malformed("action is missing or no word");
  return toJsonEvent(
    {
      id: textAt(element, "id"),
      // The name under which clients know the registry. The node that noticed is a container's name, or changes with it.
      source: textAt(element, "request", "host") || textAt(element, "source", "addr") || UNREADABLE.source,
      type: `${PREFIX}${suffix}.v1`,
      subject: subjectOf(element["target"]),
      time: timeOf(textAt(element, "timestamp")),
    },
    Buffer.from(JSON.stringify(element)),
  );
}

function subjectOf(target: Json | undefined): string | undefined {
  const repository = textAt(target, "repository");
  const tag = textAt(target, "tag");
  const digest = textAt(target, "digest");
  if (!repository) return undefined;
  return tag ? `${repository}:${tag}` : digest ? `${repository}@${digest}` : repository;
}
