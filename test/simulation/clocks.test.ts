/** Clocks that delete: none of them is shorter than an outage that somebody ends within a month. */
import { expect, test } from "vitest";
import { simulate } from "./run.ts";

test("MERGE is refused for thirty days, and nothing is lost", { timeout: 600_000 }, async () => {
  const { broken, accepted } = await simulate({ seed: "1", outageDays: 30 });
  expect(accepted).toBeGreaterThan(0);
  expect(broken).toEqual([]);
});

test("an archive that is emptied after a day loses what waits for its load, and the rules notice", {
  timeout: 600_000,
}, async () => {
  const { broken } = await simulate({ seed: "1", outageDays: 3, lifeDays: 1 });
  expect(broken.join("\n")).toMatch(/an accepted event is a row|what is set aside has deserved it/);
});
