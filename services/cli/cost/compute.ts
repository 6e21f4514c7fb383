/** How long Cloud Run's instances are kept busy, which is what their CPU and memory cost. */
import { RECEIVER_SHAPES, type ReceiverShape } from "#services/shared/receiver-shape.ts";
import type { Assumed } from "./assumptions.ts";
import type { Rounds, Settings } from "./calls.ts";
import { startsAfter, type Traffic, type Workload } from "./traffic.ts";

const DAY = 86_400;

/** vCPUs and GiB of memory (infra/gcp/sizes.ts); of the receiver, services/shared/receiver-shape.ts has them. */
export const SIZES = {
  batcher: { cpus: 1, memory: 0.5 },
  /** Beside small receivers. */
  smallBatcher: { cpus: 0.5, memory: 0.5 },
  loader: { cpus: 0.5, memory: 0.25 },
} as const;

interface Size {
  readonly cpus: number;
  readonly memory: number;
}

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
export function busyWithRequests(
  traffic: Traffic,
  workload: Workload,
  assumed: Assumed,
  shape: ReceiverShape = "shared",
): Busy {
  const { cpus, memoryMib } = RECEIVER_SHAPES[shape];
  const size = { cpus, memory: memoryMib / 1024 };
  const seconds = workload.hours * 3600;
  const starts = startsAfter(assumed.idleSeconds, traffic, workload);
  if (shape === "small") {
    // One request an instance: nobody shares its 100 ms, and less CPU takes longer.
    const each = Math.max(assumed.receiverSeconds, assumed.receiverCpuSeconds / cpus);
    const instances = peakOf(traffic.rate * each);
    // All of them come up again after each pause, and stay as long as one that is shared.
    const starting = starts * instances * assumed.startSeconds;
    return busy(size, traffic.rate * each * seconds, starting, instances);
  }
  const instances = (traffic.rate * assumed.receiverCpuSeconds) / assumed.utilisation;
  const someoneThere =
    shape === "always"
      ? // From a first event until nothing came for as long as an idle instance stays, which is paid, too.
        -Math.expm1(-traffic.rate * assumed.idleSeconds)
      : -Math.expm1(-traffic.rate * assumed.receiverSeconds);
  const mornings = shape === "always" && workload.hours < 24 ? Math.min(starts, 1) * assumed.idleSeconds : 0;
  const serving = Math.max(someoneThere, instances) * seconds + mornings;
  return busy(size, serving, starts * assumed.startSeconds, Math.max(1, Math.ceil(instances)));
}

/** Requests at a time that hardly ever are exceeded: Poisson's mean and four deviations. */
function peakOf(mean: number): number {
  return Math.max(1, Math.ceil(mean + 4 * Math.sqrt(mean)));
}

/**
 * Before it ends, a round of the batcher waits for messages that do not come, while it writes those that it has; longer, if it
 * had none at all.
 */
export function busyDraining(
  rounds: Rounds,
  starts: number,
  events: number,
  settings: Settings,
  assumed: Assumed,
  shape: ReceiverShape,
): Busy {
  const { pullWaitMs, pullAgainMs, pullPatienceMs } = settings.drain;
  const waiting = (rounds.emptyDrains + rounds.rechecks) * (pullWaitMs / 1000);
  const writing = Math.max(pullAgainMs, pullPatienceMs + 1000 * assumed.writeSeconds) / 1000;
  const serving = waiting + rounds.drains * writing + events * assumed.batcherCpuSeconds;
  return busy(shape === "small" ? SIZES.smallBatcher : SIZES.batcher, serving, starts * assumed.startSeconds);
}

/** Types are loaded side by side, LOAD_WORKERS at a time; a job that is not done after a moment is left to run. */
export function busyLoading(
  rounds: Rounds,
  starts: number,
  plansPerRound: number,
  settings: Settings,
  assumed: Assumed,
): Busy {
  const turns = Math.max(1, plansPerRound / settings.load.workers);
  const patience = settings.load.jobPatienceMs / 1000;
  const serving =
    rounds.loads * turns * (assumed.loadSeconds + patience) +
    rounds.resumes * (assumed.resumeSeconds + patience) +
    rounds.emptyLoads * assumed.emptyRoundSeconds;
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
