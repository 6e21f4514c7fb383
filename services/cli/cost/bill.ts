/** Items with their prices: what a month costs, after what is free. */
import type { Item } from "./item.ts";
import type { Price, PriceList, PriceName } from "./prices.ts";

export interface Line extends Item {
  readonly priced: Price;
  /** Before what is free. */
  readonly gross: number;
  readonly dollars: number;
}

export interface Bill {
  readonly lines: readonly Line[];
  readonly dollars: number;
}

/** What is free of a price is shared by its items, by their size. */
export function billOf(items: readonly Item[], prices: PriceList, freeTier: boolean): Bill {
  const used = new Map<PriceName, number>();
  for (const { price, quantity } of items) used.set(price, (used.get(price) ?? 0) + quantity);
  const lines = items.map((item): Line => {
    const priced = prices[item.price];
    const all = used.get(item.price) ?? 0;
    const paid = freeTier && all > 0 ? Math.max(0, all - priced.free) / all : 1;
    const gross = item.quantity * priced.dollars;
    return { ...item, priced, gross, dollars: gross * paid };
  });
  return { lines, dollars: lines.reduce((sum, line) => sum + line.dollars, 0) };
}

/** What a million more events cost beyond the idle bill; `undefined` where there are none. */
export function perMillion(bill: Bill, idle: Bill, eventsPerMonth: number): number | undefined {
  return eventsPerMonth === 0 ? undefined : (bill.dollars - idle.dollars) / (eventsPerMonth / 1e6);
}
