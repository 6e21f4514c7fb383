/** What lies in BigQuery and in the archive once the oldest of it is as old as it gets. */
import { type Assumed, MADE_UP_EVENT_BYTES } from "./assumptions.ts";
import { DAYS_PER_MONTH, GB, GIB, type Item } from "./item.ts";
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

interface Step {
  readonly name: string;
  readonly from: number;
  readonly stored: PriceName;
  /** Each object that moves is an operation of the class it moves to. */
  readonly move?: PriceName;
}

/** The deployment's defaults (infra/gcp/config.ts, retention.events). */
export const CLASSES: readonly Step[] = [
  { name: "standard", from: 0, stored: "standard" },
  { name: "nearline", from: 30, stored: "nearline", move: "toNearline" },
  { name: "coldline", from: 90, stored: "coldline", move: "toColdline" },
  { name: "archive", from: 365, stored: "archive", move: "toArchive" },
];

/** @param objectsPerDay objects of events */
export function archiveKept(
  { eventsPerDay, eventBytes, retentionDays }: Workload,
  objectsPerDay: number,
  assumed: Assumed,
): Item[] {
  const perDay = (objectsPerDay * assumed.objectBytes + eventsPerDay * compressed(eventBytes, assumed)) / GB;
  return CLASSES.flatMap(({ name, from, stored, move }, index) => {
    const until = Math.min(retentionDays, CLASSES[index + 1]?.from ?? retentionDays);
    if (until <= from) return [];
    const product = "Cloud Storage";
    return [
      { product, what: `archive, ${name}`, price: stored, quantity: perDay * (until - from) },
      ...(move === undefined
        ? []
        : [
            {
              product,
              what: `objects that move to ${name}`,
              price: move,
              quantity: (objectsPerDay * DAYS_PER_MONTH) / 1000,
            },
          ]),
    ];
  });
}

/** Larger events are taken to compress as well as those that were measured. */
function compressed(eventBytes: number, assumed: Assumed): number {
  return assumed.compressedRowBytes * Math.max(1, eventBytes / MADE_UP_EVENT_BYTES);
}
