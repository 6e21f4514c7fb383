/** The calls that the pipeline makes in a day, counted along its code; the live pipeline is held against it in a test. */
import type { BatcherConfig } from "#services/batcher/config.ts";
import type { LoaderConfig } from "#services/loader/config.ts";
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
  readonly loads: number;
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

/** A drain lists the spill; a load lists types and plans, and in the end what is still pending. */
const LISTS = { drain: 1, load: 3 } as const;
/** A plan is looked for, made, looked at again and read; its marks are listed before it. */
const PLAN = { lists: 1, creates: 1, reads: { missing: 1, found: 1 } } as const;
/** After the last plan of a type in a round, another is looked for, and its marks are listed. */
const LAST_LOOK = { lists: 1, missing: 1 } as const;
/** The client asks for an object's generation, and then for that generation's bytes. */
const READ = { found: 2, missing: 1 } as const;

/**
 * A run of windows with events costs one empty round of each service and one recheck: whoever worked asks for the next
 * window, and only an empty round ends the chain.
 * @param safetyNet calls of the safety net, to each service
 */
function roundsOf({ windows, ends }: Traffic, loadsOfWindow: number, safetyNet: number): Rounds {
  return {
    drains: windows,
    emptyDrains: ends + safetyNet,
    rechecks: ends + safetyNet,
    loads: windows * loadsOfWindow,
    emptyLoads: ends + safetyNet,
  };
}

/**
 * The most that a day without faults asks for; a drain in which one worker gets everything writes fewer objects.
 * @param rowCharacters of a row, as the batcher writes it
 * @param loadsOfWindow one, or two where a drain is not done when its load begins
 * @param receivers instances that ask for alarms
 * @param safetyNet calls of the safety net, to each service; Cloud Scheduler makes them, not Cloud Tasks
 */
export function callsOf(
  traffic: Traffic,
  { drain }: Settings,
  of: {
    eventsPerDay: number;
    rowCharacters: number;
    loadsOfWindow: number;
    receivers: number;
    safetyNet: number;
  },
): Calls {
  const rounds = roundsOf(traffic, of.loadsOfWindow, of.safetyNet);
  const batchMessages = Math.min(drain.batchMaxMessages, drain.batchMaxSize / of.rowCharacters);
  const objects = objectsOf(traffic, drain.workers, of.eventsPerDay, batchMessages);
  const plans = traffic.typeWindows * of.loadsOfWindow;
  const allDrains = rounds.drains + rounds.emptyDrains + rounds.rechecks;
  const allLoads = rounds.loads + rounds.emptyLoads;
  const firstPulls = traffic.ends * drain.workers * FIRST_PULLS;
  const fullPulls = of.eventsPerDay / messagesPerPull(traffic, of.eventsPerDay) + firstPulls;
  return {
    ...rounds,
    objects,
    plans,
    // Each worker's last pull waits in vain.
    pulls: allDrains * drain.workers + fullPulls,
    fullPulls,
    // Receivers and the batcher ask for the next drain in each window, the batcher for each load, the loader after each.
    tasksCreated: traffic.windows * (of.receivers + 1) + 2 * rounds.loads + rounds.rechecks,
    tasksRun: allDrains + allLoads - 2 * of.safetyNet,
    ...storageCalls({ drains: allDrains, loads: allLoads, objects, plans, runs: plans }),
  };
}

/**
 * What Cloud Storage is asked.
 * @param done rounds of every kind, the objects of events, the plans that they made, and in how many runs: a slow round makes
 * several plans of a type one after the other
 */
export function storageCalls(done: {
  drains: number;
  loads: number;
  objects: number;
  plans: number;
  runs: number;
}): { classA: number; classB: number } {
  const { drains, loads, objects, plans, runs } = done;
  const lists = drains * LISTS.drain + loads * LISTS.load + plans * PLAN.lists + runs * LAST_LOOK.lists;
  const found = plans * PLAN.reads.found + objects;
  const missing = plans * PLAN.reads.missing + runs * LAST_LOOK.missing;
  return {
    classA: lists + objects * 2 + plans * PLAN.creates,
    classB: found * READ.found + missing * READ.missing,
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
