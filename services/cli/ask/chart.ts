/** An answer as bars in the terminal. */
import type { Row, Value } from "#services/shared/gcp/query.ts";
import { cell, printable } from "../query/format.ts";
import type { Chart } from "./questions.ts";

/** Columns of characters; a label that is longer loses its middle. */
const LABEL_MAX = 36;
const BAR_MAX = 40;

/** Eighths of a cell, from none to seven. */
const EIGHTHS = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"] as const;

/** One line per row: label, bar, value. Bars begin at zero, so their lengths compare. */
export function drawChart({ value, by }: Chart, rows: readonly Row[]): string {
  if (rows.length === 0) return "nothing to draw: no rows\n";
  const points = rows.map((row) => ({ label: labelOf(row[by]), amount: Number(row[value] ?? 0) }));
  const most = Math.max(...points.map(({ amount }) => amount));
  const width = Math.max(...points.map(({ label }) => lengthOf(label)));
  const digits = Math.max(...points.map(({ amount }) => amount.toLocaleString("en-US").length));
  const lines = points.map(({ label, amount }) => {
    const pad = " ".repeat(width - lengthOf(label));
    return `${label}${pad}  ${amount.toLocaleString("en-US").padStart(digits)}  ${bar(most === 0 ? 0 : amount / most)}`;
  });
  return `${value} by ${by}\n\n${lines.map((line) => line.trimEnd()).join("\n")}\n`;
}

function bar(share: number): string {
  const eighths = Math.round(Math.max(0, share) * BAR_MAX * EIGHTHS.length);
  return "█".repeat(Math.floor(eighths / EIGHTHS.length)) + EIGHTHS[eighths % EIGHTHS.length];
}

const lengthOf = (text: string) => Array.from(text).length;

function labelOf(value: Value | undefined): string {
  const text = printable(value === null || value === undefined ? "(none)" : cell(value));
  const characters = Array.from(text);
  if (characters.length <= LABEL_MAX) return text;
  const half = (LABEL_MAX - 1) / 2;
  return `${characters.slice(0, Math.ceil(half)).join("")}…${characters.slice(-Math.floor(half)).join("")}`;
}
