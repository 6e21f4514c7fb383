/** The whole answer: the bill, the idle bill, and the bills of what else there is, for the same events. */
import { chainguardItems, dataflowItems, subscriptionItems } from "./alternatives.ts";
import { type Bill, billOf, perMillion } from "./bill.ts";
import { DAYS_PER_MONTH, type Item } from "./item.ts";
import type { PriceList } from "./prices.ts";
import { pullhouseItems } from "./pullhouse.ts";
import type { Model } from "./usage.ts";

export interface Option {
  readonly name: string;
  readonly bill: Bill;
  /** With no event at all. */
  readonly idle: Bill;
  readonly perMillion: number | undefined;
}

export interface Estimate {
  readonly model: Model;
  readonly freeTier: boolean;
  /** Pullhouse first. */
  readonly options: readonly [Option, ...Option[]];
}

export function estimate(model: Model, prices: PriceList, freeTier: boolean): Estimate {
  const eventsPerMonth = model.workload.eventsPerDay * DAYS_PER_MONTH;
  const { settings, assumed } = model;
  const nothing: Model = { settings, assumed, workload: { ...model.workload, eventsPerDay: 0 } };
  const option = (name: string, itemsOf: (of: Model) => readonly Item[]): Option => {
    const bill = billOf(itemsOf(model), prices, freeTier);
    const idle = billOf(itemsOf(nothing), prices, freeTier);
    return { name, bill, idle, perMillion: perMillion(bill, idle, eventsPerMonth) };
  };
  return {
    model,
    freeTier,
    options: [
      option("Pullhouse", pullhouseItems),
      option("Chainguard's example", chainguardItems),
      option("Pub/Sub subscription to BigQuery", subscriptionItems),
      option("Dataflow", dataflowItems),
    ],
  };
}
