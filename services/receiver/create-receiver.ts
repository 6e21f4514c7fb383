/** The receiver from its settings and ports: the same in production and in the tests. */
import type { ClientErrorStatus } from "#services/shared/client-errors.ts";
import type { Clock } from "#services/shared/clock.ts";
import type { HttpApp } from "#services/shared/http.ts";
import { type Late, late } from "#services/shared/late.ts";
import type { Log } from "#services/shared/log.ts";
import type { Alarm, NewId, Publisher, Store } from "#services/shared/ports.ts";
import type { Registry } from "#services/shared/schema/registry.ts";
import { createTypeOwners } from "#services/shared/type-owners.ts";
import { AcceptedLog } from "./accepted-log.ts";
import { responseOf, writeAnswer } from "./answer.ts";
import { PACE_MS } from "./body.ts";
import type { ReceiverConfig } from "./config.ts";
import { Deadlines } from "./deadlines.ts";
import { Durable } from "./durable.ts";
import { FairSlots } from "./fair-slots.ts";
import { internalError, type PostDeps, postEvent } from "./post-event.ts";
import { createPrivacy } from "./privacy/privacy.ts";
import { PROBLEMS, type ProblemName, problemAnswer } from "./problem.ts";
import { Refusals } from "./refusals.ts";
import type { Source } from "./sources/source.ts";
import { Waker } from "./waker.ts";

export interface ReceiverPorts {
  readonly publisher: Publisher & Partial<Late>;
  readonly store: Pick<Store, "create">;
  readonly alarm: Alarm;
  readonly registry: Registry;
  readonly clock: Clock;
  readonly newId: NewId;
  readonly log: Log;
}

/**
 * A request that finds all slots taken stands in line for so long beyond the time that Pub/Sub gets: when Pub/Sub
 * stops to answer, the slots come free as their events go to the spill.
 */
const LINE_WAIT_MS = 1_000;
/** People in line per slot; their bodies are not read yet, so they cost little. */
const LINE_PER_SLOT = 8;

export function createReceiver(config: ReceiverConfig, ports: ReceiverPorts) {
  const { clock, log } = ports;
  const sources = config.sources.map((create) => create({ clock, log }));
  for (const source of sources) source.warm?.();
  const waker = new Waker({ ...ports, windowMs: config.windowMs });
  const refusals = new Refusals(clock, log);
  const accepted = new AcceptedLog(clock, log);
  const deps = {
    ...ports,
    refusals,
    accepted,
    pauses: new Deadlines(1_000 * PROBLEMS.overloaded.retryAfter, clock),
    waker,
    privacy: createPrivacy(config.privacy),
    owners: createTypeOwners(config.typePrefixes, (type) => ports.registry.find(type) !== undefined),
    durable: new Durable({ ...config, ...ports }),
    inFlight: new FairSlots(
      {
        slots: config.maxInFlight,
        waiting: config.maxInFlight * LINE_PER_SLOT,
        waitMs: config.publishTimeoutMs + LINE_WAIT_MS,
        sources: sources.map(({ id }) => id),
      },
      clock,
    ),
    pace: new Deadlines(PACE_MS, clock),
    maxBodyBytes: config.maxBodyBytes,
  };
  return {
    app: appOf(deps, sources),
    close: () => {
      refusals.flush();
      accepted.flush();
      return waker.close();
    },
  };
}

const UNREADABLE = {
  400: "not-http",
  408: "request-too-slow",
  413: "too-large",
  431: "headers-too-large",
} as const satisfies Record<ClientErrorStatus, ProblemName>;

/**
 * An event at a sender's plain address is answered without a framework; whatever else is asked, events at other spellings of
 * it included, is for the routes, which are read when somebody does.
 */
function appOf(deps: PostDeps, sources: readonly Source[]): HttpApp {
  const plain = new Map<string, Source>();
  for (const source of sources) if (!source.path.includes(":")) plain.set(source.path, source);
  const routes = late(async () => {
    const { createApp } = await import("./app.ts");
    return createApp(deps, sources);
  }, ["fetch"]);
  return {
    take(incoming, outgoing) {
      const source = incoming.method === "POST" ? plain.get(incoming.url ?? "") : undefined;
      if (source === undefined) return false;
      void postEvent(deps, source, source.path, incoming, outgoing).then((answer) =>
        writeAnswer(answer, incoming, outgoing),
      );
      return true;
    },
    unreadable(status) {
      const problem = UNREADABLE[status];
      deps.refusals.add(problem);
      return problemAnswer(problem, "the request did not become one; nothing of it is kept");
    },
    async fetch(request, bindings) {
      try {
        return await routes.fetch(request, bindings);
      } catch (error) {
        return responseOf(internalError(deps.log, error));
      }
    },
  };
}
