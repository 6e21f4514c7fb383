/** Fills a staging table with a plan's objects, and finds those that BigQuery refuses. */
import { createHash } from "node:crypto";
import type { Warehouse } from "#services/shared/ports.ts";
import type { Column } from "#services/shared/schema/column.ts";
import { labelsOf } from "./labels.ts";
import type { Plan, PlannedObject } from "./plan.ts";

export interface RefusedObject {
  readonly object: PlannedObject;
  readonly reason: string;
}

/** What is in the staging table, and what could not be. */
export interface Staged {
  /** As BigQuery counted them. */
  readonly rows: number;
  /** The load jobs that added rows. */
  readonly jobs: readonly string[];
  readonly refused: readonly RefusedObject[];
}

/**
 * One load job for all; when it is refused, one for each half, and so on down to the objects at fault. A load
 * adds all of its rows or none, and each job's id is made from what it loads: a repetition adds nothing.
 * @param columns the staging table's
 */
export async function stage(
  plan: Plan,
  objects: readonly PlannedObject[],
  staging: string,
  columns: readonly Column[],
  warehouse: Warehouse,
): Promise<Staged> {
  const names = objects.map(({ object }) => object);
  const jobId = loadJobId(plan, names);
  const result = await warehouse.load(jobId, staging, names, columns, labelsOf(plan));
  if (result.outcome === "done") return { rows: result.rows, jobs: [jobId], refused: [] };
  const [only, ...others] = objects;
  if (only !== undefined && others.length === 0)
    return { rows: 0, jobs: [], refused: [{ object: only, reason: result.reason }] };
  const middle = Math.ceil(objects.length / 2);
  const first = await stage(plan, objects.slice(0, middle), staging, columns, warehouse);
  const second = await stage(plan, objects.slice(middle), staging, columns, warehouse);
  return {
    rows: first.rows + second.rows,
    jobs: [...first.jobs, ...second.jobs],
    refused: [...first.refused, ...second.refused],
  };
}

function loadJobId(plan: Plan, objects: readonly string[]): string {
  const what = createHash("sha256").update(objects.join("\n")).digest("hex").slice(0, 12);
  return `pullhouse-load-${plan.id}-${what}`;
}
