/** Half of the two thousand seeds; a file of its own, so that the two run side by side. */
import { expect, test } from "vitest";
import { expectRulesToHold, range } from "./seeds.ts";
import { ALL_FAULTS } from "./world.ts";

test.skipIf(process.env["SEED"] !== undefined)(
  "every rule holds in seeds 0 to 999, and every fault strikes in them",
  { timeout: 1_200_000 },
  async () => {
    const { accepted, faults } = await expectRulesToHold(range(0, 1000));
    expect(accepted).toBeGreaterThan(0);
    expect(ALL_FAULTS.filter((fault) => !faults.has(fault))).toEqual([]);
  },
);
