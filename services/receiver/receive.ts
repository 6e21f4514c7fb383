/** The way of one request, from top to bottom: `accepted` only after every event is in Pub/Sub or in the spill. */
import type { Clock } from "#services/shared/clock.ts";
import { toMessage } from "#services/shared/message.ts";
import { judge } from "#services/shared/row/judge.ts";
import type { Registry } from "#services/shared/schema/registry.ts";
import type { Trace } from "#services/shared/trace.ts";
import type { SenderId, TypeOwners } from "#services/shared/type-owners.ts";
import type { Body } from "./body.ts";
import type { Malformed } from "./cloudevents/attributes.ts";
import type { Durable, Kept } from "./durable.ts";
import { type FairSlots, slotsFor } from "./fair-slots.ts";
import type { Privacy } from "./privacy/privacy.ts";
import type { Refusal, RequestHead, Sender, Source, Undecided } from "./sources/source.ts";
import type { Waker } from "./waker.ts";

export interface Request extends RequestHead {
  readonly readBody: (maxBytes: number) => Promise<Body>;
  readonly trace: Trace;
}

export interface ReceiveDeps {
  readonly registry: Registry;
  readonly durable: Durable;
  readonly waker: Waker;
  readonly privacy: Privacy;
  readonly owners: TypeOwners;
  /** Requests whose bodies and events may be in memory at once. */
  readonly inFlight: FairSlots;
  readonly clock: Clock;
  readonly maxBodyBytes: BodyLimits;
}

/** The largest body that each sender may post. */
export type BodyLimits = Readonly<Record<SenderId, number>>;

/** One event, and what it is found by further on. */
export interface KeptEvent {
  readonly type: string;
  readonly id: string;
  readonly kept: Kept;
}

interface Accepted {
  readonly outcome: "accepted";
  readonly events: readonly KeptEvent[];
  /** Milliseconds since the epoch; in each event's row. */
  readonly receivedAt: number;
  /** Of these, how many do not fit their schema, … */
  readonly misfits: number;
  /** … or have none. */
  readonly unregistered: number;
  /** Of the body. */
  readonly bytes: number;
}

export type Outcome =
  | Accepted
  | Refusal
  | Undecided
  | Malformed
  | Exclude<Body, { outcome: "read" }>
  | { readonly outcome: "repeated-header"; readonly name: string }
  | { readonly outcome: "too-many" }
  | { readonly outcome: "not-json" }
  | { readonly outcome: "overloaded" }
  | { readonly outcome: "lost"; readonly events: number };

export async function receive(deps: ReceiveDeps, source: Source, request: Request): Promise<Outcome> {
  const { repeated } = request.headers;
  if (repeated !== undefined) return { outcome: "repeated-header", name: repeated };
  const maxBytes = deps.maxBodyBytes[source.id];
  const declared = request.headers.get("content-length");
  // Without a declared length it may be the largest.
  const bytes = declared === null ? maxBytes : Number(declared);
  if (bytes > maxBytes) return { outcome: "too-large" };
  // To check a signature takes a third of what an event takes: not for a request that has no place anyway.
  if (deps.inFlight.isFull(source.id, source.checking?.())) return { outcome: "overloaded" };
  const sender = await source.authenticate(request);
  if (sender.outcome !== "authenticated") return sender;
  // A body takes memory, so it is read only for a sender that we know, and only while there is room.
  const task = () => receiveBody(deps, source, sender, request);
  const done = await deps.inFlight.run(source.id, slotsFor(bytes), task);
  return done === "full" ? { outcome: "overloaded" } : done;
}

async function receiveBody(
  deps: ReceiveDeps,
  source: Source,
  sender: Sender,
  { headers, readBody, trace }: Request,
): Promise<Outcome> {
  const mode = source.modeOf(headers);
  if (mode === undefined) return { outcome: "not-json" };
  const body = await readBody(deps.maxBodyBytes[source.id]);
  if (body.outcome !== "read") return body;
  const refusal = sender.checkBody(body.bytes);
  if (refusal !== undefined) return refusal;
  // Before it is parsed: the id of some senders' events is a digest of the body, which must not tell what was taken out.
  const scrubbed = deps.privacy.body(body.bytes);
  const parsed = source.parse(mode, headers, scrubbed);
  if (parsed.outcome !== "events") return parsed;

  const receivedAt = deps.clock.now();
  const incoming = [
    ...parsed.events.map((event) => ({ event, reason: deps.owners.reasonAgainst(source.id, event.type) })),
    ...(parsed.unreadable ?? []),
  ];
  const judged = incoming.map(({ event: whole, reason }) => {
    const event = deps.privacy.event(whole, scrubbed);
    const { fit } = judge(deps.registry, event, reason);
    const { recipientGroup } = sender;
    const receipt = { source: source.id, receivedAt, recipientGroup, fit, unreadable: reason, trace };
    return { event, fit, receipt };
  });
  const events = await Promise.all(
    judged.map(async ({ event, receipt }): Promise<KeptEvent> => {
      const kept = await deps.durable.keep(toMessage(event, receipt), trace);
      return { type: event.type, id: event.id, kept };
    }),
  );
  const lost = events.filter(({ kept }) => kept.where === "lost").length;
  // Those of its batch that are kept need not wait for another event, whatever the sender is told.
  const isSpilled = events.some(({ kept }) => kept.where === "spilled");
  if (events.length > lost) await deps.waker.wake(isSpilled ? "spill" : "drain");
  if (lost > 0) return { outcome: "lost", events: lost };

  return {
    outcome: "accepted",
    events,
    receivedAt,
    misfits: judged.filter(({ fit }) => fit === "misfit").length,
    unregistered: judged.filter(({ fit }) => fit === "unregistered").length,
    bytes: body.bytes.length,
  };
}
