/** Dates and times as load jobs take them, turned into the text that DuckDB reads exactly. */
import { cannotConvert } from "./misfit.ts";

/**
 * https://cloud.google.com/bigquery/docs/loading-data-cloud-storage-json#details_of_loading_json_data: dashes or
 * slashes in the date, a space or T before the time, at most six fractional digits, then Z, UTC or an offset.
 */
const TIMESTAMP =
  /^(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?:[ Tt](\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d{1,6}))?)?)? ?(Z|z|UTC|[+-]\d{1,2}(?::\d{2})?)?$/;
const DATETIME = /^(\d{4})-(\d{1,2})-(\d{1,2})(?:[ Tt](\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d{1,6}))?)?)?$/;
const DATE = /^(\d{4})-(\d{1,2})-(\d{1,2})$/;
const TIME = /^(\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.(\d{1,6}))?$/;

const TIMESTAMP_FORMAT =
  "Required format is YYYY-MM-DD HH:MM[:SS[.SSSSSS]] or YYYY/MM/DD HH:MM[:SS[.SSSSSS]], with at most 6 fractional digits.";

/** A number is an epoch: in seconds, from here on in milliseconds, from its thousandfold on in microseconds. */
const MILLIS_FROM = 1e11;
const MICROS_FROM = 1e14;
/** 0001-01-01 and 9999-12-31 in seconds. */
const SECONDS_MIN = -62_135_596_800;
const SECONDS_MAX = 253_402_300_799;

/** @returns for example `2026-01-02 03:04:05.678+00` */
export function timestampText(value: unknown, path: string): string {
  if (typeof value === "number") return epochText(value, path);
  const parts = typeof value === "string" ? TIMESTAMP.exec(value) : null;
  if (parts === null) throw cannotConvert("timestamp", path, value, TIMESTAMP_FORMAT);
  const [, year, month, day, hour, minute, second, fraction, zone] = parts;
  if (!isDay(year, month, day) || !isClock(hour, minute, second) || !isOffset(zone)) {
    throw cannotConvert("timestamp", path, value, TIMESTAMP_FORMAT);
  }
  return `${dayText(year, month, day)} ${clockText(hour, minute, second, fraction)}${offsetText(zone)}`;
}

/** @returns for example `2026-01-02 03:04:05.678` */
export function datetimeText(value: unknown, path: string): string {
  const parts = typeof value === "string" ? DATETIME.exec(value) : null;
  const [, year, month, day, hour, minute, second, fraction] = parts ?? [];
  if (parts === null || !isDay(year, month, day) || !isClock(hour, minute, second)) {
    throw cannotConvert(
      "datetime",
      path,
      value,
      "Required format is YYYY-MM-DD HH:MM:SS[.SSSSSS], without a zone.",
    );
  }
  return `${dayText(year, month, day)} ${clockText(hour, minute, second, fraction)}`;
}

export function dateText(value: unknown, path: string): string {
  const parts = typeof value === "string" ? DATE.exec(value) : null;
  const [, year, month, day] = parts ?? [];
  if (parts === null || !isDay(year, month, day)) {
    throw cannotConvert("date", path, value, "Required format is YYYY-MM-DD.");
  }
  return dayText(year, month, day);
}

export function timeText(value: unknown, path: string): string {
  const parts = typeof value === "string" ? TIME.exec(value) : null;
  const [, hour, minute, second, fraction] = parts ?? [];
  if (parts === null || !isClock(hour, minute, second)) {
    throw cannotConvert("time", path, value, "Required format is HH:MM:SS[.SSSSSS].");
  }
  return clockText(hour, minute, second, fraction);
}

function epochText(value: number, path: string): string {
  const size = Math.abs(value);
  const micros = size < MILLIS_FROM ? value * 1e6 : size < MICROS_FROM ? value * 1e3 : value;
  const seconds = Math.floor(micros / 1e6);
  if (seconds < SECONDS_MIN || seconds > SECONDS_MAX) throw cannotConvert("timestamp", path, value);
  const fraction = String(Math.round(micros - seconds * 1e6)).padStart(6, "0");
  const [day, clock] = new Date(seconds * 1000).toISOString().slice(0, 19).split("T");
  return `${day} ${clock}.${fraction}+00`;
}

const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

function isDay(year = "", month = "", day = ""): boolean {
  const [y, m, d] = [Number(year), Number(month), Number(day)];
  if (y < 1 || m < 1 || m > 12 || d < 1) return false;
  const leap = m === 2 && y % 4 === 0 && (y % 100 !== 0 || y % 400 === 0);
  return d <= (DAYS[m - 1] ?? 0) + (leap ? 1 : 0);
}

function isClock(hour = "0", minute = "0", second = "0"): boolean {
  return Number(hour) < 24 && Number(minute) < 60 && Number(second) < 60;
}

/** Offsets go from -14:00 to +14:00. */
function isOffset(zone = "Z"): boolean {
  if (!/^[+-]/.test(zone)) return true;
  const [hours = "", minutes = "0"] = zone.slice(1).split(":");
  return Number(hours) * 60 + Number(minutes) <= 14 * 60 && Number(minutes) < 60;
}

function dayText(year = "", month = "", day = ""): string {
  return `${year}-${month.padStart(2, "0")}-${day.padStart(2, "0")}`;
}

function clockText(hour = "0", minute = "0", second = "0", fraction?: string): string {
  const whole = `${hour.padStart(2, "0")}:${minute.padStart(2, "0")}:${second.padStart(2, "0")}`;
  return fraction === undefined ? whole : `${whole}.${fraction}`;
}

function offsetText(zone = "Z"): string {
  if (!/^[+-]/.test(zone)) return "+00";
  const [hours = "", minutes = "00"] = zone.slice(1).split(":");
  return `${zone[0]}${hours.padStart(2, "0")}:${minutes}`;
}
