/** What an event costs, out of the tables of docs/internals/performance.md: who measures again edits that page, and the test says what follows. */
import { readFileSync } from "node:fs";
import { paceOf } from "#services/batcher/pace.ts";
import { EnvReader, readWindowMs } from "#services/shared/config.ts";
import { drainStepMs } from "#services/shared/window.ts";

const FILE = "docs/internals/performance.md";
const LINES = readFileSync(FILE, "utf8").split("\n");

/** The cells behind the name, of the first row of that name at or below the line that begins with `below`. */
function row(below: string, name: string): readonly string[] {
  const from = LINES.findIndex((line) => line.startsWith(below));
  const found = from === -1 ? undefined : LINES.slice(from).find((line) => line.startsWith(`| ${name} |`));
  if (found === undefined)
    throw new Error(`${FILE} has no row "${name}" below "${below}", which test/unit/scale/measured.ts reads`);
  return found
    .split("|")
    .slice(2, -1)
    .map((cell) => cell.trim());
}

/** @param form with a group for each number, which may have commas */
function numbers(cell: string | undefined, form: RegExp): readonly number[] {
  const [, ...groups] = form.exec(cell ?? "") ?? [];
  if (groups.length === 0) throw new Error(`${FILE}: "${cell}" is not of the form ${form.source}`);
  return groups.map((digits) => Number(digits.replaceAll(",", "")));
}

function seconds(cell: string | undefined): number {
  const [microseconds = Number.NaN] = numbers(cell, /^([\d,.]+) µs$/);
  return microseconds / 1e6;
}

const END_TO_END = "| processor per event, at | 10 per second | 100 | 1,000 |";
const BACKLOG = "300,000 messages";

/** The highest rate at which all services were measured together. */
export const MEASURED_RATE = 1_000;
const perEvent = (service: string) => seconds(row(END_TO_END, service)[2]);

const [windowS = Number.NaN] = numbers(
  LINES.find((line) => line.includes("--only end-to-end")),
  /windows of ([\d,]+) s/,
);
/** Seconds between two loads at 100 a second; a window other than today's was measured when it had one drain. */
const loadEveryS =
  1000 * windowS === readWindowMs(new EnvReader({}))
    ? drainStepMs(1000 * windowS, paceOf(100)) / 1000
    : windowS;

const [rowsPerS = Number.NaN, megabytesPerS = Number.NaN] = numbers(
  row("## Batcher", BACKLOG)[0],
  /^([\d,]+) per second, ([\d,.]+) MB\/s of rows$/,
);

/** Seconds of a processor, and bytes. */
export const MEASURED = {
  /** Per event, at MEASURED_RATE. */
  receiver: perEvent("receiver"),
  batcher: perEvent("batcher"),
  loader: perEvent("loader"),
  /** Per load: what comes at 100 a second until the next one, which is few events. */
  load: 100 * loadEveryS * seconds(row(END_TO_END, "loader")[1]),
  /** Per event, when there is always another one to take. */
  fullReceiver: seconds(row("## Receiver", "**event, RS256**, Google's client")[0]),
  busyBatcher: seconds(row(`| ${BACKLOG} |`, "processor per message")[0]),
  rowBytes: (1e6 * megabytesPerS) / rowsPerS,
} as const;
