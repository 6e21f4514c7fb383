/** A row of an answer as a line that a load job takes. */
import type { Field, Row, Value } from "#services/shared/gcp/query.ts";

/** NULL is left out: a load makes it NULL again. */
export function lineOf(fields: readonly Field[], row: Row): string {
  const pairs = fields.flatMap((field) => {
    const value = row[field.name] ?? null;
    return value === null ? [] : `${JSON.stringify(field.name)}:${textOf(field, value)}`;
  });
  return `{${pairs.join(",")}}`;
}

function textOf(field: Field, value: Value): string {
  if (field.mode === "REPEATED")
    return `[${(value as readonly Value[]).map((one) => textOf({ ...field, mode: "NULLABLE" }, one)).join(",")}]`;
  if (value !== null && field.fields !== undefined) return lineOf(field.fields, value as Row);
  // The client gives JSON as the text that it is.
  return field.type === "JSON" && typeof value === "string" ? value : JSON.stringify(value);
}
