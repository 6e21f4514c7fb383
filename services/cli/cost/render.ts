/** An estimate as text: every item with its price, what is idle, and what else there is. */
import type { Line } from "./bill.ts";
import type { Estimate, Option } from "./estimate.ts";
import { count, money, quantity, unitPrice } from "./figures.ts";
import { drawGrid, type Grid, type Style } from "./grid.ts";
import { notesOf } from "./notes.ts";

/** One size: all items of Pullhouse, and the sums of what else there is. */
export function renderOne(estimate: Estimate, style: Style): string {
  const [ours] = estimate.options;
  const { eventsPerDay } = estimate.model.workload;
  const items: Grid = {
    title: `A month of Pullhouse at ${count(eventsPerDay)} events a day`,
    head: ["product", "item", "quantity", "unit", "price", "read on", "$ a month"],
    words: [0, 1, 3, 5],
    rows: [
      ...ours.bill.lines.filter((line) => line.quantity > 0).map(itemRow),
      ["", "sum", "", "", "", "", money(ours.bill.dollars)],
    ],
  };
  return text([drawGrid(items, style), drawGrid(options(estimate), style), notesOf([estimate])]);
}

function itemRow({ product, what, quantity: amount, priced, dollars }: Line): readonly string[] {
  const mark = priced.standing === "uncertain" ? " ?" : "";
  return [
    product,
    what,
    quantity(amount),
    priced.unit,
    `${unitPrice(priced.dollars)}${mark}`,
    priced.asOf,
    money(dollars),
  ];
}

function options({ options: all }: Estimate): Grid {
  return {
    title: "The same events on other ways into BigQuery",
    head: ["way", "$ a month", "of it idle", "$ a million events"],
    words: [0],
    rows: all.map(({ name, bill, idle, perMillion }) => [
      name,
      money(bill.dollars),
      money(idle.dollars),
      perMillion === undefined ? "–" : money(perMillion),
    ]),
  };
}

/** Several sizes beside each other: the products of Pullhouse, and the sums of what else there is. */
export function renderSizes(estimates: readonly Estimate[], style: Style): string {
  const sizes = estimates.map(({ model }) => `${count(model.workload.eventsPerDay)} a day`);
  const ours = estimates.map(({ options: [option] }) => option);
  const products = [...new Set(ours.flatMap(({ bill }) => bill.lines.map(({ product }) => product)))];
  const bill: Grid = {
    title: "A month of Pullhouse, in dollars",
    head: ["product", ...sizes],
    words: [0],
    rows: [
      ...products.map((product) => [product, ...ours.map((option) => money(sumOf(option, product)))]),
      ["sum", ...ours.map((option) => money(option.bill.dollars))],
      ["for a million events", ...ours.map(perMillionText)],
    ],
  };
  return text([drawGrid(bill, style), drawGrid(waysOf(estimates, sizes), style), notesOf(estimates)]);
}

function waysOf(estimates: readonly Estimate[], sizes: readonly string[]): Grid {
  const [first] = estimates;
  return {
    title: "The same events on other ways into BigQuery, in dollars a month",
    head: ["way", ...sizes],
    words: [0],
    rows: (first?.options ?? []).map(({ name }, index) => [
      name,
      ...estimates.map(({ options: all }) => money(all[index]?.bill.dollars ?? Number.NaN)),
    ]),
  };
}

const perMillionText = ({ perMillion }: Option) => (perMillion === undefined ? "–" : money(perMillion));

function sumOf({ bill }: Option, product: string): number {
  return bill.lines.reduce((sum, line) => sum + (line.product === product ? line.dollars : 0), 0);
}

function text(parts: readonly string[]): string {
  return `${parts.map((part) => part.trimEnd()).join("\n\n")}\n`;
}
