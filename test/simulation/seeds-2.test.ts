/** A thousand of the two thousand seeds; a file of its own, so that the two run side by side. */
import { expect, test } from "vitest";
import { failureText, faultsText, range, simulateSeeds } from "./seeds.ts";

const given = process.env["SEED"];
const seeds = given === undefined ? range(1000, 2000) : [Number(given)];

test(`every rule holds${given === undefined ? "" : `, seed ${given}`}`, { timeout: 600_000 }, async () => {
  const { seeds: count, accepted, faults, failure } = await simulateSeeds(seeds);
  console.log(`${count} seeds, ${accepted} events accepted; ${faultsText(faults)}`);
  if (failure !== undefined) throw new Error(failureText(failure));
  expect(count).toBe(given === undefined ? 1_000 : 1);
  expect(accepted).toBeGreaterThan(0);
});
