/** Whether a row of the warehouse holds what was posted: looked up by path, without the code that wrote it. */
import { isNumber, type Json } from "#services/shared/row/json.ts";
import { parseJson } from "#services/shared/row/parse-json.ts";
import type { Column } from "#services/shared/schema/column.ts";
import type { EventTable } from "#services/shared/schema/registry.ts";

type JsonObject = { readonly [key: string]: Json };
type Path = readonly (string | number)[];

/** A row as the BigQuery client gives it, integers wrapped. */
export type ClientRow = Readonly<Record<string, unknown>>;

/**
 * The scalars of the data that are neither in their column nor at their place in `extra`; null says nothing, and
 * needs no place.
 */
export function missingIn(row: ClientRow, table: EventTable, data: Json): string[] {
  const extra = row["extra"] === null ? {} : (parseJson(row["extra"] as string).value as JsonObject);
  return [...leavesOf(data)]
    .filter(([path, leaf]) => {
      const name = table.otherNames.get(String(path[0])) ?? String(path[0]);
      const inColumn = columnAt(row, table.own, [name, ...path.slice(1)]).some(
        (value) => isSame(value, leaf) || (value instanceof Nanos && value.isSame(leaf)),
      );
      // What is called `ce` in the data makes way for the attributes.
      const [first, ...below] = path;
      const place = /^_*ce$/.test(String(first)) ? [`_${first}`, ...below] : path;
      return !inColumn && !isSame(valueAt(extra, place), leaf);
    })
    .map(([path]) => `/${path.join("/")}`);
}

function* leavesOf(value: Json, path: Path = []): Generator<readonly [Path, Json]> {
  if (value === null) return;
  if (typeof value !== "object" || isNumber(value)) yield [path, value];
  else if (Array.isArray(value)) {
    for (const [index, item] of (value as readonly Json[]).entries()) yield* leavesOf(item, [...path, index]);
  } else for (const [key, item] of Object.entries(value)) yield* leavesOf(item, [...path, key]);
}

function valueAt(value: Json | undefined, path: Path): Json | undefined {
  let at = value;
  for (const key of path) {
    if (typeof at !== "object" || at === null || isNumber(at) || !Object.hasOwn(at, key)) return undefined;
    at = (at as JsonObject)[key];
  }
  return at;
}

const withoutMarks = (name: string) => name.replaceAll(/[_-]/g, "").toLowerCase();

/** What the columns have at the path, in the field's own spelling or the column's. */
function columnAt(row: ClientRow, columns: readonly Column[], [key, ...rest]: Path): unknown[] {
  const named = columns.filter(({ name }) => withoutMarks(name) === withoutMarks(String(key)));
  return named.flatMap((column) => inside(row[column.name], column, rest));
}

function inside(value: unknown, column: Column, path: Path): unknown[] {
  if (value === null || value === undefined) return [];
  if (column.mode === "REPEATED") {
    const [index, ...rest] = path;
    // Elements that the column could not hold are in `extra`, and those behind them move up.
    return (value as readonly unknown[]).flatMap((item, at) =>
      typeof index === "number" && at <= index ? inside(item, { ...column, mode: "NULLABLE" }, rest) : [],
    );
  }
  if (column.type === "RECORD") return columnAt(value as ClientRow, column.fields ?? [], path);
  if (column.type === "JSON") return [valueAt(parseJson(value as string).value, path)];
  const { value: wrapped } = value as { value?: unknown };
  const seconds = instantOf(value, path);
  return seconds !== undefined ? [seconds] : path.length === 0 ? [wrapped ?? value] : [];
}

/** A column TIMESTAMP as the `seconds` or `nanos` of protobuf's message in plain JSON. */
function instantOf(value: unknown, [part, ...rest]: Path): number | Nanos | undefined {
  const text = (value as { value?: unknown }).value;
  if (typeof text !== "string" || rest.length > 0) return undefined;
  const ms = Date.parse(text);
  if (part === "seconds") return Math.floor(ms / 1000);
  if (part === "nanos")
    return new Nanos(Number((/\.(\d+)/.exec(text)?.[1] ?? "").slice(0, 6).padEnd(6, "0")));
  return undefined;
}

/** Of which a TIMESTAMP keeps the microseconds. */
class Nanos {
  readonly #micros: number;

  constructor(micros: number) {
    this.#micros = micros;
  }

  isSame(leaf: Json): boolean {
    return Math.floor(Number(textOf(leaf)) / 1000) === this.#micros;
  }
}

/** Numbers by their value, times by their instant to the microsecond, everything else by its text. */
function isSame(found: unknown, leaf: Json): boolean {
  if (found === undefined || found === null) return false;
  const [a, b] = [textOf(found), textOf(leaf)];
  return a === b || (isNumeric(a) && isNumeric(b) && Number(a) === Number(b)) || timeOf(a) === timeOf(b);
}

function textOf(value: unknown): string {
  if (typeof value !== "object" || value === null) return String(value);
  return isNumber(value as Json) ? (value as { rawJSON: string }).rawJSON : JSON.stringify(value);
}

const isNumeric = (text: string) => /^-?\d/.test(text) && Number.isFinite(Number(text));

const TIME = /^(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(?:\.(\d+))?([Zz]|[+-]\d\d:\d\d)?$/;

/** Something that is only equal for equal times; for a text that is no time, unlike every other. */
function timeOf(text: string): unknown {
  const match = TIME.exec(text);
  if (match === null) return {};
  const [, date, clock, fraction = "", zone = "Z"] = match;
  const leap = clock?.endsWith(":60") ?? false;
  const seconds = Date.parse(`${date}T${leap ? `${clock?.slice(0, -2)}59` : clock}${zone.toUpperCase()}`);
  return leap ? `${seconds + 1_000} 000000` : `${seconds} ${fraction.slice(0, 6).padEnd(6, "0")}`;
}
