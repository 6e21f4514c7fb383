/** What an event allocates on its way to a row has a budget: to collect it was a fifth of the batcher's time. */
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const MEASURED = fileURLToPath(new URL("allocations-process.ts", import.meta.url));
/**
 * Room for what is allocated in a round, so that nothing is collected in it. One thread, as otherwise the compiler's own decides when
 * compiled code, which allocates less, takes over; with one, the same bytes come out each time.
 */
const FLAGS = ["--expose-gc", "--single-threaded", "--min-semi-space-size=64", "--max-semi-space-size=64"];

/** Bytes for a pull event of 0.8 kB: as measured in November 2026 (545, 2,164, 4,024), and a tenth more. */
const BUDGET = { fromMessage: 600, judge: 2_380, toRow: 4_390 };

test("an event's steps allocate no more than their budget", () => {
  const printed = execFileSync(process.execPath, [...FLAGS, MEASURED], { encoding: "utf8" });
  const allocated = JSON.parse(printed) as typeof BUDGET;
  expect(Object.keys(allocated)).toEqual(Object.keys(BUDGET));
  for (const [step, most] of Object.entries(BUDGET)) {
    const bytes = allocated[step as keyof typeof BUDGET];
    expect(bytes, step).toBeGreaterThan(0);
    expect(bytes, step).toBeLessThanOrEqual(most);
  }
});
