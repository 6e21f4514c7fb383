/** What Google billed, service by service, beside the model's products. */
import { DAYS_PER_MONTH } from "../item.ts";
import type { BilledRow } from "./statements.ts";

/** `service.description` in the export, where it is another name than the model's. */
const NAMES: Readonly<Record<string, string>> = {
  "Cloud Pub/Sub": "Pub/Sub",
  "BigQuery Storage API": "BigQuery",
  "BigQuery Reservation API": "BigQuery",
  "Stackdriver Logging": "Cloud Logging",
  "Stackdriver Monitoring": "Cloud Monitoring",
  "Cloud Operations": "Cloud Monitoring",
};

interface BilledProduct {
  readonly product: string;
  /** List prices less discounts of contracts, … */
  readonly dollars: number;
  /** … and what is taken off again, the free tier among it; zero or below. */
  readonly credits: number;
  /** Both together, for a month. */
  readonly monthly: number;
  /** A month by the model; `undefined` of what Pullhouse does not use. */
  readonly modelled: number | undefined;
}

export interface Billed {
  readonly products: readonly BilledProduct[];
  /** Whether rows were chosen by their labels; else they are of the whole project. */
  readonly byLabel: boolean;
  /** Net dollars of the project without the label, where rows were chosen. */
  readonly rest: number;
  /** How far the export goes, milliseconds since the epoch. */
  readonly lastAt: number;
}

/**
 * @param rows at least one
 * @param days that they are of
 * @param modelled dollars a month by product
 */
export function billedOf(
  rows: readonly BilledRow[],
  days: number,
  modelled: ReadonlyMap<string, number>,
): Billed {
  const byLabel = rows.some(({ labelled }) => labelled);
  const sums = new Map<string, { dollars: number; credits: number }>();
  for (const product of modelled.keys()) sums.set(product, { dollars: 0, credits: 0 });
  let rest = 0;
  for (const { service, labelled, cost, credits } of rows) {
    if (byLabel && !labelled) {
      rest += cost + credits;
      continue;
    }
    const product = NAMES[service] ?? service;
    const sum = sums.get(product) ?? { dollars: 0, credits: 0 };
    sums.set(product, { dollars: sum.dollars + cost, credits: sum.credits + credits });
  }
  const products = [...sums].map(([product, { dollars, credits }]) => ({
    product,
    dollars,
    credits,
    monthly: ((dollars + credits) * DAYS_PER_MONTH) / days,
    modelled: modelled.get(product),
  }));
  return { products, byLabel, rest, lastAt: Math.max(...rows.map(({ last_at }) => last_at)) };
}
