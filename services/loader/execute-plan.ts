/**
 * One plan from the store to the warehouse. The durable writes before a pending mark goes: the MERGE that commits
 * its rows, and the row of the books that says so. Every step may be repeated by anyone at any time, see `plan.ts`.
 */
import { isDeepStrictEqual } from "node:util";
import { planObject, quarantined, timesOf } from "#services/shared/objects.ts";
import type { FoundJob, JobOutcome } from "#services/shared/ports.ts";
import { FOLD_MARGIN_MS } from "#services/shared/rollup/bounded.ts";
import { undescribed } from "#services/shared/schema/column.ts";
import { stagingColumns } from "#services/shared/schema/evolve.ts";
import { keyOf } from "#services/shared/schema/key.ts";
import { daysOf } from "#services/shared/times.ts";
import { type Abandoned, abandonPlan, bookLater, halfOf, mergeJobId } from "./abandon-plan.ts";
import { book, bookJobId, type Merged } from "./books.ts";
import { countRows } from "./count-rows.ts";
import { inlineRows, ROWS } from "./inline-rows.ts";
import { labelsOf } from "./labels.ts";
import { type MergeSource, mergeStatement, NOT_WHOLE } from "./merge.ts";
import { type Plan, type PlanPorts, stagingName } from "./plan.ts";
import { searchedTimes } from "./searched-times.ts";
import { type RefusedObject, type Staged, stage } from "./stage.ts";
import { stagingColumnsFor, targetName, targetOf } from "./target.ts";

export interface PlanReport {
  readonly outcome: "loaded";
  readonly type: string;
  readonly plan: string;
  readonly objects: number;
  /** Rows in the objects that BigQuery took. */
  readonly rows: number;
  readonly inserted: number;
  readonly duplicates: number;
  /** Days (UTC) whose rollups count the rows that have a time. */
  readonly days: readonly string[];
  readonly quarantined: readonly string[];
  /** Without the `-a0` that the adapter adds. */
  readonly loadJobs: readonly string[];
  /** `undefined` when there was nothing to merge. */
  readonly mergeJob: string | undefined;
  readonly stageMilliseconds: number;
  readonly mergeMilliseconds: number;
}

/**
 * Stages, checks, merges, sets aside, books, and forgets the marks; a small plan is merged without staging. When that cannot
 * be done the plan is given up, and its successor is there: with half of the objects if they may be at fault, else with all of
 * them for a later try.
 * @throws PipelineError JOB_RUNNING, WAREHOUSE_UNAVAILABLE, STORE_UNAVAILABLE: the outcome is not known, and the plan stays
 */
export async function executePlan(plan: Plan, ports: PlanPorts): Promise<PlanReport | Abandoned> {
  const { warehouse, clock } = ports;
  const { createdAt: startedAt } = plan;
  const found = plan.isNew === true ? undefined : await findInline(plan, ports);
  if (found !== undefined) return endInline(plan, found.outcome, found.endedAt, ports);
  const { columns, replacement } = await columnsOf(plan, ports);
  if (replacement !== undefined) {
    const reason = `the fields of ${targetName(plan.type, ports.registry)} are not those of its staging table`;
    return abandonPlan(plan, { reason, columns: replacement }, ports);
  }
  const inline = await mergeInline({ ...plan, columns }, ports);
  if (inline !== undefined) return endInline({ ...plan, columns }, inline, clock.now(), ports);
  const staged = await stage({ ...plan, columns }, plan.objects, warehouse);
  if (staged.outcome === "failed") return abandonPlan(plan, { reason: `load: ${staged.reason}` }, ports);
  const marked = sumOfRows(staged.taken);
  if (staged.rows !== marked) {
    const reason = `the marks stand for ${marked} rows, and the load jobs report ${staged.rows}`;
    return giveUpMiscounted(plan, staged, reason, ports);
  }
  const stagedAt = clock.now();
  if (staged.taken.length === 0)
    return complete(plan, staged, null, { startedAt, stagedAt, mergedAt: stagedAt }, ports);

  const staging = warehouse.quotedStaging(stagingName(plan));
  const source = { staging, stagedRows: staged.rows };
  const sql = mergeOf({ ...plan, columns }, source, staged.taken, ports);
  const job = mergeJobId(plan);
  const merged = await warehouse.execute(job, sql, {}, labelsOf(plan));
  if (merged.outcome === "failed") return abandonPlan(plan, { reason: `MERGE: ${merged.reason}` }, ports);
  const times = { startedAt, stagedAt, mergedAt: clock.now() };
  if (merged.outcome === "done") return complete(plan, staged, { job, inserted: merged.rows }, times, ports);

  const reason = `MERGE: ${merged.reason}`;
  if (merged.reason.includes(NOT_WHOLE)) return abandonPlan(plan, { reason }, ports);
  // A statement that is wrong whatever the rows must not set a single object aside.
  const wrong = await warehouse.check(sql);
  if (wrong !== undefined) return abandonPlan(plan, { reason: `MERGE: ${wrong}` }, ports);
  if (plan.objects.length > 1) return abandonPlan(plan, { reason, objects: halfOf(plan) }, ports);
  if (plan.refusals === 0) return abandonPlan(plan, { reason, refusals: 1 }, ports);
  return complete(plan, setAllAside(plan, reason), null, times, ports);
}

