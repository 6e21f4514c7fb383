/** What a day makes the pipeline do: its calls, and how long each of its services is busy. */
import { loadsPerWindow } from "#services/shared/window.ts";
import type { Assumed } from "./assumptions.ts";
import { type Calls, callsOf, type Settings } from "./calls.ts";
import { type Busy, busyDraining, busyLoading, busyWithRequests } from "./compute.ts";
import { startsAfter, trafficOf, type Workload } from "./traffic.ts";

export interface Model {
  readonly workload: Workload;
  readonly settings: Settings;
  readonly assumed: Assumed;
}

type PerService<T> = Readonly<Record<"receiver" | "batcher" | "loader", T>>;

export interface Usage {
  readonly calls: Calls;
  readonly requests: PerService<number>;
  readonly busy: PerService<Busy>;
  /** How often a receiver starts; each start reads the secrets. */
  readonly receiverStarts: number;
}

export function usageOf({ workload, settings, assumed }: Model): Usage {
  const { eventsPerDay, eventBytes } = workload;
  const traffic = trafficOf(workload);
  const receiver = busyWithRequests(traffic, workload, assumed);
  const windowMs = 1000 * workload.windowSeconds;
  const drainMs = (1000 * eventsPerDay * assumed.batcherCpuSeconds) / Math.max(1, traffic.windows);
  const calls = callsOf(traffic, settings, {
    eventsPerDay,
    // The names of its fields are in a row, too.
    rowCharacters: eventBytes + assumed.attributeBytes,
    loadsOfWindow: loadsPerWindow(drainMs, windowMs),
    receivers: receiver.instances,
    safetyNet: assumed.safetyNetRounds,
  });
  const receiverStarts = startsAfter(assumed.idleSeconds, traffic, workload);
  // The others sleep and wake with it; the safety net finds them asleep.
  const starts = Math.min(receiverStarts, calls.drains) + assumed.safetyNetRounds;
  const plansPerRound = calls.loads === 0 ? 0 : calls.plans / calls.loads;
  return {
    calls,
    requests: {
      receiver: eventsPerDay,
      batcher: calls.drains + calls.emptyDrains + calls.rechecks,
      loader: calls.loads + calls.emptyLoads,
    },
    busy: {
      receiver,
      batcher: busyDraining(calls, starts, eventsPerDay, settings, assumed),
      loader: busyLoading(calls, starts, plansPerRound, settings, assumed),
    },
    receiverStarts,
  };
}
