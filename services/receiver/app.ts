/** The receiver's routes, and what each outcome is in HTTP. */
import type { HttpBindings } from "@hono/node-server";
import { Hono } from "hono";
import type { Clock } from "#services/shared/clock.ts";
import { reasonOf } from "#services/shared/errors.ts";
import type { Log, LogFields } from "#services/shared/log.ts";
import { type Trace, traceOf } from "#services/shared/trace.ts";
import { readBody } from "./body.ts";
import { BATCH_EVENTS_MAX } from "./cloudevents/parse.ts";
import type { Deadlines } from "./deadlines.ts";
import { type ProblemName, problemOf, problemResponse } from "./problem.ts";
import { readLater } from "./read-later.ts";
import { type KeptEvent, type Outcome, type ReceiveDeps, receive } from "./receive.ts";
import type { Refusals } from "./refusals.ts";
import { requestHeaders } from "./request-headers.ts";
import type { Source } from "./sources/source.ts";
import { answerHandshake } from "./web-hook.ts";

export interface AppDeps extends ReceiveDeps {
  readonly sources: readonly Source[];
  readonly clock: Clock;
  readonly log: Log;
  readonly refusals: Refusals;
  /** Of connections whose requests had no place. */
  readonly pauses: Deadlines;
}

type App = Hono<{ Bindings: HttpBindings; Variables: { trace?: Trace } }>;

export function createApp(deps: AppDeps): App {
  const app: App = new Hono();

  app.get("/health", () => Response.json({ status: "ok" }));
  app.all("/health", () => problem("method-not-allowed", "use GET", { allow: "GET, HEAD" }));

  for (const source of deps.sources) {
    app.post(source.path, async (context) => {
      const begin = deps.clock.now();
      const headers = requestHeaders(context.env.incoming.rawHeaders);
      const trace = traceOf(headers);
      context.set("trace", trace);
      const outcome = await receive(deps, source, {
        headers,
        trace,
        url: context.req.url,
        readBody: (maxBytes) => readBody(context.env.incoming, maxBytes),
      });
      const answer = answerTo(outcome, deps);
      if (outcome.outcome === "overloaded") {
        readLater(context.env.incoming, context.env.outgoing, deps.pauses);
        deps.refusals.add();
        return answer.response;
      }
      logAnswer(deps.log, outcome, answer, {
        source: source.id,
        milliseconds: deps.clock.now() - begin,
        trace,
      });
      return answer.response;
    });
    app.options(source.path, (context) => answerHandshake(context.req.raw.headers));
    app.all(source.path, () =>
      problem("method-not-allowed", "events are posted", { allow: "POST, OPTIONS" }),
    );
  }

  app.notFound(() => problem("not-found", "see the documentation for the addresses of the senders"));
  app.onError((error, context) => {
    const trace = context.get("trace");
    const traced = trace === undefined ? {} : { trace };
    deps.log.error("internal error", { code: "internal-error", reason: reasonOf(error), ...traced });
    return problem("internal-error", "this is not the sender's fault; it is in the receiver's log");
  });
  return app;
}

/** Of a text and plain headers, which the server writes out as they are; `Response.json` makes a stream of them. */
function acceptedResponse(events: number): Response {
  return new Response(`{"accepted":${events}}`, {
    status: 202,
    headers: { "content-type": "application/json" },
  });
}

interface Answer {
  readonly response: Response;
  /** `undefined` for a success. */
  readonly problem?: ProblemName;
}

function answerTo(outcome: Outcome, { maxBodyBytes }: AppDeps): Answer {
  const not = (name: ProblemName, detail: string, index?: number): Answer => ({
    problem: name,
    response: problemResponse(problemOf(name, detail, index), name),
  });
  switch (outcome.outcome) {
    case "accepted":
      return { response: acceptedResponse(outcome.events.length) };
    case "refused":
      return not(outcome.problem, outcome.detail);
    case "undecided":
      return not("issuer-unavailable", "the token could not be checked; send the event again");
    case "not-json": {
      const { response, ...answer } = not(
        "not-json",
        "Content-Type must be application/json, another +json, or application/cloudevents(-batch)+json; in UTF-8, not compressed",
      );
      response.headers.set("accept-encoding", "identity");
      return { ...answer, response };
    }
    case "too-large":
      return not("too-large", `a body has ${maxBodyBytes} bytes at most`);
    case "too-many":
      return not("too-many-events", `a batch has ${BATCH_EVENTS_MAX} events at most`);
    case "cut-short":
      return not("body-cut-short", "the connection ended before the body did");
    case "malformed":
      return not("not-a-cloudevent", outcome.detail, outcome.index);
    case "overloaded":
      return not("overloaded", "send the event again in a moment");
    case "lost":
      return not("storage-unavailable", "nothing could be written; send the event again");
    default:
      return outcome satisfies never;
  }
}

function logAnswer(log: Log, outcome: Outcome, { response, problem }: Answer, fields: LogFields): void {
  const common = { ...fields, status: response.status };
  if (outcome.outcome === "accepted") {
    const { events, misfits, unregistered } = outcome;
    const spilled = events.filter(({ kept }) => kept.where === "spilled").length;
    const receivedAt = new Date(outcome.receivedAt).toISOString();
    const [only, ...others] = events.map((event) => ({ ...whereabouts(event), receivedAt }));
    log.info("accepted", {
      ...common,
      messages: events.length,
      ...(others.length === 0 ? only : {}),
      ...(spilled > 0 ? { spilled } : {}),
      ...(misfits > 0 ? { rejected: misfits } : {}),
      ...(unregistered > 0 ? { unregistered } : {}),
    });
    // The events of a batch have a line each, so that one filter finds an event whichever way it came.
    if (only !== undefined && others.length > 0) {
      for (const event of [only, ...others]) log.info("accepted in a batch", { ...common, ...event });
    }
    return;
  }
  const reason = "detail" in outcome ? outcome.detail : "reason" in outcome ? outcome.reason : undefined;
  const refusal = { ...common, code: problem ?? "", ...(reason === undefined ? {} : { reason }) };
  if (response.status >= 500) log.error("not accepted", refusal);
  else log.warn("refused", refusal);
}

/** What an event is looked for by: its id, and where it was put. */
function whereabouts({ type, id, kept }: KeptEvent): LogFields {
  const event = { type, ceId: id };
  if (kept.where === "published") return { ...event, messageId: kept.messageId };
  return kept.where === "spilled" ? { ...event, object: kept.object } : event;
}

function problem(name: ProblemName, detail: string, headers?: Record<string, string>): Response {
  return problemResponse(problemOf(name, detail), name, headers);
}
