/** What a chart shows of an answer: one amount for each label. */
import type { Row } from "#services/shared/gcp/query.ts";
import { cell } from "../query/cell.ts";
import { visible } from "../visible.ts";
import type { Chart } from "./questions.ts";

const NAMED_IN_A_REGISTRY: ReadonlySet<string> = new Set(["repository", "image"]);

export interface Point {
  readonly label: string;
  readonly amount: number;
}

/**
 * Rows of one label say the same amount, which is drawn once: what is below a limit is in no sum of rows. A name that two
 * registries have is two labels. Bars are in the order of their lengths, steps and times in their own.
 */
export function pointsOf({ kind, value, by }: Chart, rows: readonly Row[]): readonly Point[] {
  const shared = namesOfSeveral(by, rows);
  const amounts = new Map<string, number>();
  for (const row of rows) {
    const name = cell(row[by], "(none)");
    const label = visible(shared.has(name) ? `${cell(row["registry"], "")}/${name}` : name);
    amounts.set(label, Number(row[value] ?? 0));
  }
  const points = [...amounts].map(([label, amount]) => ({ label, amount }));
  return kind === "bars" ? points.toSorted((a, b) => b.amount - a.amount) : points;
}

/** Repositories and images that more than one registry has. */
function namesOfSeveral(by: string, rows: readonly Row[]): ReadonlySet<string> {
  if (!NAMED_IN_A_REGISTRY.has(by)) return new Set();
  const registries = new Map<string, Set<unknown>>();
  for (const row of rows) {
    const name = cell(row[by], "(none)");
    registries.set(name, (registries.get(name) ?? new Set()).add(row["registry"]));
  }
  return new Set([...registries].filter(([, of]) => of.size > 1).map(([name]) => name));
}
