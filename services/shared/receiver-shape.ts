/** What a receiver is on Cloud Run, by the events that are expected: the deployment makes it, the cost model prices it. */

export const RECEIVER_SHAPES = {
  /** Requests share an instance, and each of its seconds in which there is one is paid. */
  shared: { cpus: 1, memoryMib: 512, concurrency: 100, instancesPerReceiver: 1, billing: "requests" },
  /**
   * A request has an instance for itself, as less than one vCPU demands, and pays a fifth of one for its 100 ms; 512 MiB are the
   * most that half a vCPU may not have (https://cloud.google.com/run/docs/configuring/services/cpu). Five are one of the others.
   */
  small: { cpus: 0.2, memoryMib: 512, concurrency: 1, instancesPerReceiver: 5, billing: "requests" },
  /** Whole lives of instances are paid, at less per second and without a fee per request. */
  always: { cpus: 1, memoryMib: 512, concurrency: 100, instancesPerReceiver: 1, billing: "instances" },
} as const;

export type ReceiverShape = keyof typeof RECEIVER_SHAPES;

/** Events a day from which `small` saves five dollars a month, which is what its bursts are worth (test/unit/cost/shapes.test.ts). */
export const SMALL_FROM = 75_000;
/** Events a day from which `always` is the cheapest (the same test). */
export const ALWAYS_FROM = 1_500_000;

/** @param eventsPerDay as expected; `undefined` where nobody said */
export function receiverShape(eventsPerDay: number | undefined): ReceiverShape {
  if (eventsPerDay === undefined || eventsPerDay < SMALL_FROM) return "shared";
  return eventsPerDay < ALWAYS_FROM ? "small" : "always";
}
