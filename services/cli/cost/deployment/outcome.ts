/** What was found out of a deployment, as it is rendered: quantities, two bills, the real one. */
import type { Line } from "../bill.ts";
import type { Estimate } from "../estimate.ts";
import type { Billed } from "./billed.ts";
import type { Quantity } from "./quantities.ts";
import type { Period } from "./statements.ts";

export interface Outcome {
  readonly project: string;
  readonly dataset: string;
  readonly period: Period;
  readonly days: number;
  readonly quantities: readonly Quantity[];
  /** With what was counted in place of assumptions, … */
  readonly own: Estimate;
  /** … and for as many events a day with assumptions alone. */
  readonly pure: Estimate;
  readonly billed?: Billed;
  readonly notes: readonly string[];
  readonly bytesRead: number;
}

export interface ComparedItem {
  readonly product: string;
  readonly what: string;
  readonly unit: string;
  /** Dollars a month. */
  readonly counted: number;
  readonly assumed: number;
}

/** Items of which there is something in either bill. */
export function comparedItems({ own, pure }: Pick<Outcome, "own" | "pure">): readonly ComparedItem[] {
  const of = ({ options: [ours] }: Estimate) =>
    new Map(
      ours.bill.lines.map((line): [string, Line] => [`${line.product}: ${line.what}, ${line.price}`, line]),
    );
  const [counted, assumed] = [of(own), of(pure)];
  return [...new Set([...counted.keys(), ...assumed.keys()])].flatMap((key) => {
    const [here, there] = [counted.get(key), assumed.get(key)];
    const { product, what, priced } = (here ?? there) as Line;
    if (!(here?.quantity || there?.quantity)) return [];
    return [{ product, what, unit: priced.unit, counted: here?.dollars ?? 0, assumed: there?.dollars ?? 0 }];
  });
}

export function productsOf({ options: [ours] }: Estimate): ReadonlyMap<string, number> {
  const sums = new Map<string, number>();
  for (const { product, dollars } of ours.bill.lines) sums.set(product, (sums.get(product) ?? 0) + dollars);
  return sums;
}
