/** What a reader of an estimate must know: what it holds for, and where it is unsure. */
import type { Estimate } from "./estimate.ts";
import { count, money } from "./figures.ts";
import { shapeOf, usageOf } from "./usage.ts";

export function notesOf(estimates: readonly Estimate[]): string {
  const [first] = estimates;
  if (first === undefined) return "";
  const { workload } = first.model;
  const free = first.freeTier ? "after the free tier of a billing account" : "without the free tier";
  return [
    `us-central1, list prices, ${free}. Events of ${count(workload.eventBytes)} bytes, ${plural(workload.types, "type")}, ` +
      `${plural(workload.hours, "hour")} a day, a window of ${workload.windowSeconds} s, kept for ${plural(workload.retentionDays, "day")}.`,
    `Storage is that of a deployment as old as that. Not in it: ${workload.loadBalancer === undefined ? "" : "Cloud Armor, "}network, taxes, discounts, what is asked of the warehouse.`,
    ...shapes(estimates),
    idle(first),
    ...(estimates.length === 1 && usesUncertain(first)
      ? ["?  the sources of this price disagree, or there is none (services/cli/cost/prices.ts)"]
      : []),
    ...estimates.flatMap(overloads),
  ]
    .map((line) => `${line}\n`)
    .join("");
}

/** What a deployment has to say for the sum to be its own. */
function shapes(estimates: readonly Estimate[]): readonly string[] {
  const all = estimates.map(({ model: { workload } }) => ({ workload, shape: shapeOf(workload) }));
  const others = all.filter(({ workload, shape }) => workload.receiver === undefined && shape !== "shared");
  if (others.length === 0) return [];
  const list = others
    .map(({ workload, shape }) => `"${shape}" at ${count(workload.eventsPerDay)}`)
    .join(", ");
  return [
    `The receiver is that of a deployment whose eventsPerDay is right: ${list}. Without it, it is "shared" (--receiver shared; docs/operate/deploy.md).`,
  ];
}

/** What is not zero without events, product by product. */
function idle({ options: [ours] }: Estimate): string {
  const products = new Map<string, number>();
  for (const { product, dollars } of ours.idle.lines)
    products.set(product, (products.get(product) ?? 0) + dollars);
  const paid = [...products].filter(([, dollars]) => dollars > 0);
  if (paid.length === 0) return "Without events it costs nothing but what is stored.";
  const list = paid.map(([product, dollars]) => `${product} ${money(dollars)}`).join(", ");
  return `Without events it costs ${money(ours.idle.dollars)} and what is stored: ${list}.`;
}

function usesUncertain({ options: [ours] }: Estimate): boolean {
  return ours.bill.lines.some(({ priced, dollars }) => priced.standing === "uncertain" && dollars > 0);
}

/** Batcher and loader have one instance each, which cannot be busy for more than a day. */
function overloads({ model }: Estimate): readonly string[] {
  const { busy } = usageOf(model);
  return (["batcher", "loader"] as const)
    .filter((service) => busy[service].overloaded)
    .map(
      (service) =>
        `At ${count(model.workload.eventsPerDay)} events a day the ${service}'s rounds take longer than a window: it is busy day and night, and what it does not manage is not in the sum.`,
    );
}

export function plural(amount: number, word: string): string {
  return `${count(amount)} ${word}${amount === 1 ? "" : "s"}`;
}
