/** Tables of the estimate, drawn for a terminal or as Markdown. */
import Table from "cli-table3";

export interface Grid {
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Columns that hold words; the others hold numbers. */
  readonly words: readonly number[];
}

export type Style = "terminal" | "markdown";

export function drawGrid(grid: Grid, style: Style): string {
  return style === "markdown" ? markdown(grid) : terminal(grid);
}

function terminal({ title, head, rows, words }: Grid): string {
  const table = new Table({
    head: [...head],
    colAligns: head.map((_name, index) => (words.includes(index) ? "left" : "right")),
    style: { head: [], border: [], compact: true },
  });
  table.push(...rows.map((row) => [...row]));
  return `${title}\n${table.toString()}\n`;
}

function markdown({ title, head, rows, words }: Grid): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |\n`;
  const rule = head.map((_name, index) => (words.includes(index) ? "---" : "---:"));
  return `**${title}**\n\n${line(head)}${line(rule)}${rows.map(line).join("")}`;
}
