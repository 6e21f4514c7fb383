/**
 * Which marks are loaded together. A plan is written before its first job and removed after its last step, and
 * there is at most one per type: so whoever comes, after a crash or at the same time, does the same work under
 * the same job ids, and BigQuery runs each id once. That is the lease: it needs no clock and cannot be outlived.
 *
 * A plan whose job failed has spent its ids. A successor with new ones takes its place, see `abandon-plan.ts`.
 */
import type { Clock } from "#services/shared/clock.ts";
import type { Log } from "#services/shared/log.ts";
import {
  type Mark,
  PENDING,
  parseObject,
  planObject,
  QUARANTINE,
  readManifest,
} from "#services/shared/objects.ts";
import type { NewId, Store, StoredObject, Warehouse } from "#services/shared/ports.ts";
import type { Column } from "#services/shared/schema/column.ts";
import { addedColumns } from "#services/shared/schema/evolve.ts";
import { type Registry, tableNameOf } from "#services/shared/schema/registry.ts";
import { stagingColumnsFor, targetOf } from "./target.ts";

export interface PlannedObject extends Omit<Mark, "columns"> {
  /** The name of its pending mark. */
  readonly mark: string;
  /** The mark's own: a mark that a replay wrote again under the name stays. Older versions left it out. */
  readonly markGeneration?: string;
}

export interface Plan {
  /** Part of the job ids and of the staging table's name. */
  readonly id: string;
  readonly type: string;
  readonly objects: readonly PlannedObject[];
  /** Of the staging table, in its order. Fixed with the plan, so that loaders of any version load and merge the same. */
  readonly columns: readonly Column[];
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  /** When these objects were first planned. */
  readonly since: number;
  /** How many tries with these objects have failed. */
  readonly attempt: number;
  /** Why the last one did. */
  readonly reason?: string;
  /** How often BigQuery refused the MERGE of the plan's only object. */
  readonly refusals: number;
  /** How many jobs failed that should have booked it. */
  readonly bookings: number;
  /** Its rows go by a load job, as a MERGE with the rows in its parameter was refused or failed, or is not wanted. */
  readonly mustStage?: boolean;
  /** Marks of the type were left to the next plan. */
  readonly hasMore?: boolean;
  /** Of the plan's own object: only this one is removed or replaced. */
  readonly generation: string;
  /** Made by this call: none of its jobs can have been started. */
  readonly isNew?: boolean;
}

/** What its object has. */
export type StoredPlan = Omit<Plan, "generation" | "isNew">;

export interface PlanLimits {
  /** BigQuery takes 10,000 URIs per job; a plan beyond this many goes into the next. */
  readonly objectsMax: number;
  /** Compressed bytes per plan (at least one object is taken). */
  readonly bytesMax: number;
  /** Whether the rows of a small plan go as a parameter of the MERGE, see `inline-rows.ts`. */
  readonly inline: boolean;
}

export interface PlanPorts {
  readonly store: Store;
  readonly warehouse: Warehouse;
  readonly registry: Registry;
  readonly clock: Clock;
  readonly newId: NewId;
  readonly log: Log;
}

export function stagingName({ type, id }: Pick<Plan, "type" | "id">): string {
  return `staging_${tableNameOf(type)}_${id}`;
}

const READERS = 16;

/** The unfinished plan of the type. @throws PipelineError STORE_UNAVAILABLE */
export async function readOpenPlan(type: string, ports: PlanPorts): Promise<Plan | undefined> {
  const open = await ports.store.read(planObject(type));
  const plan = open && readPlan(open, ports.clock.now());
  if (open !== undefined && plan === undefined) await setUnreadableAside(open, ports);
  return plan;
}

/**
 * The unfinished plan of the type, or a new one; `undefined` when nothing is pending.
 * @param marks names of the type's pending marks, where they were listed a moment ago
 * @throws PipelineError SCHEMA_INVALID when neither a schema file nor a mark has the type's columns; STORE_UNAVAILABLE,
 * WAREHOUSE_UNAVAILABLE
 */
