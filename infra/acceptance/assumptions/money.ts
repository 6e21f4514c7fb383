/** What docs/operate/cost.md takes for granted, as far as one run can tell. */
import { type Assumption, heldIf, untold } from "../assumption.ts";
import { billFor, totalDollars } from "../money.ts";

const product = "Money";

const underADollar: Assumption = {
  id: "run-costs-less-than-a-dollar",
  product,
  statement: "A run costs less than a dollar at list prices, without any free tier.",
  source: "https://cloud.google.com/pricing/list",
  async check({ deployment, observed }) {
    const dollars = totalDollars(await billFor(deployment, observed));
    return heldIf(dollars < 1, `$${dollars.toFixed(3)}, from what services and BigQuery's jobs counted`);
  },
};

const bill: Assumption = {
  id: "bill-agrees-with-the-model",
  product,
  statement: "The bill of a month is what `npx pullhouse cost` prints.",
  source: "https://cloud.google.com/billing/docs/how-to/export-data-bigquery",
  onlyGoogle: "nothing is billed here",
  check: async () => untold("a bill comes days later, for the whole project"),
};

const alertPolicies: Assumption = {
  id: "alert-policies-are-billed",
  product,
  statement: "Alert policies cost nothing before September 2027.",
  source: "https://cloud.google.com/products/observability/pricing",
  onlyGoogle: "nothing is billed here",
  check: async () => untold("a bill comes days later, for the whole project"),
};

export const MONEY: readonly Assumption[] = [underADollar, bill, alertPolicies];
