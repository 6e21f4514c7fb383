/** From the store to the warehouse: every pending object of every type, each type on its own. */
import type { Clock } from "#services/shared/clock.ts";
import { PipelineError, reasonOf } from "#services/shared/errors.ts";
import type { Log } from "#services/shared/log.ts";
import { PENDING, PLANS, readManifest } from "#services/shared/objects.ts";
import type { Alarm, NewId, Store, Warehouse } from "#services/shared/ports.ts";
import type { Registry } from "#services/shared/schema/registry.ts";
import { untilNextLoadMs } from "#services/shared/window.ts";
import { executePlan, type PlanReport } from "./execute-plan.ts";
import { openPlan, type Plan, type PlanLimits, readOpenPlan, retryDelayMs, waitsForMs } from "./plan.ts";

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
  readonly windowMs: number;
  /** How long a round waits for a job, before it leaves it to run and has itself called when it may be done. */
  readonly jobPatienceMs: number;
}

export interface LoadReport {
  /**
   * `partial`: something could not be loaded and stays pending; `reasons` says why. `waiting`: nothing is loaded yet, jobs are
   * running, and a later call goes on with them.
   */
  readonly outcome: "loaded" | "waiting" | "empty" | "partial";
  /** No alarm could be set for what is left: the task must be repeated. */
  readonly retry: boolean;
  readonly rows: number;
  readonly inserted: number;
  readonly duplicates: number;
  readonly plans: readonly PlanReport[];
  /** Types that are left to a later call. */
  readonly left: readonly string[];
  /** Age in whole seconds of the oldest object of those, 0 without any; `undefined` when the store does not tell. */
  readonly oldestPendingSeconds: number | undefined;
  readonly reasons: readonly string[];
  readonly milliseconds: number;
}

interface Left {
  readonly type: string;
  readonly plan: Plan | undefined;
  /** The first of the marks that were listed. */
  readonly mark: string | undefined;
}

/** What a round has done so far; the workers add to it. */
interface Round {
  readonly plans: PlanReport[];
  readonly reasons: string[];
  /** Milliseconds until something that is left may be tried: one entry for each type. */
  readonly waits: number[];
  /** Plans whose job goes on without us. */
  readonly running: Plan[];
  /** Marks were listed that wait for the end of such a plan. */
  isCrowded: boolean;
  /** Types that are not done, those included. */
  readonly left: Left[];
}

/**
 * Loads until nothing is pending, the time is up or `signal` asks to stop. Does not throw.
 *
 * A job of BigQuery takes seconds, in which an instance that waits is paid for. A round waits a moment, then it has itself called
 * again for the type (`resume`), and that call goes on where the plan stands: every step of a plan can be repeated.
 *
 * Whoever did or left something arms an alarm, and only an empty round ends the chain. Alarms have the names of their times,
 * so the chains of rounds that fail side by side become one. What failed waits longer each time.
 *
 * @param only of a `resume`: the type whose plan is gone on with
 */
export async function load(
  ports: LoadPorts,
  limits: LoadLimits,
  signal: AbortSignal,
  only?: string,
): Promise<LoadReport> {
  const start = ports.clock.now();
  const round: Round = { plans: [], reasons: [], waits: [], running: [], isCrowded: false, left: [] };
  const over = () => signal.aborted || ports.clock.now() - start >= limits.roundMaxMs;
  let isListed = false;
  const patient = { ...ports, warehouse: withPatience(ports.warehouse, limits.jobPatienceMs) };

  try {
    const types = only === undefined ? beginningAt(start, await pendingTypes(ports.store)) : [{ type: only }];
    isListed = true;
    const worker = async () => {
      for (let next = types.shift(); next !== undefined; next = types.shift())
        await loadType(next, patient, limits, round, { over, isResumed: only !== undefined });
    };
    await Promise.all(Array.from({ length: limits.workers }, worker));
  } catch (error) {
    round.reasons.push(reasonOf(error));
    round.waits.push(0);
  }
  const retry = !(await armNext(round, ports, limits));

  const { plans, reasons, running, left } = round;
  const oldest = isListed ? await oldestDrainedAt(left, ports.store) : undefined;
  const sum = (of: (plan: PlanReport) => number) => plans.reduce((total, plan) => total + of(plan), 0);
  const now = ports.clock.now();
  return {
    outcome:
      reasons.length > 0 ? "partial" : plans.length > 0 ? "loaded" : running.length > 0 ? "waiting" : "empty",
    retry,
    rows: sum((plan) => plan.rows),
    inserted: sum((plan) => plan.inserted),
    duplicates: sum((plan) => plan.duplicates),
    plans,
    left: left.map(({ type }) => type),
    oldestPendingSeconds: oldest === undefined ? undefined : Math.max(0, Math.floor((now - oldest) / 1000)),
    reasons,
    milliseconds: now - start,
  };
}

