/** The seeded random numbers. */
import { expect, test } from "vitest";
import { below, createRandom, hex, pick, zipf } from "#services/cli/generate/random.ts";

test("numbers are even in [0, 1): each tenth has its tenth", () => {
  const random = createRandom("even");
  const tenths = Array.from({ length: 10 }, () => 0);
  for (let i = 0; i < 20_000; i++) {
    const place = Math.floor(10 * random());
    tenths[place] = (tenths[place] ?? 0) + 1;
  }
  expect(tenths).toHaveLength(10);
  // 2,000 are expected in each, with a deviation of 42: four of them on each side.
  for (const count of tenths) expect(Math.abs(count - 2_000)).toBeLessThan(170);
});

test("below() reaches every number under its limit and no other", () => {
  const random = createRandom("below");
  const seen = new Set(Array.from({ length: 1_000 }, () => below(random, 7)));
  expect(seen).toEqual(new Set([0, 1, 2, 3, 4, 5, 6]));
});

test.each([1, 8, 9, 16, 40])("hex() gives %i digits", (digits) => {
  expect(hex(createRandom("hex"), digits)).toMatch(new RegExp(`^[0-9a-f]{${digits}}$`));
});

test("picking from nothing is an error", () => {
  expect(() => pick(createRandom("x"), [])).toThrow("nothing to pick from");
});

test("zipf() draws the first place twice as often as the second, with an exponent of one", () => {
  const random = createRandom("zipf");
  const draw = zipf(50, 1);
  const counts = Array.from({ length: 50 }, () => 0);
  for (let i = 0; i < 50_000; i++) {
    const place = draw(random);
    counts[place] = (counts[place] ?? 0) + 1;
  }
  expect(counts).toHaveLength(50);
  expect((counts[0] ?? 0) / (counts[1] ?? 1)).toBeCloseTo(2, 0);
  expect((counts[0] ?? 0) / (counts[9] ?? 1)).toBeGreaterThan(8);
  expect(counts[49]).toBeGreaterThan(0);
});
