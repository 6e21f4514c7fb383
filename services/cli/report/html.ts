/** HTML from templates in which every value is escaped, unless it is HTML itself. */
import { visibleLines } from "../visible.ts";

export interface Html {
  readonly html: string;
}

type Value = string | number | Html | readonly Html[];

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Tag of a template: html`<p>${text}</p>`. */
export function html(strings: TemplateStringsArray, ...values: readonly Value[]): Html {
  return { html: String.raw({ raw: strings }, ...values.map(textOf)) };
}

/** Text that is HTML already, from a library of ours. */
export function trusted(text: string): Html {
  return { html: text };
}

function textOf(value: Value): string {
  if (typeof value === "object") return "html" in value ? value.html : value.map(textOf).join("");
  return visibleLines(String(value)).replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? "");
}
