/** Format strings of FORMAT_* and PARSE_* (Google: "Format elements for date and time parts"). */
import { duckString } from "../literals.ts";
import type { Call } from "./call.ts";

/** Elements that strftime and strptime of DuckDB spell the same or otherwise, with the same meaning. */
const BOTH: Readonly<Record<string, string>> = {
  Y: "%Y",
  m: "%m",
  d: "%d",
  H: "%H",
  I: "%I",
  M: "%M",
  S: "%S",
  j: "%j",
  y: "%y",
  p: "%p",
  b: "%b",
  h: "%b",
  B: "%B",
  a: "%a",
  A: "%A",
  F: "%Y-%m-%d",
  T: "%H:%M:%S",
  R: "%H:%M",
  D: "%m/%d/%y",
  "%": "%%",
  n: "\n",
  t: "\t",
};
const ONLY_FORMAT: Readonly<Record<string, string>> = {
  G: "%G",
  V: "%V",
  u: "%u",
  w: "%w",
  U: "%U",
  W: "%W",
};

/** Written only for UTC, the zone of a TIMESTAMP without a zone argument. */
const UTC_ONLY: Readonly<Record<string, string>> = { z: "+0000", Ez: "+00:00", Z: "UTC" };

const ELEMENT = /%(E\*S|E[1-6]S|Ez|[\s\S])/g;

/** `FORMAT_TIMESTAMP(format, value [, zone])` and its neighbours. */
export function formatCall(call: Call): string {
  const zoned = call.nodes.length > 2;
  const moment = call.name === "FORMAT_TIMESTAMP" ? `bq_only_timestamp(${call.arg(1)})` : call.arg(1);
  // strftime over TIMESTAMPTZ would write the zone's name in places; the wall clock is what is formatted.
  const value = zoned ? `timezone(${call.arg(2)}, ${moment})` : `CAST(${moment} AS TIMESTAMP)`;
  const pieces: string[] = [];
  let literal = "";
  const flush = () => {
    if (literal !== "") pieces.push(`strftime(${value}, ${duckString(literal)})`);
    literal = "";
  };
  eachElement(call.literal(0).value, (plain, element) => {
    literal += plain.replaceAll("%", "%%");
    if (element === undefined) return;
    const known = BOTH[element] ?? ONLY_FORMAT[element];
    const utc = call.name === "FORMAT_TIMESTAMP" && !zoned ? UTC_ONLY[element] : undefined;
    const digits = /^E([1-6]|\*)S$/.exec(element)?.[1];
    if (known !== undefined) literal += known;
    else if (utc !== undefined) literal += utc;
    else if (digits !== undefined) {
      literal += "%S";
      flush();
      pieces.push(digits === "*" ? `bq_fraction(${value})` : `bq_fraction_digits(${value}, ${digits})`);
    } else call.refuse(`with the format element %${element}`);
  });
  flush();
  return pieces.length === 0 ? `strftime(${value}, '')` : `(${pieces.join(" || ")})`;
}

/** `PARSE_*(format, text)` as a TIMESTAMP without a zone (GoogleSQL's DATETIME). */
export function parseCall(call: Call): string {
  let format = "";
  let fraction = false;
  eachElement(call.literal(0).value, (plain, element) => {
    format += plain.replaceAll("%", "%%");
    if (element === undefined) return;
    const known = BOTH[element];
    if (known !== undefined) format += known;
    else if (/^E[1-6*]S$/.test(element)) {
      format += "%S%f?";
      fraction = true;
    } else call.refuse(`with the format element %${element}`);
  });
  const formats = fraction ? [format.replaceAll("%f?", ".%f"), format.replaceAll("%f?", "")] : [format];
  return `strptime(${call.arg(1)}, [${formats.map(duckString).join(", ")}])`;
}

function eachElement(format: string, see: (plain: string, element: string | undefined) => void): void {
  let at = 0;
  for (const match of format.matchAll(ELEMENT)) {
    see(format.slice(at, match.index), match[1]);
    at = match.index + match[0].length;
  }
  see(format.slice(at), undefined);
}
