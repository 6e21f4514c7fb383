/** Rows as CSV: RFC 4180, but for the line end, which is a single line feed. */
import type { Answer, Field, Row } from "#services/shared/gcp/query.ts";
import { visible } from "../visible.ts";
import { cell, isNumber } from "./cell.ts";

/** @param raw values as they are; otherwise a spreadsheet takes none for a formula, and control characters are visible */
export async function* csv({ fields, rows }: Answer, raw: boolean): AsyncGenerator<string, void, void> {
  const harmless = raw ? (text: string) => text : harmlessText;
  yield lineOf(fields.map(({ name }) => harmless(name)));
  for await (const row of rows) yield lineOf(fields.map((field) => textOf(field, row, harmless)));
}

function textOf(field: Field, row: Row, harmless: (text: string) => string): string {
  const text = cell(row[field.name], "");
  return isNumber(field) ? text : harmless(text);
}

function lineOf(cells: readonly string[]): string {
  return `${cells.map((text) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)).join(",")}\n`;
}

/**
 * What makes a cell a formula, ASCII and full width (https://owasp.org/www-community/attacks/CSV_Injection; tab and carriage
 * return, which spreadsheets skip, are visible by now). It counts at the beginning of a cell, and behind a semicolon or line
 * end, where a spreadsheet of another language begins the next one.
 */
const FORMULA = /(^|[;\n])(?=[=+\-@\uFF1D\uFF0B\uFF0D\uFF20])/g;

/** The apostrophe before it says "this is text". */
function harmlessText(text: string): string {
  return text.split("\n").map(visible).join("\n").replaceAll(FORMULA, "$1'");
}
