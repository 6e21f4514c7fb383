/** Rows as the API writes them: `{f: [{v: …}]}`, every value a string. */
import {
  DuckDBBlobValue,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBIntervalValue,
  DuckDBListValue,
  DuckDBStructValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  DuckDBTimeValue,
  type DuckDBValue,
} from "@duckdb/node-api";
import type { Session } from "./database.ts";
import { type Field, modeOf } from "./schema/fields.ts";

export interface WireOptions {
  /** TIMESTAMP in microseconds, as the Node client asks for; else in seconds with a fraction, as `bq` reads it. */
  readonly int64Timestamps: boolean;
}

type WireValue = string | null | { readonly f: readonly Cell[] } | readonly Cell[];
interface Cell {
  readonly v: WireValue;
}
interface WireRow {
  readonly f: readonly Cell[];
}

/** An answer has at most this many rows and about this many bytes (https://cloud.google.com/bigquery/docs/paging-results). */
const PAGE_ROWS_MAX = 50_000;
const PAGE_BYTES_MAX = 10 * 1024 * 1024;

export interface Page {
  readonly rows: readonly WireRow[];
  /** Where the next page begins, if there is one. */
  readonly next: number | undefined;
}

/**
 * A part of a table, from row `start` on.
 * @param source the table's name in SQL, or a subquery
 */
export async function readPage(
  session: Session,
  source: string,
  fields: readonly Field[],
  page: { readonly start: number; readonly maxResults: number | undefined; readonly total: number },
  options: WireOptions,
): Promise<Page> {
  const limit = Math.min(page.maxResults ?? PAGE_ROWS_MAX, PAGE_ROWS_MAX);
  const result = await session.connection.stream(
    `SELECT * FROM ${source} LIMIT ${limit} OFFSET ${page.start}`,
  );
  const rows: WireRow[] = [];
  let bytes = 0;
  for await (const chunk of result) {
    if (bytes >= PAGE_BYTES_MAX) break;
    for (const values of chunk.getRows()) {
      if (bytes >= PAGE_BYTES_MAX) break;
      const row = wireRow(fields, values, options);
      bytes += JSON.stringify(row).length;
      rows.push(row);
    }
  }
  const end = page.start + rows.length;
  return { rows, next: end < page.total && rows.length > 0 ? end : undefined };
}

function wireRow(fields: readonly Field[], values: readonly DuckDBValue[], options: WireOptions): WireRow {
  return { f: fields.map((field, index) => ({ v: wireValue(field, values[index] ?? null, options) })) };
}

function wireValue(field: Field, value: DuckDBValue, options: WireOptions): WireValue {
  if (modeOf(field) === "REPEATED") {
    // An array that is NULL is stored, and shown, as an empty one.
    const items = value instanceof DuckDBListValue ? value.items : [];
    return items.map((item) => ({ v: wireOne(field, item, options) }));
  }
  return wireOne(field, value, options);
}

function wireOne(field: Field, value: DuckDBValue, options: WireOptions): WireValue {
  if (value === null) return null;
  if (value instanceof DuckDBStructValue) {
    // Columns that were added to a record may stand in another order than in its schema.
    const entries = value.entries;
    return {
      f: (field.fields ?? []).map((member) => ({
        v: wireValue(member, entries[member.name] ?? null, options),
      })),
    };
  }
  if (value instanceof DuckDBTimestampTZValue) {
    return options.int64Timestamps ? String(value.micros) : seconds(value.micros);
  }
  if (value instanceof DuckDBTimestampValue) return isoText(value.micros);
  if (value instanceof DuckDBTimeValue) return isoText(value.micros).slice("1970-01-01T".length);
  if (value instanceof DuckDBDateValue)
    return isoText(BigInt(value.days) * DAY_MICROS).slice(0, "1970-01-01".length);
  if (value instanceof DuckDBDecimalValue) return decimalText(value);
  if (value instanceof DuckDBBlobValue) return Buffer.from(value.bytes).toString("base64");
  if (value instanceof DuckDBIntervalValue) return intervalText(value);
  if (typeof value === "number" && field.type === "FLOAT") return floatText(value);
  return String(value);
}

const SECOND_MICROS = 1_000_000n;
const DAY_MICROS = 86_400n * SECOND_MICROS;

function seconds(micros: bigint): string {
  const sign = micros < 0n ? "-" : "";
  const size = micros < 0n ? -micros : micros;
  const fraction = String(size % SECOND_MICROS)
    .padStart(6, "0")
    .replace(/0+$/, "");
  return `${sign}${size / SECOND_MICROS}.${fraction === "" ? "0" : fraction}`;
}

/** `2026-01-02T03:04:05`, with six digits of a fraction that is not zero. */
function isoText(micros: bigint): string {
  const fraction = ((micros % SECOND_MICROS) + SECOND_MICROS) % SECOND_MICROS;
  const text = new Date(Number((micros - fraction) / 1000n))
    .toISOString()
    .slice(0, "1970-01-01T00:00:00".length);
  return fraction === 0n ? text : `${text}.${String(fraction).padStart(6, "0")}`;
}

function decimalText(value: DuckDBDecimalValue): string {
  const text = value.toString();
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

function floatText(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity";
  return Number.isInteger(value) && Math.abs(value) < 1e15 ? value.toFixed(1) : String(value);
}

/** `Y-M D H:M:S[.F]`, each part with its own sign (https://cloud.google.com/bigquery/docs/reference/standard-sql/data-types#interval_type). */
function intervalText({ months, days, micros }: DuckDBIntervalValue): string {
  const sign = (negative: boolean) => (negative ? "-" : "");
  const [monthsSize, size] = [Math.abs(months), micros < 0n ? -micros : micros];
  const clock = [
    size / (3600n * SECOND_MICROS),
    (size / (60n * SECOND_MICROS)) % 60n,
    (size / SECOND_MICROS) % 60n,
  ];
  const fraction = size % SECOND_MICROS;
  const tail = fraction === 0n ? "" : `.${String(fraction).padStart(6, "0")}`;
  return `${sign(months < 0)}${Math.floor(monthsSize / 12)}-${monthsSize % 12} ${days} ${sign(micros < 0n)}${clock.join(":")}${tail}`;
}
