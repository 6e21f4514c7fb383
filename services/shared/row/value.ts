/** One JSON value as one BigQuery value: exact, or not at all. */
import type { ColumnType } from "../schema/column.ts";
import { isNumber, isObject, type Json } from "./json.ts";

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

const DATE = String.raw`\d{4}-\d{2}-\d{2}`;
const CLOCK = String.raw`\d{2}:\d{2}:\d{2}`;
const TIMESTAMP = new RegExp(String.raw`^(${DATE})[Tt ](${CLOCK})(?:\.(\d{1,9})\d*)?(Z|z|[+-]\d{2}:\d{2})$`);
const DATETIME = new RegExp(String.raw`^(${DATE})[Tt ](${CLOCK})(?:\.(\d{1,9}))?$`);

const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const;

/**
 * BigQuery's calendar runs from year 1 to 9999. Counted here, since to make a Date and its text of each time in an event
 * would be a tenth of the batcher's work.
 * @param date `YYYY-MM-DD` @param time `HH:MM:SS`
 */
function isCalendarTime(date: string, time: string): boolean {
  const year = Number(date.slice(0, 4));
  const month = Number(date.slice(5, 7));
  const day = Number(date.slice(8, 10));
  const isLeapDay = month === 2 && day === 29 && year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const isDay = year >= 1 && day >= 1 && (isLeapDay || day <= (DAYS[month - 1] ?? 0));
  return (
    isDay && Number(time.slice(0, 2)) < 24 && Number(time.slice(3, 5)) < 60 && Number(time.slice(6, 8)) < 60
  );
}

/** BigQuery keeps microseconds (https://cloud.google.com/bigquery/docs/reference/standard-sql/data-types#timestamp_type). */
function micros(fraction: string | undefined): string {
  return fraction === undefined ? "" : `.${fraction.slice(0, 6).padEnd(6, "0")}`;
}

/**
 * An RFC 3339 timestamp in UTC, always with six digits (so that text order is time order), `undefined` if it is none. Nanoseconds are cut off, a leap
 * second becomes the next second's start, as in Go's and Java's clocks.
 */
export function timestamp(text: string): string | undefined {
  const match = TIMESTAMP.exec(text);
  if (match === null) return undefined;
  const [, date, time, fraction, zone] = match as unknown as [
    string,
    string,
    string,
    string | undefined,
    string,
  ];
  const leap = time.endsWith(":60");
  const plain = leap ? `${time.slice(0, -2)}59` : time;
  if (!isCalendarTime(date, plain)) return undefined;
  if (zone === "Z" && !leap) return `${date}T${time}${micros(fraction ?? "0")}Z`;
  const offset = zone.toUpperCase() === "Z" ? 0 : offsetMs(zone);
  if (offset === undefined) return undefined;
  const seconds = new Date(Date.parse(`${date}T${plain}Z`) - offset + (leap ? 1000 : 0));
  const year = seconds.getUTCFullYear();
  if (year < 1 || year > 9999) return undefined;
  return `${seconds.toISOString().slice(0, 19)}${leap ? micros("0") : micros(fraction ?? "0")}Z`;
}

function offsetMs(zone: string): number | undefined {
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(4, 6));
  if (hours > 23 || minutes > 59) return undefined;
  return (zone.startsWith("-") ? -1 : 1) * (hours * 60 + minutes) * 60_000;
}

/** With a space in the middle, the form that is documented for load jobs (…/loading-data-cloud-storage-json). */
function datetime(text: string): string | undefined {
  const match = DATETIME.exec(text);
  if (match === null) return undefined;
  const [, date, time, fraction] = match as unknown as [string, string, string, string | undefined];
  return isCalendarTime(date, time) ? `${date} ${time}${micros(fraction)}` : undefined;
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
  const digits = text
    .replace(/[eE].*$/, "")
    .replaceAll(/[-.]/g, "")
    .replace(/^0+/, "").length;
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
  DATE: fromText((text) =>
    new RegExp(`^${DATE}$`).test(text) && isCalendarTime(text, "00:00:00") ? text : undefined,
  ),
  TIME: fromText((text) => {
    const match = new RegExp(String.raw`^(${CLOCK})(?:\.(\d{1,9}))?$`).exec(text);
    return match?.[1] !== undefined && isCalendarTime("2000-01-01", match[1])
      ? match[1] + micros(match[2])
      : undefined;
  }),
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
  const date = new Date(second * 1000).toISOString().slice(0, 19);
  return timestamp(`${date}.${String(nano).padStart(9, "0")}Z`);
}

/** For events of more than one shape: also takes what says the same in another way. */
export const CONVERT_ANY: typeof CONVERT = { ...CONVERT, STRING: textOf, TIMESTAMP: instantOf };
