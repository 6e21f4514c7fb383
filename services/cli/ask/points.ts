/** What a chart shows of an answer: one amount for each label. */
import type { Row } from "#services/shared/gcp/query.ts";
import { cell } from "../query/cell.ts";
import { visible } from "../visible.ts";
import type { Chart } from "./questions.ts";

export interface Point {
  readonly label: string;
  readonly amount: number;
}

/** Rows with the same label are added up; bars are in the order of their lengths, steps and times in their own. */
export function pointsOf({ kind, value, by }: Chart, rows: readonly Row[]): readonly Point[] {
  const amounts = new Map<string, number>();
  for (const row of rows) {
    const label = visible(cell(row[by], "(none)"));
    amounts.set(label, (amounts.get(label) ?? 0) + Number(row[value] ?? 0));
  }
  const points = [...amounts].map(([label, amount]) => ({ label, amount }));
  return kind === "bars" ? points.toSorted((a, b) => b.amount - a.amount) : points;
}
