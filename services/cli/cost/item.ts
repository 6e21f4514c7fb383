/** One line of a bill before it has a price: how much of what a month takes. */
import type { PriceName } from "./prices.ts";

export interface Item {
  /** `Pub/Sub`, `Cloud Run`, … */
  readonly product: string;
  /** What of it is used, and by whom. */
  readonly what: string;
  readonly price: PriceName;
  /** In the price's unit. */
  readonly quantity: number;
}

/** A year's twelfth. */
export const DAYS_PER_MONTH = 365 / 12;

export const MILLION = 1_000_000;
export const GB = 1e9;
export const GIB = 2 ** 30;
export const TIB = 2 ** 40;

/** https://cloud.google.com/pubsub/pricing: the least that a publish, push or pull request counts. */
export const REQUEST_MIN_BYTES = 1_000;

export function monthly(product: string, what: string, price: PriceName, perDay: number): Item {
  return { product, what, price, quantity: perDay * DAYS_PER_MONTH };
}