function withPatience(warehouse: Warehouse, patienceMs: number): Warehouse {
  return {
    ...warehouse,
    load: (jobId, staging, objects, columns, labels) =>
      warehouse.load(jobId, staging, objects, columns, labels, patienceMs),
    find: (jobId) => warehouse.find(jobId, patienceMs),
    execute: (jobId, sql, parameters, labels) =>
      warehouse.execute(jobId, sql, parameters, labels, patienceMs),
  };
}

/** @returns milliseconds since the epoch, infinity without any; `undefined` when the store does not tell */
async function oldestDrainedAt(left: readonly Left[], store: Store): Promise<number | undefined> {
  try {
    const times = left.map(async ({ plan, mark }) => {
      if (plan !== undefined) return plan.objects.map(({ drainedAt }) => drainedAt);
      const read = mark === undefined ? undefined : await store.read(mark);
      return [readManifest(read?.bytes.toString() ?? "")?.drainedAt ?? ""];
    });
    const all = (await Promise.all(times)).flat().map((time) => Date.parse(time));
    return Math.min(...all.filter((time) => !Number.isNaN(time)));
  } catch {
    // The round's work is done or will be repeated; only what is left is not known.
    return undefined;
  }
}

/** @returns false when there is something to come back for and no alarm for it */
async function armNext(
  { plans, waits, running, isCrowded, reasons }: Round,
  { alarm, clock }: LoadPorts,
  { windowMs }: LoadLimits,
): Promise<boolean> {
  const now = clock.now();
  const delaysMs = running.map((plan) => untilResumeMs(plan, now));
  const areFew = running.length <= RESUMES_MAX;
  const wanted: (() => Promise<void>)[] = areFew
    ? running.map(
        ({ type }, index) =>
          () =>
            alarm.arm("resume", delaysMs[index], type),
      )
    : [() => alarm.arm("load", Math.min(...delaysMs))];
  if (isCrowded) wanted.push(() => alarm.arm("load"));
  else if (plans.length > 0) wanted.push(() => alarm.arm("load", untilNextLoadMs(now, windowMs)));
  else if (waits.length > 0)
    wanted.push(() => alarm.arm("load", untilGrid(now, Math.min(...waits), windowMs)));
  const done = await Promise.all(
    wanted.map(async (arm) => {
      try {
        await arm();
        return true;
      } catch (error) {
        reasons.push(reasonOf(error));
        return false;
      }
    }),
  );
  return !done.includes(false);
}

/** Calls come one after the other. More types than this are gone on with in one call, side by side, that lists their marks. */
export const RESUMES_MAX = 2;

/** Public reports have 2 to 10 s for a load job and 2 to 8 s for a MERGE (docs/internals/performance.md, "End to end"). */
const JOB_MS = 4_000;

