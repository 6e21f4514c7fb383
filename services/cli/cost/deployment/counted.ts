/** From the counts of a deployment to the model's own figures: what replaces which assumption. */
import { type Assumed, MADE_UP_EVENT_BYTES } from "../assumptions.ts";
import { stagedBytes, TABLE_MIN_BYTES } from "../pullhouse.ts";
import type { Workload } from "../traffic.ts";
import type { CountedDay } from "../usage.ts";
import type { JobKind, JobsRow, LoadsRow } from "./statements.ts";

export interface Counts {
  /** How many days the counts are of: less than asked for where the deployment is younger; at least one. */
  readonly days: number;
  readonly loads: LoadsRow;
  /** Of the tables that got rows: all that they hold. `undefined` where it could not be read, or they hold nothing. */
  readonly stored?: { readonly rows: number; readonly logicalBytes: number };
  /** `undefined` where they could not be read. */
  readonly jobs?: ReadonlyMap<JobKind, JobsRow>;
}

/** Only what was counted is there. */
export interface Counted {
  readonly workload: Partial<Workload> & Pick<Workload, "eventsPerDay">;
  readonly assumed: Partial<Assumed>;
  readonly day?: CountedDay;
}

const MIB = 1024 ** 2;

/** @param assumptions for what cannot be counted: the split of a row into data and the rest, the bytes of a key */
export function countedOf(counts: Counts, assumptions: Assumed): Counted {
  const { days, loads, stored } = counts;
  const eventsPerDay = (loads.inserted ?? 0) / days;
  if (eventsPerDay === 0) return { workload: { eventsPerDay: 0 }, assumed: {} };
  const workload = {
    eventsPerDay,
    types: loads.types,
    ...(loads.undrained > 0 ? {} : { hours: clamp(loads.active_hours / days, 0.1, 24) }),
    ...(stored === undefined
      ? {}
      : {
          eventBytes: Math.max(1, Math.round(stored.logicalBytes / stored.rows - assumptions.rowBytes)),
          // Of what is stored, so that the bill is of now and not of a deployment that is as old as it gets.
          retentionDays: Math.max(1, Math.round(stored.rows / eventsPerDay)),
        }),
  };
  const assumed = {
    ...compressedOf(loads, workload.eventBytes),
    ...secondsOf(counts.jobs),
    ...rollupsOf(counts),
    ...mergeHoursOf(counts, workload, assumptions),
  };
  return { workload, assumed, day: dayOf(counts) };
}

function clamp(value: number, min: number, max: number): number {
  return Math.min(max, Math.max(min, value));
}

/** The model takes it for events of another size. */
function compressedOf(
  { bytes, sized_messages: messages }: LoadsRow,
  eventBytes = MADE_UP_EVENT_BYTES,
): Partial<Assumed> {
  if (!(bytes && messages)) return {};
  return { compressedRowBytes: bytes / messages / Math.max(1, eventBytes / MADE_UP_EVENT_BYTES) };
}

function secondsOf(jobs: Counts["jobs"]): Partial<Assumed> {
  const of = (kind: JobKind, name: "mergeSeconds" | "loadJobSeconds" | "bookSeconds"): Partial<Assumed> => {
    const row = jobs?.get(kind);
    return row === undefined ? {} : { [name]: row.seconds };
  };
  return { ...of("merge", "mergeSeconds"), ...of("stage", "loadJobSeconds"), ...of("book", "bookSeconds") };
}

function rollupsOf({ jobs, loads }: Counts): Partial<Assumed> {
  const rollup = jobs?.get("rollup");
  // The least that is billed for a table is in it.
  return rollup === undefined || !loads.inserted
    ? {}
    : { rollupBytes: rollup.billed / loads.inserted, rollupTables: 0 };
}

/**
 * The hours of keys that a MERGE reads of the type's table, as far as its bytes tell: nothing where they are BigQuery's least.
 * Of what is billed, a staging table is taken off, at the size that the model gives it.
 */
function mergeHoursOf(
  { jobs, loads, days }: Counts,
  workload: Partial<Workload>,
  assumptions: Assumed,
): Partial<Assumed> {
  const merge = jobs?.get("merge");
  if (merge === undefined || !loads.inserted || loads.plans === 0) return {};
  const eventBytes = workload.eventBytes ?? MADE_UP_EVENT_BYTES;
  const staged = stagedBytes(loads.inserted / loads.plans, { eventBytes }, assumptions);
  const read = merge.billed / merge.jobs - staged;
  // Whole MiB are billed.
  if (read <= TABLE_MIN_BYTES + MIB) return {};
  const keysOfDay = (loads.inserted / days / Math.max(1, loads.types)) * assumptions.keyBytes;
  return { mergeHours: (24 * read) / keysOfDay };
}

function dayOf({ days, loads, jobs }: Counts): CountedDay {
  const [merge, rollup] = [jobs?.get("merge"), jobs?.get("rollup")];
  return {
    plans: loads.plans / days,
    objects: (loads.objects ?? 0) / days,
    ...(loads.undrained > 0
      ? {}
      : {
          drains: {
            windows: loads.drains / days,
            ends: loads.runs / days,
            starts: loads.starts / days,
          },
        }),
    ...(merge === undefined ? {} : { mergeBytes: merge.billed / days }),
    ...(rollup === undefined ? {} : { rollupBytes: rollup.billed / days }),
  };
}
