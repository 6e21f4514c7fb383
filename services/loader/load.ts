/** From the store to the warehouse: every pending object of every type, each type on its own. */
import type { Clock } from "#services/shared/clock.ts";
import { reasonOf } from "#services/shared/errors.ts";
import type { Log } from "#services/shared/log.ts";
import { PENDING, PLANS } from "#services/shared/objects.ts";
import type { Alarm, NewId, Store, Warehouse } from "#services/shared/ports.ts";
import type { Registry } from "#services/shared/schema/registry.ts";
import { followPlan, type PlanReport } from "./load-type.ts";
import { openPlan, type PlanLimits } from "./plan.ts";

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
  /** `partial`: some type could not be loaded and stays pending; `reasons` says why. */
  readonly outcome: "loaded" | "empty" | "partial";
  readonly rows: number;
  readonly inserted: number;
  readonly duplicates: number;
  readonly plans: readonly PlanReport[];
  readonly reasons: readonly string[];
  readonly milliseconds: number;
}

/** Loads until nothing is pending, the time is up or `signal` asks to stop. Does not throw. */
export async function load(ports: LoadPorts, limits: LoadLimits, signal: AbortSignal): Promise<LoadReport> {
  const start = ports.clock.now();
  const plans: PlanReport[] = [];
  const reasons: string[] = [];
  const over = () => signal.aborted || ports.clock.now() - start >= limits.roundMaxMs;

  try {
    const types = beginningAt(start, [...(await pendingTypes(ports.store))]);
    const worker = async () => {
      for (let type = types.shift(); type !== undefined && !over(); type = types.shift()) {
        await loadType(type, ports, limits, plans, over).catch((error: unknown) => {
          reasons.push(`${type}: ${reasonOf(error)}`);
        });
      }
    };
    await Promise.all(Array.from({ length: limits.workers }, worker));
    if (plans.length > 0 || reasons.length > 0) await ports.alarm.arm("load", limits.nextLoadMs);
  } catch (error) {
    reasons.push(reasonOf(error));
  }

  const sum = (of: (plan: PlanReport) => number) => plans.reduce((total, plan) => total + of(plan), 0);
  return {
    outcome: reasons.length > 0 ? "partial" : plans.length > 0 ? "loaded" : "empty",
    rows: sum((plan) => plan.rows),
    inserted: sum((plan) => plan.inserted),
    duplicates: sum((plan) => plan.duplicates),
    plans,
    reasons,
    milliseconds: ports.clock.now() - start,
  };
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

async function loadType(
  type: string,
  ports: LoadPorts,
  limits: LoadLimits,
  reports: PlanReport[],
  over: () => boolean,
): Promise<void> {
  const table = ports.registry.tables.get(type);
  if (table === undefined) throw new Error("there is no schema file for this type; its objects stay pending");
  while (!over()) {
    const plan = await openPlan(type, ports, limits);
    if (plan === undefined) return;
    const report = await followPlan(plan, table, ports);
    reports.push(report);
    const { rows, inserted, duplicates, objects, loadJobs, mergeJob } = report;
    const milliseconds = report.stageMilliseconds + report.mergeMilliseconds;
    const jobs = {
      loadJobs: loadJobs.slice(0, JOBS_NAMED),
      ...(mergeJob === undefined ? {} : { jobId: mergeJob }),
    };
    const counts = { rows, inserted, duplicates, objects };
    ports.log.info("loaded", { type, plan: plan.id, ...counts, ...jobs, milliseconds });
  }
}
