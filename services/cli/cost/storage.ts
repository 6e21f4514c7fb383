/** What lies in BigQuery and in the archive once the oldest of it is as old as it gets. */
import { type Assumed, MADE_UP_EVENT_BYTES } from "./assumptions.ts";
import { GB, GIB, type Item } from "./item.ts";
import type { PriceName } from "./prices.ts";
import type { Workload } from "./traffic.ts";

/** A partition that nothing has changed for so long costs less (https://cloud.google.com/bigquery/pricing#storage). */
const LONG_TERM_AFTER_DAYS = 90;

export function rowsKept({ eventsPerDay, eventBytes, retentionDays }: Workload, assumed: Assumed): Item[] {
  const perDay = (eventsPerDay * (eventBytes + assumed.rowBytes)) / GIB;
  const active = Math.min(retentionDays, LONG_TERM_AFTER_DAYS);
  const item = (what: string, price: PriceName, days: number): Item => ({
    product: "BigQuery",
    what,
    price,
    quantity: perDay * days,
  });
  return [
    item("rows of the last 90 days", "activeRows", active),
    item("older rows", "longTermRows", retentionDays - active),
  ];
}

/** @param objectsPerDay objects of events, which stay in the class they are written in (infra/gcp/config.ts) */
export function archiveKept(
  { eventsPerDay, eventBytes, retentionDays }: Workload,
  objectsPerDay: number,
  assumed: Assumed,
): Item[] {
  const perDay = (objectsPerDay * assumed.objectBytes + eventsPerDay * compressed(eventBytes, assumed)) / GB;
  return [{ product: "Cloud Storage", what: "archive", price: "standard", quantity: perDay * retentionDays }];
}

/** Larger events are taken to compress as well as those that were measured. */
function compressed(eventBytes: number, assumed: Assumed): number {
  return assumed.compressedRowBytes * Math.max(1, eventBytes / MADE_UP_EVENT_BYTES);
}
