/** Loads what is marked of one type, as the loader does and beside it: plans keep the two from doing work twice. */
import { executePlan } from "#services/loader/execute-plan.ts";
import { openPlan } from "#services/loader/plan.ts";
import { PipelineError } from "#services/shared/errors.ts";
import type { EventTable } from "#services/shared/schema/registry.ts";
import type { Workshop } from "./workshop.ts";

/** Of one plan, which takes BigQuery some ten seconds: few enough objects that the bar moves. */
const PLAN = { objectsMax: 1_000, bytesMax: 2 ** 30, inline: false } as const;

export interface Loaded {
  objects: number;
  rows: number;
  inserted: number;
  quarantined: number;
}

/**
 * Until nothing of the type is pending, or it is asked to stop: then the marks stay, and whoever comes next goes on.
 * @throws PipelineError PLAN_ABANDONED when BigQuery takes none of it for now
 */
export async function loadMarked(
  table: EventTable,
  workshop: Workshop,
  signal: AbortSignal,
): Promise<Loaded> {
  const loaded: Loaded = { objects: 0, rows: 0, inserted: 0, quarantined: 0 };
  while (!signal.aborted) {
    const plan = await openPlan(table.type, workshop, PLAN);
    if (plan === undefined) break;
    const report = await executePlan(plan, workshop);
    if (report.outcome === "failed") throw new PipelineError("PLAN_ABANDONED", "later", report.reason);
    if (report.outcome !== "loaded") continue;
    loaded.objects += report.objects;
    loaded.rows += report.rows;
    loaded.inserted += report.inserted;
    loaded.quarantined += report.quarantined.length;
  }
  return loaded;
}
