/** An answer as text: a table for people, JSON, CSV or Markdown for everything else. */
import Table from "cli-table3";
import type { Answer } from "#services/shared/gcp/query.ts";
import { visible } from "../visible.ts";
import { cell, isNumber } from "./cell.ts";
import { csv } from "./csv.ts";

export const FORMATS = ["table", "json", "csv", "md"] as const;
export type Format = (typeof FORMATS)[number];

/** A table needs all rows for its widths, so it ends here; the other formats have no limit. */
export const TABLE_ROWS_MAX = 1_000;

/**
 * Text, in pieces that end with a line, as the rows arrive.
 * @param raw of CSV: values as they are
 */
export function render(answer: Answer, format: Format, raw = false): AsyncGenerator<string, void, void> {
  return RENDERERS[format](answer, raw);
}

async function* table({ fields, rows }: Answer): AsyncGenerator<string, void, void> {
  const drawn = new Table({
    head: fields.map(({ name }) => name),
    colAligns: fields.map((field) => (isNumber(field) ? "right" : "left")),
    style: { head: [], border: [], compact: true },
  });
  let count = 0;
  let more = false;
  for await (const row of rows) {
    if (count === TABLE_ROWS_MAX) {
      more = true;
      break;
    }
    drawn.push(fields.map(({ name }) => visible(cell(row[name]))));
    count += 1;
  }
  if (fields.length > 0) yield `${drawn.toString()}\n`;
  const words = `${count} ${count === 1 ? "row" : "rows"}`;
  yield more ? `the first ${words}; there are more (--format json or csv has all)\n` : `${words}\n`;
}

/** One JSON object per line, as BigQuery loads and exports it. */
async function* json({ rows }: Answer): AsyncGenerator<string, void, void> {
  for await (const row of rows) yield `${JSON.stringify(row)}\n`;
}

/** What Markdown and the HTML in it would make of a sender's text: links, images, elements, another column. */
const MARKUP = /[\\`*_[\]<>|~&]/g;

async function* markdown({ fields, rows }: Answer): AsyncGenerator<string, void, void> {
  const line = (cells: string[]) => `| ${cells.join(" | ")} |\n`;
  const escaped = (text: string) => text.replaceAll(MARKUP, "\\$&").split(/\r?\n/).map(visible).join("<br>");
  yield line(fields.map(({ name }) => escaped(name)));
  yield line(fields.map((field) => (isNumber(field) ? "---:" : "---")));
  for await (const row of rows) yield line(fields.map(({ name }) => escaped(cell(row[name]))));
}

const RENDERERS = { table, json, csv, md: markdown } as const;
