/** An answer as bars in the terminal. */
import type { Row } from "#services/shared/gcp/query.ts";
import { pointsOf } from "./points.ts";
import type { Chart } from "./questions.ts";

/** Columns of characters; a label that is longer loses its middle. */
const LABEL_MAX = 36;
const BAR_MAX = 40;

/** Eighths of a cell, from none to seven. */
const EIGHTHS = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"] as const;

/** One line per label: label, value, bar. Bars begin at zero, so their lengths compare. */
export function drawChart(chart: Chart, rows: readonly Row[]): string {
  if (rows.length === 0) return "nothing to draw: no rows\n";
  const points = pointsOf(chart, rows).map(({ label, amount }) => ({ label: shortened(label), amount }));
  const most = Math.max(...points.map(({ amount }) => amount));
  const width = Math.max(...points.map(({ label }) => lengthOf(label)));
  const digits = Math.max(...points.map(({ amount }) => amount.toLocaleString("en-US").length));
  const lines = points.map(({ label, amount }) => {
    const pad = " ".repeat(width - lengthOf(label));
    const share = most === 0 ? 0 : amount / most;
    return `${label}${pad}  ${amount.toLocaleString("en-US").padStart(digits)}  ${bar(share)}`.trimEnd();
  });
  return `${chart.value} by ${chart.by}\n\n${lines.join("\n")}\n`;
}

function bar(share: number): string {
  const eighths = Math.round(share * BAR_MAX * EIGHTHS.length);
  return "█".repeat(Math.floor(eighths / EIGHTHS.length)) + EIGHTHS[eighths % EIGHTHS.length];
}

const lengthOf = (text: string) => Array.from(text).length;

function shortened(label: string): string {
  const characters = Array.from(label);
  if (characters.length <= LABEL_MAX) return label;
  const half = (LABEL_MAX - 1) / 2;
  return `${characters.slice(0, Math.ceil(half)).join("")}…${characters.slice(-Math.floor(half)).join("")}`;
}
