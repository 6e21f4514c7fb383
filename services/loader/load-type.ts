/**
 * One plan from the store to the warehouse. The durable writes before a pending mark goes: the MERGE that commits
 * its rows, and the row of the books that says so. Every step may be repeated by anyone at any time, see `plan.ts`.
 */
import { isDeepStrictEqual } from "node:util";
import { planObject, quarantined } from "#services/shared/objects.ts";
import { CE_TIME_AHEAD_MS_MAX, CE_TIME_BACK_MS_MAX } from "#services/shared/row/ce-time.ts";
import { stagingColumns } from "#services/shared/schema/evolve.ts";
import type { EventTable } from "#services/shared/schema/registry.ts";
import { tableSpec } from "#services/shared/schema/table-spec.ts";
import { book, type Merged } from "./books.ts";
import { labelsOf } from "./labels.ts";
import type { LoadPorts } from "./load.ts";
import { type MergeRange, mergeStatement } from "./merge.ts";
import type { Plan, PlannedObject } from "./plan.ts";
import { type RefusedObject, stage } from "./stage.ts";

export interface PlanReport {
  readonly type: string;
  readonly plan: string;
  readonly objects: number;
  /** Rows in the objects that BigQuery took. */
  readonly rows: number;
  readonly inserted: number;
  readonly duplicates: number;
  readonly quarantined: readonly string[];
  /** Without the `-a0` that names the try. */
  readonly loadJobs: readonly string[];
  /** `undefined` when there was nothing to merge. */
  readonly mergeJob: string | undefined;
  readonly stageMilliseconds: number;
  readonly mergeMilliseconds: number;
}

/** A staging table that a crash leaves behind goes away by itself after a day. */
const STAGING_LIFE_MS = 24 * 3600 * 1000;

export type FollowPorts = Omit<LoadPorts, "alarm">;

export async function followPlan(plan: Plan, table: EventTable, ports: FollowPorts): Promise<PlanReport> {
  const { warehouse, clock, registry } = ports;
  const start = clock.now();
  const staging = `staging_${table.table}_${plan.id}`;
  const [present] = await Promise.all([
    warehouse.ensureTable(tableSpec(table)),
    warehouse.ensureTable(registry.loads),
  ]);
  const columns = stagingColumns(present, table.columns);
  const made = await warehouse.ensureTable({ name: staging, columns, expiresInMs: STAGING_LIFE_MS });
  if (!isDeepStrictEqual(stagingColumns(made, columns), columns)) {
    // The table was made anew, in another order, since somebody began this plan.
    await giveUp(plan, staging, ports);
    throw new Error(`${staging} does not have the order of ${table.table}: its objects get another plan`);
  }
  const staged = await stage(plan, plan.objects, staging, columns, warehouse);
  const { refused, rows } = staged;
  const taken = plan.objects.filter((object) => !refused.some((one) => one.object === object));
  const stagedAt = clock.now();

  const merged = taken.length === 0 ? null : await merge(plan, taken, staging, table, ports);
  const mergedAt = clock.now();

  await Promise.all(refused.map((one) => setAside(one, plan, ports)));
  await book({ plan, table, staged, merged, milliseconds: mergedAt - start }, ports);
  await Promise.all(plan.objects.map(({ mark }) => ports.store.remove(mark)));
  await warehouse.dropTable(staging);
  await ports.store.remove(planObject(plan.type), plan.generation);

  const inserted = merged?.inserted ?? 0;
  return {
    type: plan.type,
    plan: plan.id,
    objects: plan.objects.length,
    rows,
    inserted,
    duplicates: rows - inserted,
    quarantined: refused.map(({ object }) => object.object),
    loadJobs: staged.jobs,
    mergeJob: merged?.job,
    stageMilliseconds: stagedAt - start,
    mergeMilliseconds: mergedAt - stagedAt,
  };
}

async function merge(
  plan: Plan,
  taken: readonly PlannedObject[],
  staging: string,
  table: EventTable,
  ports: FollowPorts,
): Promise<Merged> {
  const { warehouse } = ports;
  const minTimes = taken.flatMap(({ minTime }) => minTime ?? []).toSorted();
  const maxTimes = taken.flatMap(({ maxTime }) => maxTime ?? []).toSorted();
  const sql = mergeStatement(warehouse.quoted(table.table), warehouse.quoted(staging), table, {
    minTime: minTimes[0] ?? null,
    maxTime: maxTimes.at(-1) ?? null,
    untimed: taken.some(({ untimed }) => untimed > 0),
    ...farTimes(taken, ports.clock.now()),
  });
  const job = `pullhouse-merge-${plan.id}`;
  const result = await warehouse.execute(job, sql, {}, labelsOf(plan));
  if (result.outcome === "done") return { job, inserted: result.rows };
  // Nothing was committed, and never will be under this id.
  await giveUp(plan, staging, ports);
  throw new Error(`merge into ${table.table} refused: ${result.reason}`);
}

/** For a receiver's clock that is ahead of ours. */
const SKEW_MS_MAX = 24 * 3600 * 1000;

/** What was too far from its receipt is before the bounds of the last receipt, or after those of the first. */
function farTimes(taken: readonly PlannedObject[], now: number): Pick<MergeRange, "farBefore" | "farAfter"> {
  const receipts = taken.flatMap(({ oldestReceivedAt: at }) => (at === null ? [] : Date.parse(at)));
  const first = Math.min(now, ...receipts);
  return {
    farBefore: new Date(now + SKEW_MS_MAX - CE_TIME_BACK_MS_MAX).toISOString(),
    farAfter: new Date(first + CE_TIME_AHEAD_MS_MAX).toISOString(),
  };
}

/** With the plan gone, the marks get a new one, with jobs and a staging table of its own. */
async function giveUp(plan: Plan, staging: string, { warehouse, store }: FollowPorts): Promise<void> {
  await warehouse.dropTable(staging);
  await store.remove(planObject(plan.type), plan.generation);
}

/** Copies what BigQuery refuses out of the way, with the reason beside it. */
async function setAside(
  { object, reason }: RefusedObject,
  plan: Plan,
  { store, log }: FollowPorts,
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
