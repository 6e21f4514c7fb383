/** Seeds that nobody has tried, other ones in each run: what fails is printed, and can be run again by its number. */
import { randomInt } from "node:crypto";
import { expect, test } from "vitest";
import { expectRulesToHold, IS_WHOLE, range } from "./seeds.ts";

const given = process.env["SEED"];
const COUNT = Number(process.env["FRESH_SEEDS"] ?? 200);
/** Beyond those of the other files and of the soaks that are written down. */
const FIRST = 1_000_000_000;

const skipped = IS_WHOLE ? "" : " (skipped: part of `make test-all`)";
test.skipIf(given !== undefined || !IS_WHOLE)(
  `every rule holds in fresh seeds${skipped}`,
  {
    timeout: 1_200_000,
  },
  async () => {
    const from = randomInt(FIRST, 2 ** 48 - 1);
    console.log(`fresh seeds ${from} to ${from + COUNT - 1}`);
    const { accepted } = await expectRulesToHold(range(from, from + COUNT));
    expect(accepted).toBeGreaterThan(0);
  },
);

test.runIf(given !== undefined)(`every rule holds in seed ${given}`, async () => {
  await expectRulesToHold([Number(given)]);
});
