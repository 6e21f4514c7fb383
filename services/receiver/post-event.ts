/** One posted event or batch: received, told its sender, and written to the log. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { reasonOf } from "#services/shared/errors.ts";
import type { Log, LogFields } from "#services/shared/log.ts";
import { type Trace, traceOf } from "#services/shared/trace.ts";
import type { AcceptedLog } from "./accepted-log.ts";
import type { Answer } from "./answer.ts";
import { PACE_BYTES, PACE_MS, readBody } from "./body.ts";
import { BATCH_EVENTS_MAX } from "./cloudevents/parse.ts";
import type { Deadlines } from "./deadlines.ts";
import { type ProblemName, problemAnswer } from "./problem.ts";
import { readLater } from "./read-later.ts";
import { type KeptEvent, type Outcome, type ReceiveDeps, receive } from "./receive.ts";
import type { Refusals } from "./refusals.ts";
import { requestHeaders } from "./request-headers.ts";
import type { Source } from "./sources/source.ts";

export interface PostDeps extends ReceiveDeps {
  readonly log: Log;
  readonly refusals: Refusals;
  readonly accepted: AcceptedLog;
  /** Of connections whose requests had no place. */
  readonly pauses: Deadlines;
  /** Of bodies that are being read (body.ts). */
  readonly pace: Deadlines;
}

/** Never rejects: nobody could answer then. @param url the request's, for senders that show a secret in it */
export async function postEvent(
  deps: PostDeps,
  source: Source,
  url: string,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<Answer> {
  let trace: Trace | undefined;
  try {
    const begin = deps.clock.now();
    const headers = requestHeaders(incoming.rawHeaders);
    trace = traceOf(headers);
    const outcome = await receive(deps, source, {
      headers,
      trace,
      url,
      readBody: (maxBytes) => readBody(incoming, maxBytes, deps.pace),
    });
    const told = answerTo(outcome, deps.maxBodyBytes[source.id]);
    if (outcome.outcome === "overloaded") {
      readLater(incoming, outgoing, deps.pauses);
      deps.refusals.add();
    } else {
      logAnswer(deps, outcome, told, {
        source: source.id,
        milliseconds: deps.clock.now() - begin,
        trace,
      });
    }
    return told.answer;
  } catch (error) {
    return internalError(deps.log, error, trace);
  }
}

export function internalError(log: Log, error: unknown, trace?: Trace): Answer {
  log.error("internal error", { code: "internal-error", reason: reasonOf(error), trace });
  return problemAnswer("internal-error", "this is not the sender's fault; it is in the receiver's log");
}

interface Told {
  readonly answer: Answer;
  /** `undefined` for a success. */
  readonly problem?: ProblemName;
}

function answerTo(outcome: Outcome, maxBodyBytes: number): Told {
  const not = (name: ProblemName, detail: string, more?: Parameters<typeof problemAnswer>[2]): Told => ({
    problem: name,
    answer: problemAnswer(name, detail, more),
  });
  switch (outcome.outcome) {
    case "accepted":
      return {
        answer: {
          status: 202,
          headers: { "content-type": "application/json" },
          body: `{"accepted":${outcome.events.length}}`,
        },
      };
    case "refused":
      return not(outcome.problem, outcome.detail);
    case "undecided":
      return not("issuer-unavailable", "the token could not be checked; send the event again");
    case "not-json":
      return not(
        "not-json",
        "Content-Type must be application/json, another +json, or application/cloudevents(-batch)+json; in UTF-8, not compressed",
        { headers: { "accept-encoding": "identity" } },
      );
    case "too-large":
      return not("too-large", `a body has ${maxBodyBytes} bytes at most`);
    case "too-slow":
      return not("body-too-slow", `a body has ${PACE_BYTES} bytes every ${PACE_MS / 1_000} seconds at least`);
    case "repeated-header":
      return not("repeated-header", `${JSON.stringify(outcome.name.slice(0, 40))} may stand once`);
    case "too-many":
      return not("too-many-events", `a batch has ${BATCH_EVENTS_MAX} events at most`);
    case "cut-short":
      return not("body-cut-short", "the connection ended before the body did");
    case "malformed":
      return not("not-a-cloudevent", outcome.detail, outcome);
    case "overloaded":
      return not("overloaded", "send the event again in a moment");
    case "lost":
      return not("storage-unavailable", "nothing could be written; send the event again");
    default:
      return outcome satisfies never;
  }
}

function logAnswer(
  { log, refusals, accepted }: PostDeps,
  outcome: Outcome,
  { answer, problem }: Told,
  fields: LogFields & { readonly source: string; readonly milliseconds: number },
): void {
  const common = { ...fields, status: answer.status };
  if (outcome.outcome === "accepted") {
    const { events, misfits, unregistered, bytes } = outcome;
    const spilled = events.filter(({ kept }) => kept.where === "spilled").length;
    const { source, milliseconds } = fields;
    accepted.add(source, { events: events.length, bytes, spilled, misfits, unregistered, milliseconds });
    const receivedAt = new Date(outcome.receivedAt).toISOString();
    const [only, ...others] = events.map((event) => ({ ...whereabouts(event), receivedAt }));
    log.debug("accepted", {
      ...common,
      messages: events.length,
      ...(others.length === 0 ? only : {}),
      ...(spilled > 0 ? { spilled } : {}),
      ...(misfits > 0 ? { rejected: misfits } : {}),
      ...(unregistered > 0 ? { unregistered } : {}),
    });
    // The events of a batch have a line each, so that one filter finds an event whichever way it came.
    if (only !== undefined && others.length > 0) {
      for (const event of [only, ...others]) log.debug("accepted in a batch", { ...common, ...event });
    }
    return;
  }
  const code = problem ?? "internal-error";
  // Those of our own faults are an event each that may be lost, and no stranger can cause them.
  if (outcome.outcome !== "lost" && !refusals.mayWrite(code)) return;
  const reason = "detail" in outcome ? outcome.detail : "reason" in outcome ? outcome.reason : undefined;
  const refusal = { ...common, code, ...(reason === undefined ? {} : { reason }) };
  if (answer.status >= 500) log.error("not accepted", refusal);
  else log.warn("refused", refusal);
}

/** What an event is looked for by: its id, and where it was put. */
function whereabouts({ type, id, kept }: KeptEvent): LogFields {
  const event = { type, ceId: id };
  if (kept.where === "published") return { ...event, messageId: kept.messageId };
  return kept.where === "spilled" ? { ...event, object: kept.object } : event;
}
