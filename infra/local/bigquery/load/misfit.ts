/** A value that does not fit its column, in the words of BigQuery's load jobs. */

/** Shown values are cut: a message goes into a job's status. */
const SHOWN_MAX = 200;

export class Misfit extends Error {
  override readonly name = "Misfit";
}

/** "Could not convert value to string. Field: name; Value: 3" */
export function cannotConvert(type: string, path: string, value: unknown, why = ""): Misfit {
  const because = why === "" ? "" : ` ${why}`;
  return new Misfit(`Could not convert value to ${type}.${because} Field: ${path}; Value: ${shown(value)}`);
}

function shown(value: unknown): string {
  const text = typeof value === "string" ? value : (JSON.stringify(value) ?? String(value));
  return text.length > SHOWN_MAX ? `${text.slice(0, SHOWN_MAX)}…` : text;
}
