/** Which events are sent, how often and when again. */
import { expect, test } from "vitest";
import { createRandom } from "#services/cli/generate/random.ts";
import { withDuplicates } from "#services/cli/send/schedule.ts";

function* numbers() {
  for (let value = 0; ; value++) yield value;
}

test.each([
  [1_000, 0.02, 20],
  [1_000, 0, 0],
  [50, 1, 50],
  [49, 0.02, 0],
  [1, 1, 1],
  [0, 1, 0],
])("of %i events with a share of %f, %i are sent once more", (count, duplicates, expected) => {
  const sent = [...withDuplicates(numbers(), count, duplicates, createRandom("x"))];
  const first = sent.filter(({ repeated }) => !repeated).map(({ event }) => event);
  const again = sent.filter(({ repeated }) => repeated).map(({ event }) => event);
  expect(first).toEqual(Array.from({ length: count }, (_, index) => index));
  expect(again).toHaveLength(expected);
  expect(new Set(again).size).toBe(expected);
  expect(sent.every(({ event, index }) => event === index)).toBe(true);
});

test("an event comes again after its first time and soon", () => {
  const sent = [...withDuplicates(numbers(), 2_000, 0.05, createRandom("x"))];
  for (const [place, { event, repeated }] of sent.entries()) {
    if (!repeated) continue;
    const before = sent.findIndex((one) => one.event === event);
    expect(before).toBeLessThan(place);
    // 200 others, and the repeats among them.
    expect(place - before).toBeLessThan(230);
  }
});

test("events are drawn one by one: nothing is taken from the source before it is needed", () => {
  let drawn = 0;
  function* counted() {
    for (const value of numbers()) {
      drawn += 1;
      yield value;
    }
  }
  const scheduled = withDuplicates(counted(), 100, 0, createRandom("x"));
  scheduled.next();
  expect(drawn).toBe(1);
  scheduled.next();
  expect(drawn).toBe(2);
});