/** Not before its job is likely to be done; then at each next place on the grid. */
function untilResumeMs({ createdAt }: Plan, now: number): number {
  return Math.max(0, createdAt + JOB_MS - now);
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

interface PendingType {
  readonly type: string;
  /** Its marks, as far as they were listed. */
  readonly marks?: readonly string[];
}

/** What one listing gives. */
const LISTED_MAX = 1_000;

/**
 * The types that have marks, by one listing where it has all. Without any there may still be a plan that is not removed: its
 * marks go first.
 */
async function pendingTypes(store: Store): Promise<readonly PendingType[]> {
  const names = await store.list(PENDING, LISTED_MAX);
  if (names.length >= LISTED_MAX) {
    const folders = await store.folders(PENDING);
    return folders.map((folder) => ({ type: folder.slice(PENDING.length, -1) }));
  }
  if (names.length === 0) {
    const plans = await store.list(PLANS, LISTED_MAX);
    return plans.map((name) => ({ type: name.slice(PLANS.length, -".json".length) }));
  }
  const byType = Map.groupBy(names, (name) => name.slice(PENDING.length, name.lastIndexOf("/")));
  return [...byType].map(([type, marks]) => ({ type, marks }));
}

/** No fraction, so that rounds which begin at regular times do not begin with the same few types. */
const GOLDEN_RATIO = (Math.sqrt(5) - 1) / 2;

/** A round whose time is up before all had their turn must not leave out the same ones every time. */
function beginningAt<T>(milliseconds: number, types: readonly T[]): T[] {
  const first = Math.floor(((milliseconds * GOLDEN_RATIO) % 1) * types.length);
  return [...types.slice(first), ...types.slice(0, first)];
}

/** There are several only where BigQuery refused objects; the books have all of them. */
const JOBS_NAMED = 10;

/** Longer than any job of this size takes where BigQuery works. */
const LONG_MS = 10 * 60_000;

/** Plan after plan of one type, until there is none, one has to wait, or the time is up. Does not throw. */
async function loadType(
  { type, marks }: PendingType,
  ports: LoadPorts,
  limits: LoadLimits,
  round: Round,
  { over, isResumed }: { over: () => boolean; isResumed: boolean },
): Promise<void> {
  const { clock, log } = ports;
  let plan: Plan | undefined;
  let known = marks;
  let isFirst = true;
  const failingForMs = () => (plan === undefined ? 0 : clock.now() - plan.since);
  const leave = (waitMs: number, reason?: string) => {
    if (reason !== undefined) round.reasons.push(`${type}: ${reason}`);
    round.left.push({ type, plan, mark: marks?.[0] });
    round.waits.push(waitMs);
  };
  try {
    for (;;) {
      if (over()) return leave(0);
      plan =
        isFirst && isResumed ? await readOpenPlan(type, ports) : await openPlan(type, ports, limits, known);
      isFirst = false;
      if (plan === undefined) return;
      const waitMs = waitsForMs(plan, clock.now());
      if (waitMs > 0)
        return leave(waitMs, `${plan.reason}; the next try is in ${Math.ceil(waitMs / 1000)} s`);
      const result = await executePlan(plan, ports);
      if (result.outcome === "split") continue;
      if (result.outcome !== "loaded") return leave(retryDelayMs(failingForMs()), result.reason);
      round.plans.push(result);
      logLoaded(result, log);
      known = leftOf(known, plan);
      // Whatever is marked after a listing has an alarm of its own.
      if (known === undefined && plan.hasMore !== true) return;
    }
  } catch (error) {
    if (plan !== undefined && error instanceof PipelineError && error.code === "JOB_RUNNING") {
      const runningForMs = clock.now() - plan.createdAt;
      if (runningForMs > LONG_MS)
        round.reasons.push(`${type}: ${error.message} for ${Math.round(runningForMs / 1000)} s`);
      round.left.push({ type, plan, mark: undefined });
      round.running.push(plan);
      if (leftOf(known, plan) !== undefined) round.isCrowded = true;
    } else leave(retryDelayMs(failingForMs()), reasonOf(error));
  }
}

/** The listed marks that the plan did not have; `undefined` when there are none to go on with. */
function leftOf(marks: readonly string[] | undefined, { objects }: Plan): readonly string[] | undefined {
  const done = new Set(objects.map(({ mark }) => mark));
  const left = marks?.filter((name) => !done.has(name)) ?? [];
  return left.length > 0 ? left : undefined;
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
