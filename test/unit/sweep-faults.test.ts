/** docs/internals/reliability.md names every fault that the simulation injects, and no other. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { ALL_FAULTS } from "#test/simulation/world.ts";

test("the table of faults is that of the simulation", () => {
  const text = readFileSync("docs/internals/reliability.md", "utf8");
  const table = text.slice(text.indexOf("| fault | what happens |"), text.indexOf("A test fails when one"));
  const named = [...table.matchAll(/^\| ([^|]+) \|/gm)]
    .slice(1)
    .flatMap(([, names = ""]) => names.split(", "));
  expect(named.toSorted()).toEqual([...ALL_FAULTS].toSorted());
});