function mergeOf(
  { type, columns }: Plan,
  source: MergeSource,
  objects: Staged["taken"],
  { warehouse, registry, clock }: PlanPorts,
): string {
  return mergeStatement({
    target: warehouse.quoted(targetName(type, registry)),
    source,
    columns,
    key: keyOf(type),
    times: searchedTimes(objects, clock.now()),
  });
}

/** A label of the MERGE whose rows are in its parameter. */
const INLINE = { rows: "parameter" } as const;

/** Such a MERGE that was started before, so that its rows need not be read again. */
async function findInline(plan: Plan, { warehouse, registry }: PlanPorts): Promise<FoundJob | undefined> {
  if (plan.mustStage === true) return undefined;
  const found = await warehouse.find(mergeJobId(plan));
  if (found?.labels["rows"] !== INLINE.rows) return undefined;
  if (plan.bookings > 0) await warehouse.ensureTable(registry.loads);
  return found;
}

/**
 * `undefined` when the rows have to be staged, or somebody has: a loader of the version before may follow the same plan, and what
 * it merged need not be all of it.
 */
async function mergeInline(plan: Plan, ports: PlanPorts): Promise<JobOutcome | undefined> {
  if (plan.mustStage === true) return undefined;
  const rows = await inlineRows(plan, plan.columns, ports.store);
  if (rows === undefined) return undefined;
  const sql = mergeOf(plan, "parameter", plan.objects, ports);
  const labels = { ...labelsOf(plan), ...INLINE };
  const merged = await ports.warehouse.execute(mergeJobId(plan), sql, { [ROWS]: rows }, labels);
  const isOurs = merged.outcome !== "done" || (await findInline(plan, ports)) !== undefined;
  return isOurs ? merged : undefined;
}

/** Whatever stands against it, a load job may do better, and it says which object is at fault. */
async function endInline(
  plan: Plan,
  merged: JobOutcome,
  mergedAt: number,
  ports: PlanPorts,
): Promise<PlanReport | Abandoned> {
  const { objects, createdAt } = plan;
  if (merged.outcome !== "done")
    return abandonPlan(plan, { reason: `MERGE: ${merged.reason}`, mustStage: true }, ports);
  const taken: Staged = {
    outcome: "staged",
    rows: sumOfRows(objects),
    jobs: [],
    taken: objects,
    refused: [],
  };
  const times = { startedAt: createdAt, stagedAt: createdAt, mergedAt };
  return complete(plan, taken, { job: mergeJobId(plan), inserted: merged.rows }, times, ports);
}

/**
 * A plan is replaced when records of the target now have other fields than those of its staging table, or in another order:
 * GoogleSQL assigns them by position. After the MERGE that does not matter any more.
 */
