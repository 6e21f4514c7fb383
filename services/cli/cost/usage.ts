/** What a day makes the pipeline do: its calls, and how long each of its services is busy. */
import { type ReceiverShape, receiverShape } from "#services/shared/receiver-shape.ts";
import { loadsPerDrain } from "#services/shared/window.ts";
import type { Assumed } from "./assumptions.ts";
import { type Calls, callsOf, type Settings } from "./calls.ts";
import { type Busy, busyDraining, busyLoading, busyWithRequests } from "./compute.ts";
import { startsAfter, type Traffic, trafficOf, type Workload } from "./traffic.ts";

/** A deployment's day as it was counted, in place of what follows from the workload and the assumptions. */
export interface CountedDay {
  readonly plans: number;
  readonly objects: number;
  readonly drains?: {
    /** Those that wrote objects, … */
    readonly windows: number;
    /** … those of them after which a window had nothing, … */
    readonly ends: number;
    /** … and those after a pause so long that no instance was left. */
    readonly starts: number;
  };
  /** Billed for all MERGEs, … */
  readonly mergeBytes?: number;
  /** … and for all statements that count days. */
  readonly rollupBytes?: number;
}

export interface Model {
  readonly workload: Workload;
  readonly settings: Settings;
  readonly assumed: Assumed;
  /** With an `eventsPerDay` above 0 only. */
  readonly counted?: CountedDay;
}

type PerService<T> = Readonly<Record<"receiver" | "batcher" | "loader", T>>;

export interface Usage {
  readonly calls: Calls;
  readonly requests: PerService<number>;
  readonly busy: PerService<Busy>;
  /** How often a receiver starts; each start reads the secrets. */
  readonly receiverStarts: number;
  readonly shape: ReceiverShape;
}

/** Of a deployment whose `eventsPerDay` is right, if nobody chose one. */
export function shapeOf({ receiver, eventsPerDay }: Workload): ReceiverShape {
  return receiver ?? receiverShape(eventsPerDay);
}

/** The first look is four seconds after the plan, the next ones come every two (services/loader/load.ts). */
export function resumesOf(inline: boolean, { loadJobSeconds, mergeSeconds, bookSeconds }: Assumed): number {
  const [first, next] = [5, 2];
  const jobs = inline ? mergeSeconds : loadJobSeconds;
  const merge = inline ? 0 : mergeSeconds / next;
  return 1 + Math.max(0, (jobs - first) / next) + merge + Math.max(1, bookSeconds / next);
}

function trafficAs({ workload, counted }: Model): Traffic {
  const traffic = trafficOf(workload);
  if (counted === undefined) return traffic;
  const { windows, ends } = counted.drains ?? traffic;
  return { ...traffic, windows, ends, typeWindows: counted.plans };
}

export function usageOf(model: Model): Usage {
  const { workload, settings, assumed, counted } = model;
  const { eventsPerDay, eventBytes } = workload;
  const traffic = trafficAs(model);
  const shape = shapeOf(workload);
  const receiver = busyWithRequests(traffic, workload, assumed, shape);
  const windowMs = 1000 * workload.windowSeconds;
  const drainMs = (1000 * eventsPerDay * assumed.batcherCpuSeconds) / Math.max(1, traffic.windows);
  const rowsOfPlan = eventsPerDay / Math.max(1, traffic.typeWindows);
  const calls = callsOf(traffic, settings, {
    eventsPerDay,
    // The names of its fields are in a row, too.
    rowCharacters: eventBytes + assumed.attributeBytes,
    // Counted plans are those of all loads.
    loadsOfDrain: counted === undefined ? loadsPerDrain(drainMs, windowMs) : 1,
    resumesOfPlan: resumesOf(isInline(rowsOfPlan, { workload, assumed }), assumed),
    receivers: receiver.instances,
    safetyNet: assumed.safetyNetRounds,
    ...(counted === undefined ? {} : { objects: counted.objects }),
  });
  const receiverStarts = counted?.drains?.starts ?? startsAfter(assumed.idleSeconds, traffic, workload);
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
      batcher: busyDraining(calls, starts, eventsPerDay, settings, assumed, shape),
      loader: busyLoading(calls, starts, plansPerRound, settings, assumed),
    },
    receiverStarts,
    shape,
  };
}

/** Bytes of a row as the MERGE's parameter has it, of its bytes in an object; two thirds were measured. */
const PARAMETER_SHARE = 2 / 3;
/** services/loader/inline-rows.ts */
const PARAMETER_MAX_BYTES = 9_500_000;

/** Whether the rows of a plan go as a parameter of its MERGE. */
export function isInline(
  rows: number,
  { workload, assumed }: { readonly workload: Pick<Workload, "eventBytes">; readonly assumed: Assumed },
): boolean {
  return rows * (workload.eventBytes + assumed.attributeBytes) * PARAMETER_SHARE <= PARAMETER_MAX_BYTES;
}
