/** What the values at one place of many samples have in common. */
import { isNumber, isObject, type Json } from "../row/json.ts";
import { CONVERT } from "../row/value.ts";
import { type ColumnType, lowerCamelCase } from "./column.ts";

/**
 * The first that every value fits is taken. BYTES and TIME are not among them: too much other text looks like base64
 * or a time of day, and who sends them says so.
 */
const PREFERENCE = [
  "BOOLEAN",
  "INTEGER",
  "FLOAT",
  "NUMERIC",
  "TIMESTAMP",
  "DATETIME",
  "DATE",
  "STRING",
] as const satisfies readonly ColumnType[];

type Candidate = (typeof PREFERENCE)[number];

const NUMBERS = new Set<Candidate>(["INTEGER", "FLOAT", "NUMERIC"]);

/** One field under all the spellings that fill its column. */
interface Field {
  /** As the samples spell it, the first seen first. */
  readonly keys: Set<string>;
  readonly shape: Shape;
  /** How many objects have it. */
  count: number;
}

export class Shape {
  /** Objects, arrays and scalars that were seen here; null is none of them. */
  objects = 0;
  arrays = 0;
  scalars = 0;
  /** Of the arrays' elements. */
  hasNullItems = false;
  #items: Shape | undefined;
  #candidates: readonly Candidate[] = PREFERENCE;
  #numbers = 0;
  /** By camelCase name, in which all spellings of a column are equal. */
  readonly fields = new Map<string, Field>();

  add(value: Json): void {
    if (value === null) return;
    if (Array.isArray(value)) this.#addArray(value as readonly Json[]);
    else if (isObject(value)) this.#addObject(value);
    else {
      this.scalars += 1;
      if (isNumber(value)) this.#numbers += 1;
      this.#candidates = this.#candidates.filter((candidate) => fits(candidate, value));
    }
  }

  /** How many kinds of value were seen; BigQuery has a type for one kind, and JSON for more. */
  get kinds(): number {
    return [this.objects, this.arrays, this.scalars].filter((count) => count > 0).length;
  }

  /** Of all elements of all arrays; `undefined` when there was none. */
  get items(): Shape | undefined {
    return this.#items;
  }

  /** `undefined` when no type but JSON takes all scalars. */
  get scalarType(): Candidate | undefined {
    // Digits in quotes are an integer in protojson, but alone as likely an account or a postcode with its zeros.
    const found = this.#candidates.find((candidate) => this.#numbers > 0 || !NUMBERS.has(candidate));
    return found ?? (this.#numbers === this.scalars ? "FLOAT" : undefined);
  }

  #addArray(items: readonly Json[]): void {
    this.arrays += 1;
    for (const item of items) {
      if (item === null) this.hasNullItems = true;
      this.#items ??= new Shape();
      this.#items.add(item);
    }
  }

  #addObject(object: { readonly [key: string]: Json }): void {
    this.objects += 1;
    const names = new Set(
      Object.keys(object)
        .filter((key) => key !== lowerCamelCase(key))
        .map(lowerCamelCase),
    );
    for (const [key, value] of Object.entries(object)) {
      const spelling = lowerCamelCase(key);
      // Where an object has both spellings, the column is filled from its own name (fill.ts).
      if (key === spelling && names.has(key)) continue;
      const field = this.fields.get(spelling) ?? { keys: new Set(), shape: new Shape(), count: 0 };
      this.fields.set(spelling, field);
      field.keys.add(key);
      field.count += 1;
      field.shape.add(value);
    }
  }
}

function fits(candidate: Candidate, value: Json): boolean {
  if (CONVERT[candidate](value) === undefined) return false;
  if (candidate === "FLOAT" && isNumber(value)) return isDouble(value.rawJSON);
  if (typeof value === "string" && (candidate === "INTEGER" || candidate === "NUMERIC"))
    return /^-?(0|[1-9]\d*)$/.test(value);
  return true;
}

/**
 * Whether a FLOAT column gives the number back as it was written: 15 digits, or a double's own text. A whole number of
 * more digits is an id rather than a measurement, and one that was not rounded may come next.
 */
function isDouble(text: string): boolean {
  if (/^-?\d+$/.test(text)) return Number.isSafeInteger(Number(text));
  const digits = text
    .replace(/[eE].*$/, "")
    .replaceAll(/[-.]/g, "")
    .replace(/^0+/, "");
  return digits.length <= 15 || String(Number(text)) === text;
}
