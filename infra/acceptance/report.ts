/** What a run prints and writes at its end. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BUILD_DOLLARS, totalDollars } from "./money.ts";
import { type Acceptance, isAccepted } from "./run.ts";

/** Two files in the folder: the JSON document, and the text that was printed. @returns their paths */
export function writeReport(acceptance: Acceptance, folder: string): readonly string[] {
  mkdirSync(folder, { recursive: true });
  const files = [
    [join(folder, `${acceptance.prefix}.json`), `${JSON.stringify(documentOf(acceptance), undefined, 2)}\n`],
    [join(folder, `${acceptance.prefix}.txt`), reportText(acceptance)],
  ] as const;
  for (const [path, text] of files) writeFileSync(path, text);
  return files.map(([path]) => path);
}

function documentOf(acceptance: Acceptance): object {
  const { bill, ...rest } = acceptance;
  return {
    accepted: isAccepted(acceptance),
    ...rest,
    ...(bill === undefined
      ? {}
      : {
          dollars: totalDollars(bill),
          bill: bill.lines.map(({ product, what, quantity, priced, dollars }) => ({
            product,
            what,
            quantity,
            unit: priced.unit,
            dollars,
          })),
        }),
  };
}

const OUTCOMES = ["held", "did not hold", "cannot be told here"] as const;

export function reportText(acceptance: Acceptance): string {
  const { steps, checked, bill, target, seconds, seed, takeDown } = acceptance;
  const lines = [
    `Acceptance of Pullhouse on ${target === "google" ? "Google Cloud" : "the local cloud"}, SEED=${seed}, ${Math.round(seconds)} s`,
    "",
    ...steps.map(
      ({ name, isOk, seconds: took, seen }) =>
        `${isOk ? "ok    " : "FAILED"} ${name}, ${took.toFixed(1)} s: ${seen}`,
    ),
  ];
  for (const outcome of OUTCOMES) {
    const some = checked.filter((one) => one.outcome === outcome);
    if (some.length === 0) continue;
    lines.push("", `${some.length} assumptions: ${outcome}`);
    for (const { id, statement, seen, source } of some) {
      lines.push(`  ${id}: ${statement}`, `    ${seen}`);
      if (outcome === "did not hold") lines.push(`    ${source}`);
    }
  }
  if (bill !== undefined) lines.push("", ...moneyLines(acceptance));
  if (takeDown !== undefined) lines.push("", `Still there. This takes it down: ${takeDown}`);
  lines.push("", isAccepted(acceptance) ? "Accepted." : "NOT accepted.", "");
  return lines.join("\n");
}

function moneyLines({ bill, target }: Acceptance): readonly string[] {
  if (bill === undefined) return [];
  const dear = bill.lines.filter(({ dollars }) => dollars >= 0.0005);
  const where = target === "google" ? "This run costs" : "On Google Cloud the same run would cost";
  return [
    `${where} $${totalDollars(bill).toFixed(3)} at list prices, without any free tier:`,
    ...dear.map(({ product, what, dollars }) => `  $${dollars.toFixed(3)} ${product}, ${what}`),
    `  $${BUILD_DOLLARS.toFixed(3)} Cloud Build, the image`,
  ];
}
