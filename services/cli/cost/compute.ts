/** How long Cloud Run's instances are kept busy, which is what their CPU and memory cost. */
import type { Assumed } from "./assumptions.ts";
import type { Rounds, Settings } from "./calls.ts";
import { startsAfter, type Traffic, type Workload } from "./traffic.ts";

const DAY = 86_400;

/** vCPUs and GiB of memory (infra/gcp/services.ts). */
export const SIZES = {
  receiver: { cpus: 1, memory: 0.5 },
  batcher: { cpus: 1, memory: 0.5 },
  loader: { cpus: 0.5, memory: 0.25 },
} as const;

type Size = (typeof SIZES)[keyof typeof SIZES];

/** What a service is paid for per day. */
export interface Busy {
  readonly cpuSeconds: number;
  readonly gibSeconds: number;
  /** At a time while there is work; at least one. */
  readonly instances: number;
  /** There is more work than its instances can do. */
  readonly overloaded: boolean;
}

/**
 * A service that answers requests: an instance is paid while at least one request is under way. Few requests hardly
 * ever overlap; many share instances until CPU is the limit.
 */
export function busyWithRequests(traffic: Traffic, workload: Workload, assumed: Assumed): Busy {
  const someUnderWay = -Math.expm1(-traffic.rate * assumed.receiverSeconds);
  const instances = (traffic.rate * assumed.receiverCpuSeconds) / assumed.utilisation;
  const serving = Math.max(someUnderWay, instances) * workload.hours * 3600;
  const starts = startsAfter(assumed.idleSeconds, traffic, workload);
  return busy(SIZES.receiver, serving, starts * assumed.startSeconds, Math.max(1, Math.ceil(instances)));
}

/** Before it ends, a round of the batcher waits for messages that do not come; longer, if it had none at all. */
export function busyDraining(
  rounds: Rounds,
  starts: number,
  events: number,
  settings: Settings,
  assumed: Assumed,
): Busy {
  const waiting = (rounds.emptyDrains + rounds.rechecks) * settings.drain.pullWaitMs;
  const afterwards = rounds.drains * settings.drain.pullAgainMs;
  const serving =
    (waiting + afterwards) / 1000 + rounds.drains * assumed.writeSeconds + events * assumed.batcherCpuSeconds;
  return busy(SIZES.batcher, serving, starts * assumed.startSeconds);
}

/** Types are loaded side by side, LOAD_WORKERS at a time. */
export function busyLoading(
  rounds: Rounds,
  starts: number,
  plansPerRound: number,
  settings: Settings,
  assumed: Assumed,
): Busy {
  const turns = Math.max(1, plansPerRound / settings.load.workers);
  const serving =
    rounds.loads * turns * assumed.loaderSeconds + rounds.emptyLoads * assumed.emptyRoundSeconds;
  return busy(SIZES.loader, serving, starts * assumed.startSeconds);
}

/** The queues let one round run at a time, so that batcher and loader have one instance. */
function busy({ cpus, memory }: Size, serving: number, starting: number, instances = 1): Busy {
  const seconds = Math.min(serving, DAY * instances);
  return {
    cpuSeconds: seconds * cpus + starting,
    gibSeconds: (seconds + starting) * memory,
    instances,
    overloaded: serving > DAY * instances,
  };
}