export async function openPlan(
  type: string,
  ports: PlanPorts,
  limits: PlanLimits,
  marks?: readonly string[],
): Promise<Plan | undefined> {
  const { store, warehouse, registry, clock, newId } = ports;
  let own: string | undefined;
  for (;;) {
    const plan = await readOpenPlan(type, ports);
    if (plan !== undefined) return { ...plan, isNew: plan.id === own };
    const names = marks ?? (await store.list(`${PENDING}${type}/`, limits.objectsMax + 1));
    const pending = await pendingObjects(names.slice(0, limits.objectsMax), ports, limits);
    if (pending.objects.length === 0) return undefined;
    const target = targetOf(type, pending.columns, registry);
    const now = clock.now();
    const wanted: StoredPlan = {
      id: newId().toLowerCase(),
      type,
      objects: pending.objects,
      columns: stagingColumnsFor(await warehouse.ensureTable(target), target.columns),
      createdAt: now,
      since: now,
      attempt: 0,
      refusals: 0,
      bookings: 0,
      mustStage: !limits.inline,
      hasMore: names.length > pending.objects.length,
    };
    own = wanted.id;
    // Whether created or not, the object that is there now is the plan to follow.
    await store.create(planObject(type), Buffer.from(JSON.stringify(wanted)), {
      contentType: "application/json",
    });
  }
}

/** A quota that is used up is back after ten minutes (https://cloud.google.com/bigquery/docs/troubleshoot-quotas). */
const RETRY_MAX_MS = 10 * 60_000;

/** How long to wait for the next try of something that fails since then: half as long as it has been failing. */
export function retryDelayMs(failingForMs: number): number {
  return Math.min(RETRY_MAX_MS, Math.max(0, failingForMs / 2));
}

/** Milliseconds until a plan may be executed; 0 for the first two tries, so that a hiccup costs one window. */
export function waitsForMs({ attempt, createdAt, since }: Plan, now: number): number {
  if (attempt < 2) return 0;
  const wait = createdAt + retryDelayMs(createdAt - since) - now;
  // A plan from far ahead was made by a clock that was wrong.
  return wait > 2 * RETRY_MAX_MS ? 0 : Math.max(0, wait);
}

interface Pending {
  readonly objects: readonly PlannedObject[];
  /** Those that their rows may have, as far as the marks say. */
  readonly columns: readonly Column[];
}

/** The first of the marks, with their manifests. */
async function pendingObjects(
  names: readonly string[],
  ports: PlanPorts,
  limits: PlanLimits,
): Promise<Pending> {
  const read: ({ object: PlannedObject; columns: readonly Column[] } | undefined)[] = Array.from({
    length: names.length,
  });
  let next = 0;
  const reader = async () => {
    for (let index = next++; index < names.length; index = next++) {
      const mark = await ports.store.read(names[index] as string);
      if (mark === undefined) continue;
      const manifest = readManifest(mark.bytes.toString());
      if (manifest === undefined) await setUnreadableAside(mark, ports);
      else {
        const { columns = [], ...rest } = manifest;
        read[index] = { object: { ...rest, mark: mark.name, markGeneration: mark.generation }, columns };
      }
    }
  };
  await Promise.all(Array.from({ length: READERS }, reader));
  const objects: PlannedObject[] = [];
  const known = new Set<string>();
  let columns: readonly Column[] = [];
  let bytes = 0;
  for (const one of read) {
    if (one === undefined) continue;
    bytes += one.object.bytes;
    if (objects.length > 0 && bytes > limits.bytesMax) break;
    objects.push(one.object);
    const theirs = JSON.stringify(one.columns);
    // Nearly all marks of a type tell the same.
    if (!known.has(theirs)) columns = addedColumns(columns, one.columns) ?? columns;
    known.add(theirs);
  }
  return { objects, columns };
}

function readPlan({ bytes, generation }: StoredObject, now: number): Plan | undefined {
  const plan: Partial<Plan> | undefined = parseObject(bytes.toString());
  if (typeof plan?.id !== "string" || typeof plan.type !== "string" || !Array.isArray(plan.objects))
    return undefined;
  // The version before had only the three above.
  const { createdAt = now } = plan;
  const added = { columns: [], createdAt, since: createdAt, attempt: 0, refusals: 0, bookings: 0 };
  return { ...added, ...(plan as Pick<Plan, "id" | "type" | "objects"> & Partial<Plan>), generation };
}

/** Nothing but the batcher and the loader writes these: something else has, and it must not hold up the type. */
async function setUnreadableAside(object: StoredObject, { store, log }: PlanPorts): Promise<void> {
  log.error("set aside, not readable", { object: object.name, code: "MARK_UNREADABLE" });
  await store.copy(object.name, `${QUARANTINE}${object.name}`);
  await store.remove(object.name, object.generation);
}
