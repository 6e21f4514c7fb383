/** Half of the seeds that stay the same; a file of its own, so that the two run side by side. */
import { expect, test } from "vitest";
import { expectRulesToHold, IS_WHOLE, range } from "./seeds.ts";
import { ALL_FAULTS } from "./world.ts";

/** The rarest fault, `staging tables expired`, strikes in one of the few seeds, too. */
const [from, to] = IS_WHOLE ? [1_000, 2_000] : [1_640, 1_840];

test.skipIf(process.env["SEED"] !== undefined)(
  `every rule holds in seeds ${from} to ${to - 1}, and every fault strikes in them`,
  { timeout: 1_200_000 },
  async () => {
    const { accepted, faults } = await expectRulesToHold(range(from, to));
    expect(accepted).toBeGreaterThan(0);
    expect(ALL_FAULTS.filter((fault) => !faults.has(fault))).toEqual([]);
  },
);
