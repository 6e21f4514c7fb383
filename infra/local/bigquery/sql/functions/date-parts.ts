/** Date parts: what DuckDB calls them, and where its weeks differ from GoogleSQL's. */
import type { Call } from "./call.ts";

/** The first day of each kind of week, as the date of such a day in January 2000. */
const WEEK_ORIGIN: Readonly<Record<string, string>> = {
  WEEK: "2000-01-02",
  "WEEK(SUNDAY)": "2000-01-02",
  "WEEK(MONDAY)": "2000-01-03",
  ISOWEEK: "2000-01-03",
  "WEEK(TUESDAY)": "2000-01-04",
  "WEEK(WEDNESDAY)": "2000-01-05",
  "WEEK(THURSDAY)": "2000-01-06",
  "WEEK(FRIDAY)": "2000-01-07",
  "WEEK(SATURDAY)": "2000-01-08",
};

/** time_bucket() keeps the type of its argument, which date_trunc() does not for a DATE. */
const BUCKETS: Readonly<Record<string, string>> = {
  MICROSECOND: "INTERVAL 1 MICROSECOND",
  MILLISECOND: "INTERVAL 1 MILLISECOND",
  SECOND: "INTERVAL 1 SECOND",
  MINUTE: "INTERVAL 1 MINUTE",
  HOUR: "INTERVAL 1 HOUR",
  DAY: "INTERVAL 1 DAY",
  MONTH: "INTERVAL 1 MONTH",
  QUARTER: "INTERVAL 3 MONTH",
  YEAR: "INTERVAL 1 YEAR",
};

/** Microseconds in the parts that TIMESTAMP_DIFF takes. */
const MICROS: Readonly<Record<string, number>> = {
  MICROSECOND: 1,
  MILLISECOND: 1_000,
  SECOND: 1_000_000,
  MINUTE: 60_000_000,
  HOUR: 3_600_000_000,
  DAY: 86_400_000_000,
};

const SUB_DAY = new Set(["MICROSECOND", "MILLISECOND", "SECOND", "MINUTE", "HOUR"]);

/** The date of a day that a week of this kind starts with, or undefined when it is no kind of week. */
export function weekOrigin(part: string): string | undefined {
  return WEEK_ORIGIN[part];
}

/** `DATE_TRUNC` and its neighbours; the type of the first argument is kept. */
export function truncate(call: Call): string {
  const part = call.part(1);
  if (call.nodes.length < 3) return bucket(call, call.arg(0), part);
  const zone = call.arg(2);
  return `timezone(${zone}, ${bucket(call, `timezone(${zone}, CAST(${call.arg(0)} AS TIMESTAMPTZ))`, part)})`;
}

function bucket(call: Call, value: string, part: string): string {
  const origin = weekOrigin(part);
  if (origin !== undefined) return `time_bucket(INTERVAL 7 DAY, ${value}, DATE '${origin}')`;
  const width = BUCKETS[part] ?? call.refuse(`with the part ${part}`);
  return `time_bucket(${width}, ${value}, DATE '2000-01-01')`;
}

/** `DATE_DIFF` and `DATETIME_DIFF` count the boundaries between the two values. */
export function boundaries(call: Call): string {
  const part = call.part(2);
  // A day of DATE_DIFF over moments would be 24 hours.
  const guard = call.name === "DATE_DIFF" ? "bq_only_date" : "bq_datetime";
  const [later, earlier] = [`${guard}(${call.arg(0)})`, `${guard}(${call.arg(1)})`];
  const origin = weekOrigin(part);
  if (origin !== undefined) {
    const week = (value: string) => `date_diff('day', DATE '${origin}', CAST(${value} AS DATE))`;
    return `(bq_floor_div(${week(later)}, 7) - bq_floor_div(${week(earlier)}, 7))`;
  }
  if (BUCKETS[part] === undefined && part !== "ISOYEAR") call.refuse(`with the part ${part}`);
  if (call.name === "DATE_DIFF" && SUB_DAY.has(part))
    call.refuse(`with the part ${part}`, "use TIMESTAMP_DIFF");
  return `date_diff('${part.toLowerCase()}', ${earlier}, ${later})`;
}

/** `TIMESTAMP_DIFF` counts whole intervals that have passed, rounded toward zero. */
export function elapsed(call: Call): string {
  const part = call.part(2);
  const micros = MICROS[part] ?? call.refuse(`with the part ${part}`, "MICROSECOND to DAY are");
  return `((epoch_us(${call.arg(0)}) - epoch_us(${call.arg(1)})) // ${micros})`;
}
