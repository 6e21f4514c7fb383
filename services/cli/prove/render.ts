/** A proof as text for people. */
import Table from "cli-table3";
import { ageText } from "../age.ts";
import { visible } from "../visible.ts";
import { difference, type Finding, type Hour, isBalanced, type Proof } from "./proof.ts";
import type { Waiting } from "./waiting.ts";

const COUNTS = ["drained", "inserted", "duplicates", "rejected", "quarantined", "pending"] as const;

const number = (value: number) => value.toLocaleString("en-US");
const plural = (count: number, word: string) => `${number(count)} ${word}${count === 1 ? "" : "s"}`;
const timeText = (at: number) => `${new Date(at).toISOString().slice(0, 16).replace("T", " ")} UTC`;

/** More would hide the rest; --json has all. */
const FINDINGS_SHOWN = 50;

/** @param everyHour a line for each hour and type, in place of one for each type and the hours that do not balance */
export function proofText(proof: Proof, everyHour: boolean): string {
  const { hours, findings, leftOver, warnings, since, until } = proof;
  const wrong = hours.filter((hour) => difference(hour) !== 0);
  const shown = everyHour ? hours : sums(hours);
  const lines = [`Messages drained from ${timeText(since)} to ${timeText(until)}`];
  if (shown.length > 0) lines.push(tableOf(shown, everyHour));
  if (!everyHour && wrong.length > 0) lines.push("Hours that do not balance", tableOf(wrong, true));
  lines.push(...findings.slice(0, FINDINGS_SHOWN).map(findingText));
  if (findings.length > FINDINGS_SHOWN)
    lines.push(`and ${number(findings.length - FINDINGS_SHOWN)} more (--json has all)`);
  if (leftOver.length > 0)
    lines.push(
      `${plural(leftOver.length, "object")} left by a batcher that was killed, every event of which has its row: ${leftOver.join(", ")}`,
    );
  lines.push(...warnings.map((warning) => `warning: ${warning}`));
  lines.push(...proof.waiting.flatMap(waitingText), verdict(proof));
  return `${lines.join("\n")}\n`;
}

function verdict(proof: Proof): string {
  const { hours, findings } = proof;
  const total = hours.reduce((sum, { drained }) => sum + drained, 0);
  if (isBalanced(proof)) {
    const balanced =
      total === 0
        ? "Nothing was drained"
        : `The books balance: every one of ${plural(total, "message")} is accounted for`;
    return `${balanced}. ${waitingVerdict(proof)}.`;
  }
  const wrong = hours.filter((hour) => difference(hour) !== 0).length;
  return `The books do not balance: ${plural(findings.length, "finding")}, ${plural(wrong, "hour")} with a difference (docs/operate/prove.md says what to do). ${waitingVerdict(proof)}.`;
}

function waitingVerdict({ waiting, lateAfterMs }: Proof): string {
  const late = waiting.filter(({ isLate }) => isLate).map(({ place }) => place);
  if (late.length > 0)
    return `What waits in ${late.join(", ")} is older than ${ageText(lateAfterMs)} (pullhouse doctor says why)`;
  const places = waiting.filter(({ count = 0 }) => count > 0).map(({ place }) => place);
  const unknown = waiting.filter((one) => one.unknown !== undefined).map(({ place }) => place);
  const known = places.length === 0 ? "Nothing waits" : `Something waits in ${places.join(", ")}`;
  return unknown.length === 0 ? known : `${known}, as far as it is known (not of ${unknown.join(", ")})`;
}

function waitingText({ place, count, isMore, oldestMs, isLate, unknown }: Waiting): readonly string[] {
  if (unknown !== undefined) return [visible(`waiting: ${place}: not known: ${unknown}`)];
  if (count === 0 || oldestMs === undefined) return [];
  const amount = `${number(count ?? 0)}${isMore ? " or more" : ""}`;
  return [
    `waiting: ${place}: ${amount}, the oldest for ${ageText(oldestMs)}${isLate ? ", which is late" : ""}`,
  ];
}

function findingText({ fault, type, what, messages, detail }: Finding): string {
  const count = messages === 0 ? "" : `, ${plural(Math.abs(messages), "message")}`;
  return visible(`${fault}: ${what} (${type}${count}): ${detail}`);
}

function sums(hours: readonly Hour[]): readonly Hour[] {
  const types = new Map<string, Hour>();
  for (const hour of hours) {
    const sum = types.get(hour.type);
    if (sum === undefined) types.set(hour.type, { ...hour });
    else for (const count of COUNTS) sum[count] += hour[count];
  }
  return [...types.values()].toSorted((a, b) => b.drained - a.drained || (a.type < b.type ? -1 : 1));
}

function tableOf(rows: readonly Hour[], withHour: boolean): string {
  const table = new Table({
    head: [...(withHour ? ["hour"] : []), "type", ...COUNTS, "difference"],
    colAligns: [
      ...(withHour ? ["left" as const] : []),
      "left",
      ...COUNTS.map(() => "right" as const),
      "right",
    ],
    style: { head: [], border: [], compact: true },
  });
  for (const row of rows) {
    const counts = COUNTS.map((count) => number(row[count]));
    table.push([...(withHour ? [timeText(row.hour)] : []), row.type, ...counts, number(difference(row))]);
  }
  return table.toString();
}
