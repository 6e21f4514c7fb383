/** One JSON value as one BigQuery value: exact, or not at all. */
import type { ColumnType } from "../schema/column.ts";
import { isNumber, isObject, type Json } from "./json.ts";
import { date, datetime, timeOfDay, timestamp } from "./time.ts";

/** `undefined` when the value does not fit the type. Everything returned is valid in BigQuery's NDJSON. */
export type Convert = (value: Json) => Json | undefined;

/** What a converter asks for, as the rule of a rejection. */
export const RULES: Record<Exclude<ColumnType, "RECORD">, string> = {
  STRING: "a string",
  BYTES: "a base64 string",
  INTEGER: "a whole number from -2^63 to 2^63-1",
  FLOAT: "a number",
  BOOLEAN: "true or false",
  TIMESTAMP: "an RFC 3339 timestamp",
  DATE: "a date, YYYY-MM-DD",
  TIME: "a time of day, HH:MM:SS",
  DATETIME: "a date and time without a zone",
  NUMERIC: "a decimal number with at most 29 digits before and 9 after the point",
  JSON: "any JSON value",
};

const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;

/** 64-bit integers are strings in protojson and in BigQuery's NDJSON, which reads JSON numbers as doubles. */
function integer(value: Json): Json | undefined {
  const text = typeof value === "string" ? value : isNumber(value) ? value.rawJSON : undefined;
  if (text === undefined || !/^-?\d{1,19}$/.test(text)) return undefined;
  const exact = BigInt(text);
  return exact >= INT64_MIN && exact <= INT64_MAX ? exact.toString() : undefined;
}

function float(value: Json): Json | undefined {
  if (typeof value === "string") return /^(NaN|-?Infinity)$/.test(value) ? value : undefined;
  return isNumber(value) && Number.isFinite(Number(value.rawJSON)) ? value : undefined;
}

function numeric(value: Json): Json | undefined {
  const text = typeof value === "string" ? value : isNumber(value) ? value.rawJSON : "";
  return /^-?\d{1,29}(\.\d{1,9})?$/.test(text) ? text : undefined;
}

function fromText(convert: (text: string) => string | undefined): Convert {
  return (value) => (typeof value === "string" ? convert(value) : undefined);
}

/** A STRING must be UTF-8 and is cut or refused at NUL by some readers: such text is not passed on. */
export function isCleanText(text: string): boolean {
  return text.isWellFormed() && !text.includes("\0");
}

const UINT64_MAX = 2n ** 64n - 1n;
/** Nearer to zero a double has fewer digits than 15. */
const DOUBLE_MIN = 2 ** -1022;

/**
 * A JSON column holds integers from -2^63 to 2^64-1 and doubles
 * (https://cloud.google.com/bigquery/docs/reference/standard-sql/data-types#json_type): a decimal of up to 15
 * digits survives a double, a longer one does if the double is written back the same.
 */
function isExactNumber(text: string): boolean {
  if (/^-?\d{1,20}$/.test(text)) return BigInt(text) >= INT64_MIN && BigInt(text) <= UINT64_MAX;
  const double = Number(text);
  if (!Number.isFinite(double)) return false;
  const [mantissa = ""] = text.split(/[eE]/, 1);
  const digits = mantissa.replaceAll(/[-.]/g, "").replace(/^0+/, "").length;
  const keepsDigits = digits === 0 || Math.abs(double) >= DOUBLE_MIN;
  return (digits <= 15 && keepsDigits) || String(double) === text;
}

/** The most levels of nesting that are kept as JSON; BigQuery takes 500. */
const JSON_DEPTH_MAX = 64;

/** Whether a value can be kept in a JSON column without a change. */
export function isCleanJson(value: Json, depth = 0): boolean {
  if (typeof value === "string") return isCleanText(value);
  if (typeof value !== "object" || value === null) return true;
  if (isNumber(value)) return isExactNumber(value.rawJSON);
  if (depth >= JSON_DEPTH_MAX) return false;
  if (Array.isArray(value)) return (value as readonly Json[]).every((item) => isCleanJson(item, depth + 1));
  return Object.entries(value).every(([key, item]) => isCleanText(key) && isCleanJson(item, depth + 1));
}

const isBase64 = (text: string) => text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text);

export const CONVERT: Record<Exclude<ColumnType, "RECORD">, Convert> = {
  STRING: fromText((text) => (isCleanText(text) ? text : undefined)),
  BYTES: fromText((text) => (isBase64(text) ? text : undefined)),
  INTEGER: integer,
  FLOAT: float,
  BOOLEAN: (value) => (typeof value === "boolean" ? value : undefined),
  TIMESTAMP: fromText(timestamp),
  DATE: fromText(date),
  TIME: fromText(timeOfDay),
  DATETIME: fromText(datetime),
  NUMERIC: numeric,
  JSON: (value) => (isCleanJson(value) ? value : undefined),
};

/** A number is its digits: an enum that a sender writes by number, an id that it writes without quotes. */
function textOf(value: Json): Json | undefined {
  if (typeof value === "boolean") return String(value);
  return isNumber(value) ? value.rawJSON : CONVERT.STRING(value);
}

/** Year 1 to year 9999, what BigQuery's calendar and protobuf's `Timestamp` both have. */
const SECONDS_MIN = -62_135_596_800;
const SECONDS_MAX = 253_402_300_799;

/**
 * protobuf's `Timestamp` in Go's plain JSON, `{"seconds": 1735689600, "nanos": 5000}`, beside the RFC 3339 text that
 * protojson makes of it (https://protobuf.dev/reference/protobuf/google.protobuf/#timestamp).
 */
function instantOf(value: Json): Json | undefined {
  if (!isObject(value)) return CONVERT.TIMESTAMP(value);
  const { seconds, nanos, ...others } = value;
  if (seconds === undefined || Object.keys(others).length > 0) return undefined;
  const second = Number(integer(seconds));
  const nano = nanos === undefined ? 0 : Number(integer(nanos));
  if (!(second >= SECONDS_MIN && second <= SECONDS_MAX && nano >= 0 && nano < 1e9)) return undefined;
  const time = new Date(second * 1000).toISOString().slice(0, 19);
  return timestamp(`${time}.${String(nano).padStart(9, "0")}Z`);
}

/** For events of more than one shape: also takes what says the same in another way. */
export const CONVERT_ANY: typeof CONVERT = { ...CONVERT, STRING: textOf, TIMESTAMP: instantOf };
