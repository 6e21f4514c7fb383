/** From the store to the warehouse: every pending object of every type, each type on its own. */
import type { Clock } from "#services/shared/clock.ts";
import { reasonOf } from "#services/shared/errors.ts";
import type { Log } from "#services/shared/log.ts";
import { PENDING, PLANS } from "#services/shared/objects.ts";
import type { Alarm, NewId, Store, Warehouse } from "#services/shared/ports.ts";
import type { Registry } from "#services/shared/schema/registry.ts";
import { executePlan, type PlanReport } from "./execute-plan.ts";
import { openPlan, type PlanLimits, retryDelayMs, waitsForMs } from "./plan.ts";

export interface LoadPorts {
  readonly store: Store;
  readonly warehouse: Warehouse;
  readonly alarm: Alarm;
  readonly clock: Clock;
  readonly newId: NewId;
  readonly registry: Registry;
  readonly log: Log;
}

export interface LoadLimits extends PlanLimits {
  /** Types that are loaded side by side. */
  readonly workers: number;
  /** After this the round ends although there is more; the next window goes on. */
  readonly roundMaxMs: number;
  /** How far ahead a round that did something asks for the next one. */
  readonly nextLoadMs: number;
}

export interface LoadReport {
  /** `partial`: something could not be loaded and stays pending; `reasons` says why. */
  readonly outcome: "loaded" | "empty" | "partial";
  /** No alarm could be set for what is left: the task must be repeated. */
  readonly retry: boolean;
  readonly rows: number;
  readonly inserted: number;
  readonly duplicates: number;
  readonly plans: readonly PlanReport[];
  readonly reasons: readonly string[];
  readonly milliseconds: number;
}

/** What a round has done so far; the workers add to it. */
interface Round {
  readonly plans: PlanReport[];
  readonly reasons: string[];
  /** Milliseconds until something that is left may be tried: one entry for each type. */
  readonly waits: number[];
}

/**
 * Loads until nothing is pending, the time is up or `signal` asks to stop. Does not throw.
 *
 * Whoever did or left something arms one alarm, and only an empty round ends the chain. Alarms have the names of their
 * windows, so the chains of rounds that fail side by side become one. What failed waits longer each time.
 */
export async function load(ports: LoadPorts, limits: LoadLimits, signal: AbortSignal): Promise<LoadReport> {
  const start = ports.clock.now();
  const round: Round = { plans: [], reasons: [], waits: [] };
  const over = () => signal.aborted || ports.clock.now() - start >= limits.roundMaxMs;

  try {
    const types = beginningAt(start, [...(await pendingTypes(ports.store))]);
    const worker = async () => {
      for (let type = types.shift(); type !== undefined; type = types.shift())
        await loadType(type, ports, limits, round, over);
    };
    await Promise.all(Array.from({ length: limits.workers }, worker));
  } catch (error) {
    round.reasons.push(reasonOf(error));
    round.waits.push(0);
  }
  const retry = !(await armNext(round, ports, limits));

  const { plans, reasons } = round;
  const sum = (of: (plan: PlanReport) => number) => plans.reduce((total, plan) => total + of(plan), 0);
  return {
    outcome: reasons.length > 0 ? "partial" : plans.length > 0 ? "loaded" : "empty",
    retry,
    rows: sum((plan) => plan.rows),
    inserted: sum((plan) => plan.inserted),
    duplicates: sum((plan) => plan.duplicates),
    plans,
    reasons,
    milliseconds: ports.clock.now() - start,
  };
}

/** @returns false when there is something to come back for and no alarm for it */
async function armNext(
  { plans, waits, reasons }: Round,
  { alarm, clock }: LoadPorts,
  { nextLoadMs }: LoadLimits,
): Promise<boolean> {
  if (plans.length === 0 && waits.length === 0) return true;
  const delayMs = plans.length > 0 ? nextLoadMs : untilGrid(clock.now(), Math.min(...waits), nextLoadMs);
  try {
    await alarm.arm("load", delayMs);
    return true;
  } catch (error) {
    reasons.push(reasonOf(error));
    return false;
  }
}

/**
 * Milliseconds to the next time on a grid whose step is about `waitMs`: rounds that fail side by side at different times
 * ask for the same alarm.
 */
function untilGrid(now: number, waitMs: number, leastMs: number): number {
  let step = Math.max(1, leastMs);
  while (2 * step <= waitMs) step *= 2;
  return (Math.floor(now / step) + 1) * step - now;
}

/** The types that have marks, and those whose last plan is not finished. */
async function pendingTypes(store: Store): Promise<ReadonlySet<string>> {
  const [marked, planned] = await Promise.all([store.folders(PENDING), store.list(PLANS, 1000)]);
  return new Set([
    ...marked.map((folder) => folder.slice(PENDING.length, -1)),
    ...planned.map((name) => name.slice(PLANS.length, -".json".length)),
  ]);
}

/** No fraction, so that rounds which begin at regular times do not begin with the same few types. */
const GOLDEN_RATIO = (Math.sqrt(5) - 1) / 2;

/** A round whose time is up before all had their turn must not leave out the same ones every time. */
function beginningAt(milliseconds: number, types: readonly string[]): string[] {
  const first = Math.floor(((milliseconds * GOLDEN_RATIO) % 1) * types.length);
  return [...types.slice(first), ...types.slice(0, first)];
}

/** There are several only where BigQuery refused objects; the books have all of them. */
const JOBS_NAMED = 10;

/** Plan after plan of one type, until there is none, one has to wait, or the time is up. Does not throw. */
async function loadType(
  type: string,
  ports: LoadPorts,
  limits: LoadLimits,
  round: Round,
  over: () => boolean,
): Promise<void> {
  const { clock, log } = ports;
  let failingForMs = 0;
  try {
    for (;;) {
      if (over()) return void round.waits.push(0);
      const plan = await openPlan(type, ports, limits);
      if (plan === undefined) return;
      failingForMs = clock.now() - plan.since;
      const waitMs = waitsForMs(plan, clock.now());
      if (waitMs > 0) {
        round.reasons.push(`${type}: ${plan.reason}; the next try is in ${Math.ceil(waitMs / 1000)} s`);
        return void round.waits.push(waitMs);
      }
      const result = await executePlan(plan, ports);
      if (result.outcome === "loaded") {
        round.plans.push(result);
        logLoaded(result, log);
      } else if (result.outcome === "failed") {
        round.reasons.push(`${type}: ${result.reason}`);
        return void round.waits.push(retryDelayMs(failingForMs));
      }
    }
  } catch (error) {
    round.reasons.push(`${type}: ${reasonOf(error)}`);
    round.waits.push(retryDelayMs(failingForMs));
  }
}

function logLoaded(report: PlanReport, log: Log): void {
  const { type, plan, rows, inserted, duplicates, objects, loadJobs, mergeJob } = report;
  log.info("loaded", {
    type,
    plan,
    rows,
    inserted,
    duplicates,
    objects,
    loadJobs: loadJobs.slice(0, JOBS_NAMED),
    ...(mergeJob === undefined ? {} : { jobId: mergeJob }),
    milliseconds: report.stageMilliseconds + report.mergeMilliseconds,
  });
}
