/** What was examined, as text for people or as one JSON document. */
import { styleText } from "node:util";
import { visible } from "../visible.ts";
import type { Finding, Verdict } from "./check.ts";
import type { Examined } from "./examine.ts";

const LABELS: Readonly<Record<Verdict, string>> = {
  ok: "ok",
  look: "look",
  broken: "BROKEN",
  unknown: "unknown",
  "not checked": "-",
};
const COLOURS = {
  ok: "green",
  look: "yellow",
  broken: "red",
  unknown: "magenta",
  "not checked": "dim",
} as const satisfies Readonly<Record<Verdict, string>>;
const WIDTH = Math.max(...Object.values(LABELS).map(({ length }) => length));
const INDENT = " ".repeat(WIDTH + 4);

export function examinedText({ title, findings }: Examined): string {
  // What helps several in a row is said behind the last of them.
  const lines = findings.map((finding, index) =>
    findingText(finding, findings[index + 1]?.advice === finding.advice),
  );
  return `${styleText("bold", title)}\n${lines.join("")}`;
}

function findingText({ verdict, what, found, advice }: Finding, isSaidNext: boolean): string {
  const label = styleText(COLOURS[verdict], LABELS[verdict].padEnd(WIDTH));
  const first = `  ${label}  ${visible(`${what}: ${found}`)}\n`;
  return advice === undefined || isSaidNext ? first : `${first}${INDENT}→ ${visible(advice)}\n`;
}

export function summaryText(counts: Readonly<Record<Verdict, number>>): string {
  const { ok, look, broken, unknown } = counts;
  const rest = `${look} to look at, ${ok} ok`;
  if (broken > 0)
    return styleText(
      "red",
      `Something is broken: ${broken} broken, ${unknown} could not be checked, ${rest}.\n`,
    );
  if (unknown > 0)
    return styleText("magenta", `Not everything could be checked: ${unknown} could not, ${rest}.\n`);
  return styleText("green", `Healthy: nothing is broken, ${rest}.\n`);
}

export function countVerdicts(all: readonly Examined[]): Record<Verdict, number> {
  const counts = { ok: 0, look: 0, broken: 0, unknown: 0, "not checked": 0 };
  for (const { findings } of all) for (const { verdict } of findings) counts[verdict] += 1;
  return counts;
}
