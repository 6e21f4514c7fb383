/** The calls that the pipeline makes in a day, counted along its code; the live pipeline is held against it in a test. */
import type { BatcherConfig } from "#services/batcher/config.ts";
import { BACKLOG } from "#services/batcher/drain-queue.ts";
import type { LoaderConfig } from "#services/loader/config.ts";
import { RESUMES_MAX } from "#services/loader/load.ts";
import type { Traffic } from "./traffic.ts";

/** What of the services' settings decides how many calls there are. */
export interface Settings {
  readonly drain: BatcherConfig["limits"];
  readonly load: LoaderConfig["limits"];
}

/** Rounds, by how they come about. */
export interface Rounds {
  /** That write objects, … */
  readonly drains: number;
  /** … find nothing, because the round before has taken all, … */
  readonly emptyDrains: number;
  /** … and look once more when every loan has ended. */
  readonly rechecks: number;
  /** That make plans, … */
  readonly loads: number;
  /** … go on with one whose job was left to run, … */
  readonly resumes: number;
  /** … and find nothing. */
  readonly emptyLoads: number;
}

export interface Calls extends Rounds {
  /** Objects of events; each has a pending mark beside it. */
  readonly objects: number;
  /** One per type and round with something to load. */
  readonly plans: number;
  readonly pulls: number;
  /** Pulls that give something. */
  readonly fullPulls: number;
  readonly tasksCreated: number;
  readonly tasksRun: number;
  /** Cloud Storage: creating and listing. */
  readonly classA: number;
  /** Cloud Storage: reading, content and metadata each. Deleting is free. */
  readonly classB: number;
}

/** A load lists marks, and plans if there are none. */
const LISTS = { load: 1, emptyLoad: 2 } as const;
/** A plan is looked for, made, and read; so are its objects' marks and, where its rows go as a parameter, its objects. */
const PLAN = { creates: 1, reads: 2 } as const;
/** The spill is listed when a receiver says so, at each second look, and by a process every five minutes. */
const SPILL_EVERY_SECONDS = 300;

/**
 * A run of drains with events costs one empty round of each service and one recheck: whoever worked asks for the next one, and
 * only an empty round ends the chain.
 * @param safetyNet calls of the safety net, to each service
 */
function roundsOf(
  { windows, ends }: Traffic,
  of: { loadsOfDrain: number; resumes: number; safetyNet: number },
): Rounds {
  return {
    drains: windows,
    emptyDrains: ends + of.safetyNet,
    rechecks: ends + of.safetyNet,
    loads: windows * of.loadsOfDrain,
    resumes: of.resumes,
    emptyLoads: ends + of.safetyNet,
  };
}

/**
 * The most that a day without faults asks for; a drain in which one worker gets everything writes fewer objects.
 * @param rowCharacters of a row, as the batcher writes it
 * @param loadsOfDrain one, and more where a drain is not done when its load begins
 * @param resumesOfPlan how often a plan is gone on with, as its jobs take longer than a round waits
 * @param receivers instances that ask for alarms
 * @param safetyNet calls of the safety net, to each service; Cloud Scheduler makes them, not Cloud Tasks
 * @param objects as counted; left out, as many as the workers write
 */
export function callsOf(
  traffic: Traffic,
  { drain }: Settings,
  of: {
    eventsPerDay: number;
    rowCharacters: number;
    loadsOfDrain: number;
    resumesOfPlan: number;
    receivers: number;
    safetyNet: number;
    objects?: number;
  },
): Calls {
  const plans = traffic.typeWindows * of.loadsOfDrain;
  const areFew = traffic.typeWindows <= traffic.windows * RESUMES_MAX;
  const resumes = areFew ? plans * of.resumesOfPlan : 0;
  // Of many types, each round that goes on with them is one like the first.
  const loadsOfDrain = of.loadsOfDrain * (areFew ? 1 : 1 + of.resumesOfPlan);
  const rounds = roundsOf(traffic, { ...of, loadsOfDrain, resumes });
  const batchMessages = Math.min(drain.batchMaxMessages, drain.batchMaxSize / of.rowCharacters);
  // The others begin when a pull of the first has shown a backlog.
  const workers = of.eventsPerDay >= traffic.windows * BACKLOG ? drain.workers : 1;
  const objects = of.objects ?? objectsOf(traffic, workers, of.eventsPerDay, batchMessages);
  const allDrains = rounds.drains + rounds.emptyDrains + rounds.rechecks;
  const allLoads = rounds.loads + resumes + rounds.emptyLoads;
  const firstPulls = traffic.ends * workers * FIRST_PULLS;
  const fullPulls = of.eventsPerDay / messagesPerPull(traffic, of.eventsPerDay) + firstPulls;
  return {
    ...rounds,
    objects,
    plans,
    // The last pull waits in vain, of each worker that has been at work.
    pulls: rounds.drains * workers + rounds.emptyDrains + rounds.rechecks + fullPulls,
    fullPulls,
    // Receivers ask once a window, the batcher for the next drain and for each load, the loader after each and for each resume.
    tasksCreated:
      traffic.windows * (of.receivers / traffic.drainsPerWindow + 1) +
      2 * rounds.loads +
      resumes +
      rounds.rechecks,
    tasksRun: allDrains + allLoads - 2 * of.safetyNet,
    ...storageCalls({ ...rounds, spillLooks: spillLooks(rounds, traffic), objects, plans }),
  };
}

/** A process that drains all the time looks every five minutes; one that does so rarely is new each time. */
function spillLooks({ drains, emptyDrains, rechecks }: Rounds, { stepSeconds }: Traffic): number {
  return rechecks + (drains + emptyDrains) * Math.min(1, stepSeconds / SPILL_EVERY_SECONDS);
}

/**
 * What Cloud Storage is asked.
 * @param done looks into the spill, rounds of the loader by their kind, the objects of events, and the plans made of them
 */
export function storageCalls(
  done: Pick<Rounds, "loads" | "resumes" | "emptyLoads"> & {
    readonly spillLooks: number;
    readonly objects: number;
    readonly plans: number;
  },
): { classA: number; classB: number } {
  const { spillLooks: looks, loads, resumes, emptyLoads, objects, plans } = done;
  return {
    classA: looks + loads * LISTS.load + emptyLoads * LISTS.emptyLoad + objects * 2 + plans * PLAN.creates,
    // An object that is not there is counted like one that is.
    classB: plans * PLAN.reads + objects * 2 + resumes,
  };
}

/** Each worker may get a part of a type's events of a window, and a batch has its limits. */
function objectsOf(
  { typeWindows, windows }: Traffic,
  workers: number,
  events: number,
  batchMessages: number,
) {
  if (typeWindows === 0) return 0;
  const perTypeWindow = events / typeWindows;
  const batches = Math.max(workers, events / windows / batchMessages);
  return typeWindows * Math.min(perTypeWindow, batches);
}

/** A batcher that starts asks for one message, and for eight times as many each time (services/batcher/pull-size.ts). */
const FIRST_PULLS = 4;

/** Pub/Sub gives at most 1,000 messages at a time (services/batcher/drain-queue.ts). */
const PULL_MAX = 1_000;

function messagesPerPull({ windows }: Traffic, events: number): number {
  return windows === 0 ? 1 : Math.min(PULL_MAX, Math.max(1, events / windows));
}
