/** An answer as text: a table for people, JSON, CSV or Markdown for everything else. */
import Table from "cli-table3";
import type { Answer, Field, Row, Value } from "#services/shared/gcp/query.ts";

export const FORMATS = ["table", "json", "csv", "md"] as const;
export type Format = (typeof FORMATS)[number];

const NUMERIC = new Set(["INTEGER", "INT64", "FLOAT", "FLOAT64", "NUMERIC", "BIGNUMERIC"]);

/** A table needs all rows for its widths, so it ends here; the other formats have no limit. */
export const TABLE_ROWS_MAX = 1_000;

/** Text, in pieces that end with a line, as the rows arrive. */
export function render(answer: Answer, format: Format): AsyncGenerator<string, void, void> {
  return RENDERERS[format](answer);
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
    drawn.push(fields.map(({ name }) => printable(cell(row[name]))));
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

/** RFC 4180, but for the line end, which is a single line feed. */
async function* csv({ fields, rows }: Answer): AsyncGenerator<string, void, void> {
  const line = (cells: string[]) =>
    `${cells.map((text) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)).join(",")}\n`;
  yield line(fields.map(({ name }) => name));
  for await (const row of rows) yield line(fields.map(({ name }) => cell(row[name], "")));
}

async function* markdown({ fields, rows }: Answer): AsyncGenerator<string, void, void> {
  const line = (cells: string[]) => `| ${cells.join(" | ")} |\n`;
  const escaped = (text: string) =>
    text.replaceAll("\\", "\\\\").replaceAll("|", "\\|").replaceAll(/\r?\n/g, "<br>");
  yield line(fields.map(({ name }) => escaped(name)));
  yield line(fields.map((field) => (isNumber(field) ? "---:" : "---")));
  for await (const row of rows) yield line(fields.map(({ name }) => escaped(cell(row[name]))));
}

export function isNumber({ type, mode }: Field): boolean {
  return mode !== "REPEATED" && NUMERIC.has(type);
}

/** Records and arrays as JSON; `null` is told from the empty text where the format allows it. */
export function cell(value: Row[string] | undefined, whenNull = "NULL"): string {
  const given: Value = value ?? null;
  if (given === null) return whenNull;
  return typeof given === "object" ? JSON.stringify(given) : String(given);
}

/** Senders write these texts: what a terminal would obey (category Cc) is shown as its code instead. */
export function printable(text: string): string {
  return text.replaceAll(
    /\p{Cc}/gu,
    (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
}

const RENDERERS = { table, json, csv, md: markdown } as const;
