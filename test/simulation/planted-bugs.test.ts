/** The simulation can fail: each rule of the pipeline that is broken on purpose is noticed within the two thousand seeds. */
import { expect, test } from "vitest";
import { BUGS } from "./planted-bugs.ts";
import { type Result, simulate } from "./run.ts";
import { range, simulateSeeds } from "./seeds.ts";

test.each(BUGS)("$name", { timeout: 600_000 }, async (bug) => {
  let failure: Result | undefined;
  for (let next = 0; next < 2_000; ) {
    ({ failure } = await simulateSeeds(range(next, 2_000), { bug }));
    const seed = Number(failure?.seed ?? 2_000);
    next = seed + 1;
    const { without } = bug;
    if (without === undefined || failure === undefined) break;
    // What is taken away beside the bug must not be what breaks the rule.
    if ((await simulateSeeds([seed], { bug: without })).failure === undefined) break;
  }
  const broken = failure?.broken.join("\n") ?? "";
  console.log(`${bug.name}: seed ${failure?.seed} breaks "${broken.split("\n")[0]}"`);
  expect(broken).toMatch(bug.breaks);
});

test("the same seed is the same run, to the step", async () => {
  const [one, two] = [await simulate({ seed: "42" }), await simulate({ seed: "42" })];
  expect(two.world.trace).toEqual(one.world.trace);
  expect(two.world.steps).toBe(one.world.steps);
});
