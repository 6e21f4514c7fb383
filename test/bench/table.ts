/** A bench's figures for people. */
import Table from "cli-table3";
import type { Figure, Goal, Unit } from "./measure.ts";
import type { Failed, Measured } from "./run-benches.ts";

export function reportText(report: Measured | Failed): string {
  return report.outcome === "measured" ? tableText(report) : `${report.name} failed: ${report.error}\n`;
}

function tableText({ title, figures, notes }: Measured): string {
  const table = new Table({
    head: ["", "measured", "beside", "", "ratio", "goal"],
    style: { head: [], border: [], compact: true },
    colAligns: ["left", "right", "left", "right", "right", "right"],
  });
  table.push(...figures.map(rowOf));
  return [title, table.toString(), ...notes.map((note) => `  ${note}`), ""].join("\n");
}

function rowOf({ what, group, unit, value, baseline, ratio, goal }: Figure): string[] {
  return [
    group === undefined ? what : `  ${what}`,
    valueText(value, unit),
    baseline.what,
    valueText(baseline.value, unit),
    ratio.toFixed(2),
    goal === undefined ? "" : `${goalText(goal)}${isMet(ratio, goal) ? "" : "  missed"}`,
  ];
}

function goalText(goal: Goal): string {
  return "atMost" in goal ? `≤ ${goal.atMost}` : `≥ ${goal.atLeast}`;
}

function isMet(ratio: number, goal: Goal): boolean {
  return "atMost" in goal ? ratio <= goal.atMost : ratio >= goal.atLeast;
}

function valueText(value: number, unit: Unit): string {
  return `${value.toLocaleString("en-US", { maximumSignificantDigits: 3 })} ${unit}`;
}
