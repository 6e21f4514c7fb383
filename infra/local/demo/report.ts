/** What the demo prints at the end. */

import { styleText } from "node:util";
import Table from "cli-table3";
import { bytesText } from "#services/cli/query/price.ts";
import { durationText } from "#services/cli/send/durations.ts";
import type { Tally } from "#services/cli/send/tally.ts";
import type { RunningPart } from "../up/running-part.ts";
import type { Ledger, Verdict } from "./ledger.ts";
import type { Stage, TimeSpent } from "./time-spent.ts";

const IDS_SHOWN = 5;
const number = (value: number) => value.toLocaleString("en-US");

/** Lines in two columns, without a frame. */
function columns(rows: readonly (readonly [string, ...string[]])[]): string {
  const table = new Table({
    chars: {
      top: "",
      "top-mid": "",
      "top-left": "",
      "top-right": "",
      bottom: "",
      "bottom-mid": "",
      "bottom-left": "",
      "bottom-right": "",
      left: "  ",
      "left-mid": "",
      mid: "",
      "mid-mid": "",
      right: "",
      "right-mid": "",
      middle: "  ",
    },
    style: { "padding-left": 0, "padding-right": 0, border: [] },
  });
  table.push(...rows.map((row) => [...row]));
  return table.toString().replaceAll(/ +$/gm, "");
}

export interface Counts {
  readonly tally: Tally;
  readonly ledger: Ledger;
  readonly verdict: Verdict;
  readonly sentTwice: number;
  readonly windowSeconds: string;
  readonly pollMs: number;
}

export function countsText({ tally, ledger, verdict, sentTwice, windowSeconds, pollMs }: Counts): string {
  const { untilQueryable } = ledger;
  return columns([
    [
      "accepted",
      number(tally.accepted),
      `answers 202 of ${number(tally.answered)} (${number(sentTwice)} events sent twice)`,
    ],
    ["unique", number(ledger.accepted), "different events among them"],
    ["rows", number(verdict.rows), "in the warehouse"],
    ["duplicates removed", number(tally.accepted - verdict.rows), ""],
    [
      "POST to queryable",
      `p50 ${durationText(untilQueryable.percentile(50))}, p99 ${durationText(untilQueryable.percentile(99))}`,
      `one drain and one load per ${windowSeconds} s window; looked every ${durationText(pollMs)}`,
    ],
  ]);
}

export function timeText(tally: Tally, spent: TimeSpent): string {
  const stage = ({ times, milliseconds, longest }: Stage, what: string): [string, string] => [
    durationText(milliseconds),
    `in ${number(times)} ${times === 1 ? what.replace(/s\b/, "") : what}, the longest ${durationText(longest)}`,
  ];
  const { latency } = tally;
  return columns([
    [
      "accept",
      `p50 ${durationText(latency.percentile(50))}, p99 ${durationText(latency.percentile(99))}`,
      `from POST to its answer, ${number(latency.count)} of them`,
    ],
    [
      "drain",
      ...stage(
        spent.drain,
        `rounds: ${number(spent.drain.messages)} messages into ${number(spent.drain.objects)} objects`,
      ),
    ],
    ["load", ...stage(spent.load, "plans, beside their MERGE")],
    ["merge", ...stage(spent.merge, "statements")],
  ]);
}

export function memoryText(parts: readonly RunningPart[]): string {
  return columns(
    parts.map(({ part, peakBytes, restarts }) => [
      part.name,
      bytesText(peakBytes),
      restarts > 0 ? `started again ${restarts} times` : "",
    ]),
  );
}

/** What is wrong, a line each; empty when nothing is. */
export function faultsOf(tally: Tally, verdict: Verdict): readonly string[] {
  const faults: string[] = [];
  if (tally.accepted < tally.answered) {
    faults.push(`${number(tally.answered - tally.accepted)} requests were not accepted:`);
    for (const [reason, times] of tally.reasons) faults.push(`  ${times} x ${reason}`);
  }
  const ids = (what: string, list: readonly string[]) => {
    if (list.length === 0) return;
    const more = list.length > IDS_SHOWN ? ", …" : "";
    faults.push(`${number(list.length)} ${what}: ${list.slice(0, IDS_SHOWN).join(", ")}${more}`);
  };
  ids("accepted events have no row", verdict.missing);
  ids("rows are there more than once", verdict.doubled);
  ids("rows have an id that nobody sent", verdict.unexpected);
  return faults;
}

export const heading = (text: string) => `\n${styleText("bold", text)}`;
