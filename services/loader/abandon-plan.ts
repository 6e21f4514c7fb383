/**
 * Gives a plan up whose ids are spent, and puts a successor with ids of its own in its place. Before that the id of its MERGE
 * is retired: a loader that read the plan long ago, and goes on only now, must not merge beside the successor, since
 * two insert-only MERGEs at once may both insert an event.
 */
import { planObject } from "#services/shared/objects.ts";
import { type Plan, type PlannedObject, type PlanPorts, type StoredPlan, stagingName } from "./plan.ts";

export interface Abandoned {
  /** `split`: the successor goes another way, with fewer objects or by a load job, and may follow at once. `failed`: it has to wait. */
  readonly outcome: "split" | "failed";
  readonly reason: string;
}

interface Why {
  readonly reason: string;
  /** Of the successor, when the fault may lie in some of them; else it has all. */
  readonly objects?: readonly PlannedObject[];
  readonly refusals?: number;
  readonly columns?: Plan["columns"];
  /** The successor's rows go by a load job, which may do better: it need not wait. */
  readonly mustStage?: true;
}

export function mergeJobId({ id }: Plan): string {
  return `pullhouse-merge-${id}`;
}

/** The older half; the marks of the others stay, and the plan after it takes them. */
export function halfOf({ objects }: Plan): readonly PlannedObject[] {
  return objects.slice(0, Math.ceil(objects.length / 2));
}

/** @throws PipelineError WAREHOUSE_UNAVAILABLE, STORE_UNAVAILABLE: then the plan stays as it is */
export async function abandonPlan(plan: Plan, why: Why, ports: PlanPorts): Promise<Abandoned> {
  const { warehouse, store, clock, newId, log } = ports;
  const { reason, objects = plan.objects, refusals = 0, columns = plan.columns } = why;
  const mustStage = plan.mustStage === true || why.mustStage === true;
  const isSplit = objects.length < plan.objects.length || refusals > 0 || why.mustStage === true;
  const merged = await warehouse.retire(mergeJobId(plan));
  if (merged.outcome === "done")
    return { outcome: "failed", reason: `${reason}; but its MERGE is done, the next round books it` };
  const { generation, isNew: _, ...fields } = plan;
  const successor: StoredPlan = {
    ...fields,
    id: newId().toLowerCase(),
    objects,
    columns,
    createdAt: clock.now(),
    // To find the object at fault is progress, and so is another way: neither waits.
    attempt: isSplit ? 0 : plan.attempt + 1,
    reason,
    refusals,
    bookings: 0,
    mustStage,
    hasMore: plan.hasMore === true || objects.length < plan.objects.length,
  };
  const bytes = Buffer.from(JSON.stringify(successor));
  await store.replace(planObject(plan.type), bytes, generation, { contentType: "application/json" });
  await warehouse.dropStaging(stagingName(plan));
  const about = { type: plan.type, plan: plan.id, objects: plan.objects.length, reason };
  if (isSplit) log.warn(why.mustStage ? "rows go by a load job" : "plan split", about);
  else log.error("plan abandoned", { ...about, code: "PLAN_ABANDONED", attempt: successor.attempt });
  return { outcome: isSplit ? "split" : "failed", reason };
}

/** Keeps a plan whose rows are committed and which could not be booked: the next try has another id. */
export async function bookLater(
  plan: Plan,
  reason: string,
  { store, clock, log }: PlanPorts,
): Promise<Abandoned> {
  const { generation, isNew: _, ...fields } = plan;
  const later: StoredPlan = {
    ...fields,
    createdAt: clock.now(),
    attempt: plan.attempt + 1,
    reason,
    bookings: plan.bookings + 1,
  };
  const bytes = Buffer.from(JSON.stringify(later));
  await store.replace(planObject(plan.type), bytes, generation, { contentType: "application/json" });
  log.error("load not booked", {
    type: plan.type,
    plan: plan.id,
    reason,
    code: "PLAN_ABANDONED",
    attempt: later.attempt,
  });
  return { outcome: "failed", reason };
}
