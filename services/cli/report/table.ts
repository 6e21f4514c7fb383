/** An answer as an HTML table, in words for people. */
import type { Field, Row, Value } from "#services/shared/gcp/query.ts";
import { cell, isNumber } from "../query/cell.ts";
import { visible } from "../visible.ts";
import { type Html, html } from "./html.ts";

/** The rest is a command away. */
const ROWS_MAX = 10;

/** @param name the question's, for the command that shows all rows */
export function tableOf(name: string, fields: readonly Field[], rows: readonly Row[]): Html {
  const more = rows.length - ROWS_MAX;
  return html`<table>
<thead><tr>${fields.map((field) => html`<th scope="col"${numeric(field)}>${words(field.name)}</th>`)}</tr></thead>
<tbody>${rows.slice(0, ROWS_MAX).map(
    (row) => html`<tr>${fields.map((field) => dataCell(field, row))}</tr>
`,
  )}</tbody>
</table>
${more > 0 ? html`<p class="soft">And ${count(more)} more: <code>pullhouse ask ${name}</code></p>` : ""}`;
}

function dataCell(field: Field, row: Row): Html {
  const value = row[field.name] ?? null;
  return html`<td data-label="${words(field.name)}"${numeric(field)}>${shown(field, value)}</td>`;
}

function numeric(field: Field): Html {
  return isNumber(field) ? html` class="number"` : html``;
}

const words = (name: string) => name.replaceAll("_", " ");

const count = (amount: number) => amount.toLocaleString("en-US");

const DIGEST = /^(sha256:[0-9a-f]{12})[0-9a-f]{52}$/;

/** Times to the minute in UTC, digests by their beginning with the whole one behind it. */
function shown(field: Field, value: Value): Html | string {
  if (value === null) return "–";
  if (typeof value === "number") return count(value);
  const text = visible(cell(value));
  if (field.type === "TIMESTAMP") return `${text.slice(0, 10)} ${text.slice(11, 16)}`;
  const [, beginning] = DIGEST.exec(text) ?? [];
  return beginning === undefined ? text : html`<span title="${text}">${beginning}…</span>`;
}
