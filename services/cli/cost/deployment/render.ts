/** A deployment's own figures as text or as JSON. */
import { bytesText } from "../../query/price.ts";
import { money, quantity } from "../figures.ts";
import { drawGrid, type Grid, type Style } from "../grid.ts";
import { itemsOf } from "../json.ts";
import { notesOf, plural } from "../notes.ts";
import type { Billed } from "./billed.ts";
import { comparedItems, type Outcome } from "./outcome.ts";
import type { Quantity } from "./quantities.ts";

export function renderDeployment(outcome: Outcome, style: Style): string {
  const parts = [
    heading(outcome),
    drawGrid(quantitiesGrid(outcome.quantities), style),
    drawGrid(billsGrid(outcome), style),
    differences(outcome),
    ...(outcome.billed === undefined
      ? []
      : [drawGrid(billedGrid(outcome.billed), style), billedNotes(outcome.billed)]),
    footer(outcome),
  ];
  return `${parts.map((part) => part.trimEnd()).join("\n\n")}\n`;
}

const day = (at: number) => new Date(at).toISOString().slice(0, 10);

function heading({ project, dataset, period, days }: Outcome): string {
  return `${project}.${dataset}, ${day(period.since)} to ${day(period.until)}: ${plural(Number(days.toPrecision(3)), "day")}, scaled to a month`;
}

function quantitiesGrid(quantities: readonly Quantity[]): Grid {
  return {
    title: "What was counted",
    head: ["quantity", "unit", "counted here", "assumed", "source"],
    words: [0, 1, 4],
    rows: quantities.map(({ name, unit, counted, assumed, source }) => [
      name,
      unit,
      counted === undefined ? "assumed" : quantity(counted),
      assumed === undefined ? "–" : quantity(assumed),
      source,
    ]),
  };
}

function billsGrid(outcome: Outcome): Grid {
  const [own, pure] = [outcome.own, outcome.pure].map(({ options: [ours] }) => ours.bill.dollars) as [
    number,
    number,
  ];
  return {
    title: "A month of it, in dollars",
    head: ["product", "item", "unit", "as counted", "by assumptions", "difference"],
    words: [0, 1, 2],
    rows: [
      ...comparedItems(outcome).map(({ product, what, unit, counted, assumed }) => [
        product,
        what,
        unit,
        money(counted),
        money(assumed),
        signed(counted - assumed),
      ]),
      ["", "sum", "", money(own), money(pure), signed(own - pure)],
    ],
  };
}

/** Whole cents; what is less than half of one is none. */
function signed(dollars: number): string {
  if (Math.abs(dollars) < 0.005) return "$0.00";
  return `${dollars < 0 ? "-" : "+"}${money(Math.abs(dollars))}`;
}

const DIFFERENCES_SHOWN = 3;

/** One sentence about the bills, one about the quantities. */
function differences(outcome: Outcome): string {
  const items = comparedItems(outcome)
    .map((item) => ({ ...item, more: item.counted - item.assumed }))
    .filter(({ more }) => Math.abs(more) >= 0.005)
    .toSorted((a, b) => Math.abs(b.more) - Math.abs(a.more))
    .slice(0, DIFFERENCES_SHOWN);
  const bills =
    items.length === 0
      ? "No item differs by a cent from what the assumptions give."
      : `The largest differences to the assumptions: ${items
          .map(({ product, what, more }) => `${product}, ${what}: ${signed(more)}`)
          .join("; ")}.`;
  const furthest = outcome.quantities
    .flatMap(({ name, counted, assumed }) => (counted && assumed ? [{ name, times: counted / assumed }] : []))
    .toSorted((a, b) => Math.abs(Math.log(b.times)) - Math.abs(Math.log(a.times)))[0];
  return furthest === undefined
    ? bills
    : `${bills}\nFurthest from what is assumed is ${furthest.name}: ${quantity(furthest.times)} times as much was counted.`;
}

function billedGrid({ products }: Billed): Grid {
  const sum = (of: "dollars" | "credits" | "monthly") =>
    products.reduce((total, product) => total + product[of], 0);
  const modelled = products.reduce((total, product) => total + (product.modelled ?? 0), 0);
  return {
    title: "What Google billed, in dollars",
    head: ["product", "billed", "credits", "net", "net a month", "model a month"],
    words: [0],
    rows: [
      ...products
        .filter(({ dollars, credits, modelled: by }) => dollars !== 0 || credits !== 0 || by)
        .map((product) => [
          product.product,
          money(product.dollars),
          signed(product.credits),
          exact(product.dollars + product.credits),
          exact(product.monthly),
          product.modelled === undefined ? "–" : money(product.modelled),
        ]),
      [
        "sum",
        money(sum("dollars")),
        signed(sum("credits")),
        exact(sum("dollars") + sum("credits")),
        exact(sum("monthly")),
        money(modelled),
      ],
    ],
  };
}

/** Credits may be more than was billed. */
function exact(dollars: number): string {
  return dollars < 0 ? signed(dollars) : money(dollars);
}

function billedNotes({ byLabel, rest, lastAt }: Billed): string {
  const scope = byLabel
    ? `Billed are the rows with the label app=pullhouse, or service=pullhouse-loader of its jobs. All else of the project is ${exact(rest)} net, and not in it: products without labels, such as Cloud Tasks and Cloud Logging, are there.`
    : "Billed is the whole project: no row of the export carries the label app=pullhouse.";
  return `${scope}\nThe export goes to ${new Date(lastAt).toISOString()}; without taxes and adjustments. The model's figures are list prices after the free tier.`;
}

function footer({ notes, own, bytesRead }: Outcome): string {
  const read = `Read: ${bytesText(bytesRead)}; BigQuery bills 10 MiB at least for each table and statement.`;
  return [...notes, notesOf([own]).trimEnd(), read].join("\n");
}

/** Everything as one document. */
export function deploymentJson(outcome: Outcome): string {
  const { project, dataset, period, days, quantities, own, pure, billed, notes, bytesRead } = outcome;
  const billOf = ({ model, options: [ours] }: Outcome["own"]) => ({
    workload: model.workload,
    assumed: model.assumed,
    countedDay: model.counted ?? null,
    dollars: ours.bill.dollars,
    items: itemsOf(ours.bill),
  });
  const iso = (at: number) => new Date(at).toISOString();
  const document = {
    project,
    dataset,
    since: iso(period.since),
    until: iso(period.until),
    days,
    currency: "USD",
    quantities: quantities.map((one) => ({
      ...one,
      counted: one.counted ?? null,
      assumed: one.assumed ?? null,
    })),
    counted: billOf(own),
    byAssumptions: billOf(pure),
    billed:
      billed === undefined
        ? null
        : {
            ...billed,
            products: billed.products.map((one) => ({ ...one, modelled: one.modelled ?? null })),
            lastAt: iso(billed.lastAt),
          },
    notes,
    bytesRead,
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}
