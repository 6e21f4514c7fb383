/** Fills a staging table with a plan's objects, and finds those that BigQuery refuses. */
import { createHash } from "node:crypto";
import type { Warehouse } from "#services/shared/ports.ts";
import { labelsOf } from "./labels.ts";
import { type Plan, type PlannedObject, stagingName } from "./plan.ts";

export interface RefusedObject {
  readonly object: PlannedObject;
  readonly reason: string;
}

/** What is in the staging table, and what could not be. */
export interface Staged {
  readonly outcome: "staged";
  /** As BigQuery counted them. */
  readonly rows: number;
  /** The load jobs that added rows. */
  readonly jobs: readonly string[];
  readonly taken: readonly PlannedObject[];
  /** Refused alone, twice, for their content. */
  readonly refused: readonly RefusedObject[];
}

export interface StagingFailed {
  readonly outcome: "failed";
  readonly reason: string;
}

/**
 * One load job for all; when it is refused, one for each half, and so on down to the objects at fault. A load
 * adds all of its rows or none, and each job's id is made from what it loads: a repetition adds nothing.
 */
export async function stage(
  plan: Plan,
  objects: readonly PlannedObject[],
  warehouse: Warehouse,
): Promise<Staged | StagingFailed> {
  const names = objects.map(({ object }) => object);
  const load = (jobId: string) =>
    warehouse.load(jobId, stagingName(plan), names, plan.columns, labelsOf(plan));
  let jobId = loadJobId(plan, names);
  let result = await load(jobId);
  const isAlone = objects.length === 1;
  if (result.outcome === "refused" && isAlone) {
    jobId = `${jobId}-again`;
    result = await load(jobId);
  }
  if (result.outcome === "failed") return result;
  if (result.outcome === "done")
    return { outcome: "staged", rows: result.rows, jobs: [jobId], taken: objects, refused: [] };
  const { reason } = result;
  if (isAlone) {
    const refused = objects.map((object) => ({ object, reason }));
    return { outcome: "staged", rows: 0, jobs: [], taken: [], refused };
  }
  const middle = Math.ceil(objects.length / 2);
  const first = await stage(plan, objects.slice(0, middle), warehouse);
  if (first.outcome === "failed") return first;
  const second = await stage(plan, objects.slice(middle), warehouse);
  if (second.outcome === "failed") return second;
  return {
    outcome: "staged",
    rows: first.rows + second.rows,
    jobs: [...first.jobs, ...second.jobs],
    taken: [...first.taken, ...second.taken],
    refused: [...first.refused, ...second.refused],
  };
}

/** Other ids than those of the version before, whose staging tables were in another dataset. */
function loadJobId(plan: Plan, objects: readonly string[]): string {
  const what = createHash("sha256").update(objects.join("\n")).digest("hex").slice(0, 12);
  return `pullhouse-stage-${plan.id}-${what}`;
}
