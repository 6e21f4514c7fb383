/** How many drains have events, when these come at random: what is paid for by the drain follows from it. */
import { paceOf } from "#services/batcher/pace.ts";
import type { ReceiverShape } from "#services/shared/receiver-shape.ts";
import { drainStepMs } from "#services/shared/window.ts";

export interface Workload {
  readonly eventsPerDay: number;
  /** Of the event's data. */
  readonly eventBytes: number;
  /** Event types with a table of their own, all as frequent. */
  readonly types: number;
  readonly windowSeconds: number;
  /** The hours of a day in which events come; in the others there are none. */
  readonly hours: number;
  /** How long rows and objects are kept. */
  readonly retentionDays: number;
  /** Senders whose credentials are in Secret Manager. */
  readonly secrets: number;
  /** Of the receiver, where it is not the one that the events call for. */
  readonly receiver?: ReceiverShape;
  /** Whether a load balancer is in front of the receivers. */
  readonly loadBalancer?: true;
}

/** All per day. */
export interface Traffic {
  /** Events a second while there are any. */
  readonly rate: number;
  /** Seconds between two drains, where many events come less than a window, … */
  readonly stepSeconds: number;
  /** … and how many a window then has. */
  readonly drainsPerWindow: number;
  /** Drains with at least one event. */
  readonly windows: number;
  /** Pairs of a drain and a type that has an event in it. */
  readonly typeWindows: number;
  /** Drains without events that follow one with events. */
  readonly ends: number;
}

const HOUR = 3600;

/** Events that come independently of each other: a window has none with the probability e^-mean (Poisson). */
export function trafficOf({ eventsPerDay, types, windowSeconds, hours }: Workload): Traffic {
  const rate = eventsPerDay / (hours * HOUR);
  const stepSeconds = drainStepMs(1000 * windowSeconds, paceOf(rate)) / 1000;
  const all = (hours * HOUR) / stepSeconds;
  const busy = -Math.expm1(-rate * stepSeconds);
  const busyOfType = -Math.expm1((-rate * stepSeconds) / types);
  const early = earlyDrains(rate, eventsPerDay, windowSeconds);
  // The window after the last one of a day has no events, unless the day has no end.
  const atNight = hours < 24 ? busy : 0;
  return {
    rate,
    stepSeconds,
    drainsPerWindow: windowSeconds / stepSeconds,
    windows: all * busy + early,
    typeWindows: all * types * busyOfType + early,
    ends: all * busy * (1 - busy) + atNight * busy,
  };
}

/**
 * An event after a pause of a window has a drain at the end of the quarter (`services/receiver/waker.ts`). That is one more
 * where other events come before the window's end.
 */
function earlyDrains(rate: number, eventsPerDay: number, windowSeconds: number): number {
  const step = drainStepMs(1000 * windowSeconds, 4) / 1000;
  const parts = Math.round(windowSeconds / step);
  // As often in each part of the window; behind the last one nothing is left of it.
  const noneLater = Array.from({ length: parts }, (_none, part) => Math.exp(-rate * step * part));
  const share = noneLater.reduce((sum, none) => sum + none, 0) / parts;
  return eventsPerDay * Math.exp(-rate * windowSeconds) * (1 - share);
}

/** How often a day an event comes after a pause so long that no instance is left. */
export function startsAfter(
  pauseSeconds: number,
  { rate }: Traffic,
  { eventsPerDay, hours }: Workload,
): number {
  const pauses = eventsPerDay * Math.exp(-rate * pauseSeconds);
  const mornings = hours < 24 && eventsPerDay > 0 ? -Math.expm1(-eventsPerDay) : 0;
  return Math.min(eventsPerDay, pauses + mornings);
}
