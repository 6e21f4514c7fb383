/** A proof as text for people. */
import Table from "cli-table3";
import { visible } from "../visible.ts";
import { difference, type Finding, type Hour, isBalanced, type Proof } from "./proof.ts";

const COUNTS = ["drained", "inserted", "duplicates", "rejected", "quarantined", "pending"] as const;

const number = (value: number) => value.toLocaleString("en-US");
const plural = (count: number, word: string) => `${number(count)} ${word}${count === 1 ? "" : "s"}`;
const timeText = (at: number) => `${new Date(at).toISOString().slice(0, 16).replace("T", " ")} UTC`;

/** More would hide the rest; --json has all. */
const FINDINGS_SHOWN = 50;

/** @param everyHour a line for each hour and type, in place of one for each type and the hours that do not balance */
export function proofText(proof: Proof, everyHour: boolean): string {
  const { hours, findings, leftOver, since, until } = proof;
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
  lines.push(verdict(proof));
  return `${lines.join("\n")}\n`;
}

function verdict(proof: Proof): string {
  const { hours, findings } = proof;
  const total = hours.reduce((sum, { drained }) => sum + drained, 0);
  if (isBalanced(proof)) {
    return total === 0
      ? "Nothing was drained, and nothing is wrong."
      : `The books balance: every one of ${plural(total, "message")} is accounted for.`;
  }
  const wrong = hours.filter((hour) => difference(hour) !== 0).length;
  return `The books do not balance: ${plural(findings.length, "finding")}, ${plural(wrong, "hour")} with a difference (docs/books.md says what to do).`;
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
