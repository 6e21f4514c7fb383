/** Figures: what a median and a ratio are of, and which rounds count. */
import { expect, test } from "vitest";
import { figure, group, inRounds } from "#test/bench/measure.ts";

const series = (what: string, ...samples: readonly number[]) => ({ what, samples });

test("a ratio is the median of each round's own, not the ratio of the medians", () => {
  const measured = series("ours", 10, 200, 30);
  const baseline = series("bare", 10, 100, 5);
  expect(figure("ms", measured, baseline, { atMost: 2 })).toEqual({
    what: "ours",
    unit: "ms",
    value: 30,
    samples: [10, 200, 30],
    baseline: { what: "bare", value: 10, samples: [10, 100, 5] },
    ratio: 2,
    goal: { atMost: 2 },
  });
});

test.each([
  [[7], 7],
  [[9, 1], 5],
  [[9, 1, 2], 2],
  [[100, 9, 1, 3], 6],
])("the median of %j is %d", (samples, median) => {
  expect(figure("ms", series("ours", ...samples), series("bare", ...samples)).value).toBe(median);
});

test("a figure is of the same rounds as its baseline, and of one at least", () => {
  expect(() => figure("ms", series("ours", 1, 2), series("bare", 1))).toThrow(
    '"ours" and "bare" are not of the same rounds',
  );
  expect(() => figure("ms", series("ours"), series("bare"))).toThrow(RangeError);
});

test("the members of a group say whose they are", () => {
  const [head, member] = ["all", "part"].map((what) => figure("ms", series(what, 1), series("bare", 1)));
  expect(group(head!, member!)).toEqual([head, { ...member, group: "all" }]);
});

test("each round runs every variant; the first one warms up and is not counted", async () => {
  const order: string[] = [];
  const variant = (name: string) => async () => {
    order.push(name);
    return order.length;
  };
  const said: string[] = [];
  const samples = await inRounds(2, { ours: variant("ours"), bare: variant("bare") }, (text) =>
    said.push(text),
  );
  expect(order).toEqual(["ours", "bare", "ours", "bare", "ours", "bare"]);
  expect(samples).toEqual({ ours: [3, 5], bare: [4, 6] });
  expect(said.slice(0, 3)).toEqual(["warm-up: ours", "warm-up: bare", "round 1 of 2: ours"]);
});
