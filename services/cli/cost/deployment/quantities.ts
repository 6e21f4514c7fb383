/** What was counted, beside what the model assumes for as many events. */
import { mergeBytes, rollupBytes } from "../pullhouse.ts";
import { isInline, type Model, usageOf } from "../usage.ts";
import type { Counted, Counts } from "./counted.ts";

export interface Quantity {
  readonly name: string;
  readonly unit: string;
  /** `undefined`: nothing was counted, so the assumption stays. */
  readonly counted: number | undefined;
  /** `undefined` where the model takes it from the options. */
  readonly assumed: number | undefined;
  readonly source: string;
}

const LOADS = "loads";
const METADATA = "tables' metadata";
const JOBS = "INFORMATION_SCHEMA.JOBS";

/** @param pure the model by assumptions alone, of the same events a day */
export function quantitiesOf(counts: Counts, counted: Counted, pure: Model): readonly Quantity[] {
  return [
    ...ofEvents(counts, counted, pure),
    ...ofPlans(counts, counted, pure),
    ...ofJobs(counts, counted, pure),
  ];
}

function ofEvents(
  { stored }: Counts,
  { workload }: Counted,
  { workload: usual, assumed }: Model,
): readonly Quantity[] {
  return [
    row("events", "rows inserted a day", workload.eventsPerDay, undefined, LOADS),
    row("types", "types with rows", workload.types, usual.types, LOADS),
    row("hours", "hours of a day with events", workload.hours, usual.hours, LOADS),
    row(
      "row bytes",
      "logical bytes of a row, data and the rest",
      stored && stored.logicalBytes / stored.rows,
      usual.eventBytes + assumed.rowBytes,
      METADATA,
    ),
    row("days kept", "days of such events in the tables", workload.retentionDays, undefined, METADATA),
  ];
}

function ofPlans(
  { loads, days }: Counts,
  { assumed: found, day }: Counted,
  pure: Model,
): readonly Quantity[] {
  const { calls } = usageOf(pure);
  const { eventsPerDay } = pure.workload;
  const rows = ratio(eventsPerDay, calls.plans);
  const { objectBytes, compressedRowBytes } = pure.assumed;
  return [
    row("drains", "a day, with something to write", day?.drains?.windows, calls.drains, LOADS),
    row("objects", "a day", day?.objects, calls.objects, LOADS),
    row("plans", "a day, one MERGE each", day?.plans, calls.plans, LOADS),
    row("plan rows", "rows of a plan", ratio(loads.inserted ?? 0, loads.plans), rows, LOADS),
    row(
      "inline",
      "% of MERGEs with their rows as a parameter",
      percent(ratio(loads.inline_plans, loads.merges)),
      rows === undefined ? undefined : percent(isInline(rows, pure) ? 1 : 0),
      LOADS,
    ),
    row("duplicates", "% of messages", percent(duplicatesOf(loads)), 0, LOADS),
    row(
      "object bytes",
      "compressed bytes of an object",
      day && loads.unsized === 0 ? ratio((loads.bytes ?? 0) / days, day.objects) : undefined,
      calls.objects === 0 ? undefined : objectBytes + (eventsPerDay / calls.objects) * compressedRowBytes,
      LOADS,
    ),
    row(
      "compressedRowBytes",
      "of a row in an object, its beginning shared out; for 665 bytes of data",
      found.compressedRowBytes,
      compressedRowBytes,
      LOADS,
    ),
  ];
}

function ofJobs({ jobs }: Counts, { assumed: found }: Counted, pure: Model): readonly Quantity[] {
  const { assumed } = pure;
  const { calls } = usageOf(pure);
  const merge = jobs?.get("merge");
  return [
    row("mergeSeconds", "seconds of a MERGE", found.mergeSeconds, assumed.mergeSeconds, JOBS),
    row("loadJobSeconds", "seconds of a load job", found.loadJobSeconds, assumed.loadJobSeconds, JOBS),
    row("bookSeconds", "seconds of the INSERT into loads", found.bookSeconds, assumed.bookSeconds, JOBS),
    row(
      "MERGE bytes",
      "bytes billed for a MERGE",
      merge && merge.billed / merge.jobs,
      ratio(mergeBytes(pure, calls), calls.plans),
      JOBS,
    ),
    row(
      "mergeHours",
      "hours of keys that a MERGE reads, by these bytes",
      found.mergeHours,
      assumed.mergeHours,
      merge !== undefined && found.mergeHours === undefined ? `${JOBS}: 10 MiB, the least, are billed` : JOBS,
    ),
    row(
      "rollupBytes",
      "bytes billed for counting days, for each event",
      found.rollupBytes,
      ratio(rollupBytes(pure), pure.workload.eventsPerDay),
      JOBS,
    ),
  ];
}

function row(
  name: string,
  unit: string,
  counted: number | undefined,
  assumed: number | undefined,
  source: string,
): Quantity {
  return { name, unit, counted, assumed, source };
}

function ratio(part: number, whole: number): number | undefined {
  return whole === 0 ? undefined : part / whole;
}

const percent = (share: number | undefined) => (share === undefined ? undefined : 100 * share);

export function duplicatesOf({ inserted, duplicates }: Counts["loads"]): number | undefined {
  return ratio(duplicates ?? 0, (inserted ?? 0) + (duplicates ?? 0));
}
