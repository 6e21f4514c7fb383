/** How many windows have events, when they come at random: what is paid for by the window follows from it. */

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
}

/** All per day. */
export interface Traffic {
  /** Events a second while there are any. */
  readonly rate: number;
  /** Windows with at least one event. */
  readonly windows: number;
  /** Pairs of a window and a type that has an event in it. */
  readonly typeWindows: number;
  /** Windows without events that follow one with events. */
  readonly ends: number;
}

const HOUR = 3600;

/** Events that come independently of each other: a window has none with the probability e^-mean (Poisson). */
export function trafficOf({ eventsPerDay, types, windowSeconds, hours }: Workload): Traffic {
  const rate = eventsPerDay / (hours * HOUR);
  const all = (hours * HOUR) / windowSeconds;
  const busy = -Math.expm1(-rate * windowSeconds);
  const busyOfType = -Math.expm1((-rate * windowSeconds) / types);
  // The window after the last one of a day has no events, unless the day has no end.
  const atNight = hours < 24 ? busy : 0;
  return {
    rate,
    windows: all * busy,
    typeWindows: all * types * busyOfType,
    ends: all * busy * (1 - busy) + atNight * busy,
  };
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
