/**
 * Which marks are loaded together. A plan is written before its first job and removed after its last step, and
 * there is at most one per type: so whoever comes, after a crash or at the same time, does the same work under
 * the same job ids, and BigQuery runs each id once. That is the lease: it needs no clock and cannot be outlived.
 */
import type { Log } from "#services/shared/log.ts";
import {
  type Manifest,
  PENDING,
  parseObject,
  planObject,
  QUARANTINE,
  readManifest,
} from "#services/shared/objects.ts";
import type { NewId, Store, StoredObject } from "#services/shared/ports.ts";

export interface PlannedObject extends Manifest {
  /** The name of its pending mark. */
  readonly mark: string;
}

export interface Plan {
  /** Part of the job ids and of the staging table's name. */
  readonly id: string;
  readonly type: string;
  readonly objects: readonly PlannedObject[];
  /** Of the plan's own object: only this one is removed in the end. */
  readonly generation: string;
}

export interface PlanLimits {
  /** BigQuery takes 10,000 URIs per job; a plan beyond this many goes into the next. */
  readonly objectsMax: number;
  /** Compressed bytes per plan (at least one object is taken). */
  readonly bytesMax: number;
}

interface PlanPorts {
  readonly store: Store;
  readonly newId: NewId;
  readonly log: Log;
}

const READERS = 16;

/** The unfinished plan of the type, or a new one; `undefined` when nothing is pending. */
export async function openPlan(
  type: string,
  ports: PlanPorts,
  limits: PlanLimits,
): Promise<Plan | undefined> {
  const { store, newId } = ports;
  const name = planObject(type);
  for (;;) {
    const open = await store.read(name);
    const plan = open && readPlan(open);
    if (plan !== undefined) return plan;
    if (open !== undefined) await setUnreadableAside(open, ports);
    const objects = await pendingObjects(type, ports, limits);
    if (objects.length === 0) return undefined;
    const wanted = { id: newId().toLowerCase(), type, objects };
    // Whether created or not, the object that is there now is the plan to follow.
    await store.create(name, Buffer.from(JSON.stringify(wanted)), { contentType: "application/json" });
  }
}

/** The oldest marks of the type, with their manifests. */
async function pendingObjects(
  type: string,
  ports: PlanPorts,
  limits: PlanLimits,
): Promise<readonly PlannedObject[]> {
  const names = await ports.store.list(`${PENDING}${type}/`, limits.objectsMax);
  const read: (PlannedObject | undefined)[] = Array.from({ length: names.length });
  let next = 0;
  const reader = async () => {
    for (let index = next++; index < names.length; index = next++) {
      const mark = await ports.store.read(names[index] as string);
      if (mark === undefined) continue;
      const manifest = readManifest(mark.bytes.toString());
      if (manifest === undefined) await setUnreadableAside(mark, ports);
      else read[index] = { ...manifest, mark: mark.name };
    }
  };
  await Promise.all(Array.from({ length: READERS }, reader));
  const planned: PlannedObject[] = [];
  let bytes = 0;
  for (const object of read) {
    if (object === undefined) continue;
    bytes += object.bytes;
    if (planned.length > 0 && bytes > limits.bytesMax) break;
    planned.push(object);
  }
  return planned;
}

function readPlan({ bytes, generation }: StoredObject): Plan | undefined {
  const plan: Partial<Plan> | undefined = parseObject(bytes.toString());
  if (typeof plan?.id !== "string" || typeof plan.type !== "string" || !Array.isArray(plan.objects))
    return undefined;
  return { id: plan.id, type: plan.type, objects: plan.objects, generation };
}

/** Nothing but the batcher and the loader writes these: something else has, and it must not hold up the type. */
async function setUnreadableAside(object: StoredObject, { store, log }: PlanPorts): Promise<void> {
  log.error("set aside, not readable", { object: object.name, code: "MARK_UNREADABLE" });
  await store.copy(object.name, `${QUARANTINE}${object.name}`);
  await store.remove(object.name, object.generation);
}
