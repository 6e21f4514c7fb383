/**
 * Dates and times as BigQuery takes them. Read digit by digit, since to make a Date of each time in an event, and text of
 * that, would be a tenth of the batcher's work, and to cut out each part to read it as a number still a few hundredths.
 */

const DATE = /^\d{4}-\d{2}-\d{2}$/;
const TIME = /^\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?$/;
const DATETIME = /^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?$/;
const TIMESTAMP = /^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:[Zz]|[+-]\d{2}:\d{2})$/;

/** Where the parts stand in a text that begins with `YYYY-MM-DD HH:MM:SS`. */
const DAY_END = "YYYY-MM-DD".length;
const CLOCK_AT = DAY_END + 1;
const CLOCK_END = CLOCK_AT + "HH:MM:SS".length;
const OFFSET_LENGTH = "+HH:MM".length;

const ZERO = "0".charCodeAt(0);
const twoDigits = (text: string, at: number) =>
  10 * text.charCodeAt(at) + text.charCodeAt(at + 1) - 11 * ZERO;

const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const;

/** The calendar repeats itself after so many years. */
const CYCLE_YEARS = 400;
const CYCLE_MS = 146_097 * 86_400_000;

/** When the day at the start of a text begins in UTC, in milliseconds since the epoch; makes no Date. */
export function dayStartMs(text: string): number {
  const year = 100 * twoDigits(text, 0) + twoDigits(text, 2);
  // `Date.UTC` takes the years 0 to 99 for 1900 to 1999.
  return Date.UTC(year + CYCLE_YEARS, twoDigits(text, 5) - 1, twoDigits(text, 8)) - CYCLE_MS;
}

/** BigQuery's calendar runs from year 1 to 9999. */
function isDay(text: string): boolean {
  const century = twoDigits(text, 0);
  const year = twoDigits(text, 2);
  const month = twoDigits(text, 5);
  const day = twoDigits(text, 8);
  // The year 100, 200, … is a leap year if its century's number divides by four.
  const isLeapYear = (year === 0 ? century : year) % 4 === 0;
  const isLeapDay = month === 2 && day === 29 && isLeapYear;
  return century + year > 0 && day >= 1 && (isLeapDay || day <= (DAYS[month - 1] ?? 0));
}

function isClock(text: string, at: number): boolean {
  return twoDigits(text, at) < 24 && twoDigits(text, at + 3) < 60 && twoDigits(text, at + 6) < 60;
}

/** BigQuery keeps microseconds (https://cloud.google.com/bigquery/docs/reference/standard-sql/data-types#timestamp_type). */
const micros = (fraction: string) => `.${fraction.slice(0, 6).padEnd(6, "0")}`;

/** What stands behind the seconds and their point; nothing if nothing does. */
const microsFrom = (text: string, at: number) => (text.length > at ? micros(text.slice(at + 1)) : "");

/** @returns `undefined` for what is no `YYYY-MM-DD` of the calendar, as all of these */
export function date(text: string): string | undefined {
  return DATE.test(text) && isDay(text) ? text : undefined;
}

/** `HH:MM:SS` with up to nine digits behind the point, of which six stay. */
export function timeOfDay(text: string): string | undefined {
  const end = CLOCK_END - CLOCK_AT;
  return TIME.test(text) && isClock(text, 0) ? text.slice(0, end) + microsFrom(text, end) : undefined;
}

/** With a space in the middle, the form that is documented for load jobs (…/loading-data-cloud-storage-json). */
export function datetime(text: string): string | undefined {
  if (!DATETIME.test(text) || !isDay(text) || !isClock(text, CLOCK_AT)) return undefined;
  return `${text.slice(0, DAY_END)} ${text.slice(CLOCK_AT, CLOCK_END)}${microsFrom(text, CLOCK_END)}`;
}

/**
 * An RFC 3339 timestamp in UTC, always with six digits (so that text order is time order). Nanoseconds are cut off, a leap
 * second becomes the next second's start, as in Go's and Java's clocks.
 */
export function timestamp(text: string): string | undefined {
  if (!TIMESTAMP.test(text) || !isDay(text)) return undefined;
  const isLeap = twoDigits(text, CLOCK_END - 2) === 60;
  const day = text.slice(0, DAY_END);
  const clock = isLeap ? `${text.slice(CLOCK_AT, CLOCK_END - 2)}59` : text.slice(CLOCK_AT, CLOCK_END);
  if (!isClock(clock, 0)) return undefined;
  const isUtc = /z$/i.test(text);
  const zoneAt = text.length - (isUtc ? 1 : OFFSET_LENGTH);
  const fraction = micros(text.slice(CLOCK_END + 1, zoneAt));
  if (isUtc && !isLeap) return `${day}T${clock}${fraction}Z`;
  const offset = isUtc ? 0 : offsetMs(text.slice(zoneAt));
  if (offset === undefined) return undefined;
  const seconds = new Date(Date.parse(`${day}T${clock}Z`) - offset + (isLeap ? 1000 : 0));
  const year = seconds.getUTCFullYear();
  if (year < 1 || year > 9999) return undefined;
  return `${seconds.toISOString().slice(0, 19)}${isLeap ? micros("") : fraction}Z`;
}

function offsetMs(zone: string): number | undefined {
  const hours = twoDigits(zone, 1);
  const minutes = twoDigits(zone, 4);
  if (hours > 23 || minutes > 59) return undefined;
  return (zone.startsWith("-") ? -1 : 1) * (hours * 60 + minutes) * 60_000;
}
