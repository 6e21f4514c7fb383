/** How the simulation calls the three services. */
import type { DrainReason } from "#services/batcher/drain.ts";
import type { Source } from "#services/receiver/sources/source.ts";
import type { AlarmName } from "#services/shared/ports.ts";
import type { SentEvent } from "./events.ts";
import type { Instance } from "./instance.ts";

export function batcherCall(name: AlarmName, attempt: number): DrainReason {
  if (name === "recheck") return attempt === 0 ? "recheck" : "drain";
  return name === "spill" ? "spill" : "drain";
}

export function instancePorts(instance: Instance) {
  const { publisher, queue, store, warehouse, alarm, clock, newId, log } = instance;
  return { publisher, queue, store, warehouse, alarm, clock, newId, log, random: () => 0.5 };
}

/** The sender is known; what it posts is one event. */
export function sourceOf({ sender, event }: SentEvent): Source {
  return {
    id: sender,
    path: "/",
    authenticate: async () => ({ outcome: "authenticated", checkBody: () => undefined }),
    modeOf: () => "binary",
    parse: () => ({ outcome: "events", events: [event] }),
  };
}
