/** The way of one request, from top to bottom: `accepted` only after every event is in Pub/Sub or in the spill. */
import type { Clock } from "#services/shared/clock.ts";
import type { CloudEvent } from "#services/shared/event.ts";
import { type Message, type Receipt, toMessage } from "#services/shared/message.ts";
import { judge } from "#services/shared/row/judge.ts";
import type { Reason } from "#services/shared/row/reason.ts";
import type { Registry } from "#services/shared/schema/registry.ts";
import type { Body } from "./body.ts";
import type { Malformed } from "./cloudevents/attributes.ts";
import type { Durable } from "./durable.ts";
import type { Privacy } from "./privacy/privacy.ts";
import type { Slots } from "./slots.ts";
import type { Refusal, RequestHead, Sender, Source, Undecided } from "./sources/source.ts";
import type { Waker } from "./waker.ts";

export interface Request extends RequestHead {
  readonly readBody: (maxBytes: number) => Promise<Body>;
}

export interface ReceiveDeps {
  readonly registry: Registry;
  readonly durable: Durable;
  readonly waker: Waker;
  readonly privacy: Privacy;
  /** Requests whose bodies and events may be in memory at once. */
  readonly inFlight: Slots;
  readonly clock: Clock;
  readonly maxBodyBytes: number;
}

interface Accepted {
  readonly outcome: "accepted";
  readonly events: number;
  /** Of these, how many Pub/Sub did not take. */
  readonly spilled: number;
  /** Of these, how many do not fit their schema, … */
  readonly misfits: number;
  /** … or have none. */
  readonly unregistered: number;
  /** Type and id, if it was one event. */
  readonly only?: Pick<CloudEvent, "type" | "id">;
}

export type Outcome =
  | Accepted
  | Refusal
  | Undecided
  | Malformed
  | Exclude<Body, { outcome: "read" }>
  | { readonly outcome: "too-many" }
  | { readonly outcome: "not-json" }
  | { readonly outcome: "overloaded" }
  | { readonly outcome: "lost"; readonly events: number };

export async function receive(deps: ReceiveDeps, source: Source, request: Request): Promise<Outcome> {
  if (Number(request.headers.get("content-length")) > deps.maxBodyBytes) return { outcome: "too-large" };
  const sender = await source.authenticate(request);
  if (sender.outcome !== "authenticated") return sender;
  // A body takes memory, so it is read only for a sender that we know, and only while there is room.
  const done = await deps.inFlight.run(() => receiveBody(deps, source, sender, request));
  return done === "full" ? { outcome: "overloaded" } : done;
}

async function receiveBody(
  deps: ReceiveDeps,
  source: Source,
  sender: Sender,
  { headers, readBody }: Request,
): Promise<Outcome> {
  const mode = source.modeOf(headers);
  if (mode === undefined) return { outcome: "not-json" };
  const body = await readBody(deps.maxBodyBytes);
  if (body.outcome !== "read") return body;
  const refusal = sender.checkBody(body.bytes);
  if (refusal !== undefined) return refusal;
  // Before it is parsed: the id of some senders' events is a digest of the body, which must not tell what was taken out.
  const parsed = source.parse(mode, headers, deps.privacy.body(body.bytes));
  if (parsed.outcome !== "events") return parsed;

  const receivedAt = deps.clock.now();
  const incoming = [...parsed.events.map((event) => ({ event })), ...(parsed.unreadable ?? [])];
  const judged = incoming.map(({ event: whole, reason }: { event: CloudEvent; reason?: Reason }) => {
    const event = deps.privacy.event(whole);
    const { fit } = judge(deps.registry, event, reason);
    return { event, fit, receipt: receiptOf(source, sender, receivedAt, fit, reason) };
  });
  const messages = judged.map(({ event, receipt }) => toMessage(event, receipt));
  const kept = await Promise.all(messages.map((message: Message) => deps.durable.keep(message)));
  const lost = kept.filter((where) => where === "lost").length;
  if (lost > 0) return { outcome: "lost", events: lost };
  if (messages.length > 0) await deps.waker.wake();

  const [first] = judged;
  return {
    outcome: "accepted",
    events: messages.length,
    spilled: kept.filter((where) => where === "spilled").length,
    misfits: judged.filter(({ fit }) => fit === "misfit").length,
    unregistered: judged.filter(({ fit }) => fit === "unregistered").length,
    ...(first === undefined || messages.length > 1
      ? {}
      : { only: { type: first.event.type, id: first.event.id } }),
  };
}

function receiptOf(
  source: Source,
  { recipientGroup }: Sender,
  receivedAt: number,
  fit: NonNullable<Receipt["fit"]>,
  unreadable: Reason | undefined,
): Receipt {
  return {
    source: source.id,
    receivedAt,
    ...(recipientGroup === undefined ? {} : { recipientGroup }),
    fit,
    ...(unreadable === undefined ? {} : { unreadable }),
  };
}
