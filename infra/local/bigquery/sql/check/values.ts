/** Values and types in one plain form, in which the answers of two engines can be compared. */

/** A BigQuery type; the kinds are Google's names. */
export type ColumnType =
  | { readonly kind: ScalarKind }
  | { readonly kind: "ARRAY"; readonly element: ColumnType }
  | { readonly kind: "STRUCT"; readonly fields: readonly Column[] };

export type ScalarKind =
  | "BOOL"
  | "INT64"
  | "FLOAT64"
  | "NUMERIC"
  | "STRING"
  | "BYTES"
  | "DATE"
  | "TIME"
  | "DATETIME"
  | "TIMESTAMP"
  | "JSON";

export interface Column {
  readonly name: string;
  readonly type: ColumnType;
}

/**
 * INT64 and NUMERIC as decimal text, FLOAT64 as text of 12 significant digits, BYTES as hex, times in ISO
 * form with six digits of a second, JSON as text with sorted members, ARRAY and STRUCT as lists.
 */
export type Value = null | boolean | string | readonly Value[];

export interface Answer {
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly Value[])[];
}

/** `STRUCT<a INT64, b ARRAY<STRING>>`, as BigQuery writes it. */
export function typeText(type: ColumnType): string {
  if (type.kind === "ARRAY") return `ARRAY<${typeText(type.element)}>`;
  if (type.kind !== "STRUCT") return type.kind;
  return `STRUCT<${type.fields.map((field) => `${field.name} ${typeText(field.type)}`.trim()).join(", ")}>`;
}

/** Twelve digits: the two engines may sum in another order. */
export function floatText(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  return Number.isFinite(value)
    ? String(Number(value.toPrecision(12)) + 0)
    : value > 0
      ? "Infinity"
      : "-Infinity";
}

/** Microseconds since 1970 as `2026-01-01T00:00:00.000000`. */
export function isoText(micros: bigint): string {
  const within = ((micros % 1_000_000n) + 1_000_000n) % 1_000_000n;
  const seconds = (micros - within) / 1_000_000n;
  return `${new Date(Number(seconds) * 1000).toISOString().slice(0, 19)}.${String(within).padStart(6, "0")}`;
}

/** The inverse of {@link isoText}; a `Z` at the end is ignored. */
export function isoMicros(text: string): bigint {
  const [whole = "", fraction = ""] = text.replace("Z", "").split(".");
  return BigInt(Date.parse(`${whole}Z`)) * 1000n + BigInt(fraction.padEnd(6, "0").slice(0, 6) || "0");
}

export function dateText(days: number): string {
  return new Date(days * 86_400_000).toISOString().slice(0, 10);
}

/** A count of billionths as decimal text without trailing zeros. */
export function numericText(billionths: bigint): string {
  const sign = billionths < 0n ? "-" : "";
  const digits = String(billionths < 0n ? -billionths : billionths).padStart(10, "0");
  const fraction = digits.slice(-9).replace(/0+$/, "");
  return `${sign}${digits.slice(0, -9)}${fraction === "" ? "" : `.${fraction}`}`;
}

/** JSON text with sorted members: BigQuery does not keep their order. */
export function jsonText(text: string): string {
  return JSON.stringify(JSON.parse(text), (_, value: unknown) =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
}

/** Both answers as text, rows sorted unless their order is part of the answer. */
export function answerText(answer: Answer, ordered: boolean): { columns: string; rows: string[] } {
  const rows = answer.rows.map((row) => JSON.stringify(row));
  return {
    columns: answer.columns.map((column) => `${column.name} ${typeText(column.type)}`).join(", "),
    rows: ordered ? rows : rows.sort(),
  };
}