async function columnsOf(
  plan: Plan,
  { warehouse, registry }: PlanPorts,
): Promise<{ columns: Plan["columns"]; replacement?: Plan["columns"] }> {
  if (plan.isNew === true) {
    await warehouse.ensureTable(registry.loads);
    return { columns: plan.columns };
  }
  const target = targetOf(plan.type, plan.columns, registry);
  const [present] = await Promise.all([warehouse.ensureTable(target), warehouse.ensureTable(registry.loads)]);
  const fresh = stagingColumnsFor(present, target.columns);
  // A plan of the version before has no columns.
  if (plan.columns.length === 0) return { columns: fresh };
  const { columns } = plan;
  const isFitting = isDeepStrictEqual(undescribed(stagingColumns(present, columns)), columns);
  if (isFitting || (await warehouse.retire(mergeJobId(plan))).outcome === "done") return { columns };
  return { columns, replacement: fresh };
}

/** Whose fault it is is known once there is one object: its rows are counted here. */
async function giveUpMiscounted(
  plan: Plan,
  staged: Staged,
  reason: string,
  ports: PlanPorts,
): Promise<PlanReport | Abandoned> {
  const [only, ...others] = staged.taken;
  if (only === undefined || plan.objects.length > 1 || others.length > 0)
    return abandonPlan(plan, { reason, objects: halfOf(plan) }, ports);
  const counted = await countRows(only.object, ports.store);
  if (counted === only.rows) return abandonPlan(plan, { reason }, ports);
  const now = ports.clock.now();
  const times = { startedAt: now, stagedAt: now, mergedAt: now };
  return complete(
    plan,
    setAllAside(plan, `it has ${counted} rows, its mark says ${only.rows}`),
    null,
    times,
    ports,
  );
}

function setAllAside({ objects }: Plan, reason: string): Staged {
  const refused = objects.map((object) => ({ object, reason }));
  return { outcome: "staged", rows: 0, jobs: [], taken: [], refused };
}

/** Milliseconds since the epoch. */
interface Steps {
  readonly startedAt: number;
  readonly stagedAt: number;
  readonly mergedAt: number;
}

async function complete(
  plan: Plan,
  staged: Staged,
  merged: Merged | null,
  { startedAt, stagedAt, mergedAt }: Steps,
  ports: PlanPorts,
): Promise<PlanReport | Abandoned> {
  const { store, warehouse } = ports;
  await Promise.all(staged.refused.map((one) => setAside(one, plan, ports)));
  const table = targetName(plan.type, ports.registry);
  const booked = await book({ plan, table, staged, merged, milliseconds: mergedAt - startedAt }, ports);
  if (booked.outcome !== "done") {
    const isBooked = (await warehouse.retire(bookJobId(plan))).outcome === "done";
    if (!isBooked) return bookLater(plan, `the table loads takes no row: ${booked.reason}`, ports);
  }
  await Promise.all(plan.objects.map(({ mark, markGeneration }) => store.remove(mark, markGeneration)));
  await store.remove(planObject(plan.type), plan.generation);
  // After the plan, so that a plan's staging table is missing only where somebody else removed it.
  if (staged.jobs.length > 0 || staged.refused.length > 0) await warehouse.dropStaging(stagingName(plan));
  const inserted = merged?.inserted ?? 0;
  return {
    outcome: "loaded",
    type: plan.type,
    plan: plan.id,
    objects: plan.objects.length,
    rows: staged.rows,
    inserted,
    duplicates: staged.rows - inserted,
    days: daysOf(timesOf(staged.taken), FOLD_MARGIN_MS),
    quarantined: staged.refused.map(({ object }) => object.object),
    loadJobs: staged.jobs,
    mergeJob: merged?.job,
    stageMilliseconds: stagedAt - startedAt,
    mergeMilliseconds: mergedAt - stagedAt,
  };
}

const sumOfRows = (objects: readonly { readonly rows: number }[]) =>
  objects.reduce((sum, { rows }) => sum + rows, 0);

/** Copies what BigQuery refuses out of the way, with the reason beside it. */
async function setAside(
  { object, reason }: RefusedObject,
  plan: Plan,
  { store, log }: PlanPorts,
): Promise<void> {
  const id = object.mark.slice(object.mark.lastIndexOf("/") + 1);
  const to = quarantined(plan.type, id);
  const copied = await store.copy(object.object, to.object);
  const why = { object: object.object, reason, copied, manifest: object };
  await store.create(to.reason, Buffer.from(JSON.stringify(why)), { contentType: "application/json" });
  log.error("object set aside", {
    type: plan.type,
    object: object.object,
    reason,
    rows: object.rows,
    plan: plan.id,
  });
}
