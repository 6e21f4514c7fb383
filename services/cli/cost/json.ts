/** Estimates as one JSON document, with everything that they were made of. */
import { ASSUMPTIONS } from "./assumptions.ts";
import type { Bill } from "./bill.ts";
import type { Estimate } from "./estimate.ts";
import type { PriceList } from "./prices.ts";
import { usageOf } from "./usage.ts";

export function asJson(estimates: readonly Estimate[], prices: PriceList): string {
  const document = {
    region: "us-central1",
    currency: "USD",
    estimates: estimates.map(({ model, freeTier, options }) => ({
      workload: model.workload,
      assumed: model.assumed,
      freeTier,
      /** A day's. */
      calls: usageOf(model).calls,
      ways: options.map(({ name, bill, idle, perMillion }) => ({
        name,
        dollars: bill.dollars,
        idleDollars: idle.dollars,
        dollarsPerMillionEvents: perMillion ?? null,
        items: itemsOf(bill),
      })),
    })),
    prices,
    assumptions: Object.fromEntries(
      Object.entries(ASSUMPTIONS).map(([name, { unit, source }]) => [name, { unit, source }]),
    ),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

export function itemsOf({ lines }: Bill): readonly object[] {
  return lines.map(({ product, what, price, quantity, gross, dollars }) => ({
    product,
    what,
    price,
    quantity,
    dollarsBeforeFreeTier: gross,
    dollars,
  }));
}
