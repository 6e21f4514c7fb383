/** Percentiles and how durations are written. */
import { expect, test } from "vitest";
import { Durations, durationText } from "#services/cli/send/durations.ts";

test("percentiles are nearest-rank, over more values than it has room for at first", () => {
  const durations = new Durations();
  for (let value = 3_000; value >= 1; value--) durations.add(value);
  expect(durations.percentile(50)).toBe(1_500);
  expect(durations.percentile(99)).toBe(2_970);
  expect(durations.percentile(100)).toBe(3_000);
});

test("nothing has no percentile", () => {
  expect(new Durations().percentile(50)).toBeUndefined();
});

test.each([
  [undefined, "-"],
  [0.4, "0 ms"],
  [999, "999 ms"],
  [1_000, "1.0 s"],
  [99_900, "99.9 s"],
  [125_000, "2 min 5 s"],
])("%s is written %s", (milliseconds, words) => {
  expect(durationText(milliseconds)).toBe(words);
});
