/** Date, datetime and timestamp functions (Google: "Date functions" and its neighbours). */
import { type Call, type FunctionTable, same, scalar } from "./call.ts";
import { formatCall, parseCall } from "./date-formats.ts";
import { boundaries, elapsed, truncate } from "./date-parts.ts";

/** Adds or takes away an INTERVAL and keeps the type that the function is named after. */
function shift(guard: string, sign: "+" | "-", type: string): (call: Call) => string {
  return (call) => `CAST(${guard}(${call.arg(0)}) ${sign} ${call.interval(1)} AS ${type})`;
}

/** A wall-clock time in `zone` as a moment: the zone's rules decide, not an offset. */
function atZone(value: string, zone: string): string {
  return `timezone(${zone}, ${value})`;
}

export const DATE_FUNCTIONS: FunctionTable = {
  CURRENT_TIMESTAMP: scalar(0, 0, () => "now()"),
  CURRENT_DATE: scalar(0, 1, (call) => `CAST(${atZone("now()", zone(call, 0))} AS DATE)`),
  CURRENT_DATETIME: scalar(0, 1, (call) => atZone("now()", zone(call, 0))),

  DATE: scalar(1, 3, (call) => {
    if (call.nodes.length === 3) return `make_date(${call.args()})`;
    if (call.nodes.length === 1) return `bq_date(${call.arg(0)})`;
    return `CAST(${atZone(`CAST(${call.arg(0)} AS TIMESTAMPTZ)`, call.arg(1))} AS DATE)`;
  }),
  DATETIME: scalar(1, 6, (call) => {
    if (call.nodes.length === 6) return `make_timestamp(${call.args()})`;
    if (call.nodes.length === 1) return `CAST(${call.arg(0)} AS TIMESTAMP)`;
    if (call.nodes.length > 2) return call.refuse(`with ${call.nodes.length} arguments`);
    return atZone(`CAST(${call.arg(0)} AS TIMESTAMPTZ)`, call.arg(1));
  }),
  TIMESTAMP: scalar(1, 2, (call) => {
    if (call.nodes.length === 1) return `bq_timestamp(${call.arg(0)})`;
    return atZone(`CAST(${call.arg(0)} AS TIMESTAMP)`, call.arg(1));
  }),

  DATE_ADD: scalar(2, 2, shift("bq_only_date", "+", "DATE")),
  DATE_SUB: scalar(2, 2, shift("bq_only_date", "-", "DATE")),
  DATETIME_ADD: scalar(2, 2, shift("bq_datetime", "+", "TIMESTAMP")),
  DATETIME_SUB: scalar(2, 2, shift("bq_datetime", "-", "TIMESTAMP")),
  TIMESTAMP_ADD: scalar(2, 2, shift("bq_only_timestamp", "+", "TIMESTAMPTZ")),
  TIMESTAMP_SUB: scalar(2, 2, shift("bq_only_timestamp", "-", "TIMESTAMPTZ")),

  DATE_DIFF: scalar(3, 3, boundaries),
  DATETIME_DIFF: scalar(3, 3, boundaries),
  TIMESTAMP_DIFF: scalar(3, 3, elapsed),

  DATE_TRUNC: scalar(2, 2, truncate),
  DATETIME_TRUNC: scalar(2, 2, truncate),
  TIMESTAMP_TRUNC: scalar(2, 3, truncate),
  LAST_DAY: scalar(1, 2, (call) => {
    if (call.nodes.length === 2 && call.part(1) !== "MONTH") call.refuse(`with ${call.part(1)}`, "use MONTH");
    return `last_day(${call.arg(0)})`;
  }),

  UNIX_SECONDS: scalar(1, 1, (call) => `bq_floor_div(epoch_us(bq_only_timestamp(${call.arg(0)})), 1000000)`),
  UNIX_MILLIS: scalar(1, 1, (call) => `bq_floor_div(epoch_us(bq_only_timestamp(${call.arg(0)})), 1000)`),
  UNIX_MICROS: scalar(1, 1, (call) => `epoch_us(bq_only_timestamp(${call.arg(0)}))`),
  UNIX_DATE: scalar(1, 1, (call) => `date_diff('day', DATE '1970-01-01', ${call.arg(0)})`),
  DATE_FROM_UNIX_DATE: scalar(1, 1, (call) => `(DATE '1970-01-01' + CAST(${call.arg(0)} AS INTEGER))`),
  TIMESTAMP_SECONDS: scalar(1, 1, (call) => `make_timestamptz(${call.arg(0)} * 1000000)`),
  TIMESTAMP_MILLIS: scalar(1, 1, (call) => `make_timestamptz(${call.arg(0)} * 1000)`),
  TIMESTAMP_MICROS: same("make_timestamptz", 1),

  FORMAT_DATE: scalar(2, 2, formatCall),
  FORMAT_DATETIME: scalar(2, 2, formatCall),
  FORMAT_TIMESTAMP: scalar(2, 3, formatCall),
  PARSE_DATE: scalar(2, 2, (call) => `CAST(${parseCall(call)} AS DATE)`),
  PARSE_DATETIME: scalar(2, 2, parseCall),
  PARSE_TIMESTAMP: scalar(2, 3, (call) => atZone(parseCall(call), zone(call, 2))),
};

function zone(call: Call, index: number): string {
  return call.nodes.length > index ? call.arg(index) : "'UTC'";
}
