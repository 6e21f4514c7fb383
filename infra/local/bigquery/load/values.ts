/**
 * Values of one column: checked as BigQuery's JSON loading checks them, and written as the JSON that DuckDB reads
 * without a change of meaning.
 */
import type { FieldType } from "../schema/fields.ts";
import { cannotConvert } from "./misfit.ts";
import { isRawJson } from "./raw-json.ts";
import { dateText, datetimeText, timestampText, timeText } from "./times.ts";

/** @returns JSON text. @throws Misfit. `null` never comes here. */
export type Encode = (value: unknown, path: string) => string;

const INT64_MAX = 2n ** 63n - 1n;
const INT64_MIN = -(2n ** 63n);
const FLOAT_TEXT = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;
const NOT_FINITE = /^([+-]?inf(inity)?|nan)$/i;
/** https://cloud.google.com/bigquery/docs/loading-data-cloud-storage-json, "Boolean", case-insensitive. */
const BOOLEANS: Readonly<Record<string, string>> = {
  true: "true",
  t: "true",
  yes: "true",
  y: "true",
  "1": "true",
  false: "false",
  f: "false",
  no: "false",
  n: "false",
  "0": "false",
};
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?$/;
const DECIMAL_TEXT = /^[+-]?(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/;
const EXPONENT_MAX = 100;

export const ENCODERS: Readonly<Record<Exclude<FieldType, "RECORD">, Encode>> = {
  STRING: (value, path) => {
    if (typeof value !== "string") throw cannotConvert("string", path, value);
    // A lone surrogate has no UTF-8: BigQuery stores U+FFFD.
    return JSON.stringify(value.isWellFormed() ? value : value.toWellFormed());
  },
  INTEGER: encodeInteger,
  FLOAT: encodeFloat,
  BOOLEAN: (value, path) => {
    if (typeof value === "boolean") return value ? "true" : "false";
    const known = BOOLEANS[String(value).toLowerCase()];
    if (known === undefined || typeof value === "object") throw cannotConvert("boolean", path, value);
    return known;
  },
  TIMESTAMP: (value, path) => `"${timestampText(value, path)}"`,
  DATETIME: (value, path) => `"${datetimeText(value, path)}"`,
  DATE: (value, path) => `"${dateText(value, path)}"`,
  TIME: (value, path) => `"${timeText(value, path)}"`,
  BYTES: (value, path) => {
    if (typeof value !== "string" || !BASE64.test(value)) throw cannotConvert("bytes", path, value);
    return `"${Buffer.from(value, "base64").toString("hex").replace(/../g, "\\\\x$&")}"`;
  },
  NUMERIC: (value, path) => encodeDecimal(value, path, 29, "numeric"),
  // BigQuery has 38 digits before the point; DuckDB's decimals have room for 20.
  BIGNUMERIC: (value, path) => encodeDecimal(value, path, 20, "bignumeric"),
  JSON: (value) => JSON.stringify(value),
  INTERVAL: (value, path) => {
    throw cannotConvert("interval", path, value, "INTERVAL is not supported by the local BigQuery here.");
  },
};

/**
 * A bare number beyond 2^53 may have lost digits on its way, so the documentation demands a string for it; here it
 * is an error, because silence would hide a writer's mistake.
 */
function encodeInteger(value: unknown, path: string): string {
  if (typeof value === "number") {
    if (Number.isSafeInteger(value)) return String(value);
    const why = Number.isInteger(value) ? "Integers beyond 2^53 must be strings." : "";
    throw cannotConvert("integer", path, value, why);
  }
  if (isRawJson(value)) return encodeInteger(Number(value.rawJSON), path);
  if (typeof value !== "string" || !/^[+-]?\d+$/.test(value)) throw cannotConvert("integer", path, value);
  const number = BigInt(value.replace(/^\+/, ""));
  if (number > INT64_MAX || number < INT64_MIN) throw cannotConvert("integer", path, value, "Out of range.");
  return String(number);
}

function encodeFloat(value: unknown, path: string): string {
  if (isRawJson(value)) return encodeFloat(Number(value.rawJSON), path);
  if (typeof value === "number") {
    // JSON has no infinity: the text overflowed.
    if (!Number.isFinite(value)) throw cannotConvert("float", path, value, "Out of range.");
    return Object.is(value, -0) ? "-0.0" : String(value);
  }
  if (typeof value !== "string") throw cannotConvert("float", path, value);
  if (NOT_FINITE.test(value)) {
    const name = /nan/i.test(value) ? "NaN" : value.startsWith("-") ? "-Infinity" : "Infinity";
    return `"${name}"`;
  }
  if (!FLOAT_TEXT.test(value) || !Number.isFinite(Number(value))) throw cannotConvert("float", path, value);
  return String(Number(value));
}

/** As a string, so that no digit goes through a double. @param wholeMax digits before the point */
function encodeDecimal(value: unknown, path: string, wholeMax: number, type: string): string {
  const text = isRawJson(value) ? value.rawJSON : typeof value === "number" ? String(value) : value;
  const parts = typeof text === "string" ? DECIMAL_TEXT.exec(text) : null;
  const [, whole = "", fraction = "", exponent = "0"] = parts ?? [];
  if (parts === null || whole + fraction === "") throw cannotConvert(type, path, value);
  const shift = Number(exponent);
  const digits = `${whole}${fraction}`.replace(/^0+/, "");
  const leadingZeros = whole.length + fraction.length - digits.length;
  if (Math.abs(shift) > EXPONENT_MAX || whole.length - leadingZeros + shift > wholeMax) {
    throw cannotConvert(type, path, value, "Out of range.");
  }
  return `"${text as string}"`;
}
