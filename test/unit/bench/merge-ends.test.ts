/** Which MERGE brought a row, by times alone. */
import { expect, test } from "vitest";
import { endOfMerge } from "#test/bench/end-to-end/merge-ends.ts";

const MERGES = [
  { started: 100, ended: 150 },
  { started: 160, ended: 190 },
  // Asked for while another ran, it waited for that one.
  { started: 170, ended: 230 },
];

test.each([
  [100, 150],
  [150, 150],
  [165, 190],
  [190, 190],
  [191, 230],
])("a row of %i was committed at %i", (loadedAt, committed) => {
  expect(endOfMerge(MERGES, loadedAt)).toBe(committed);
});

test.each([99, 155, 231])("a row of %i came from no MERGE, and that is said", (loadedAt) => {
  expect(() => endOfMerge(MERGES, loadedAt)).toThrow("no MERGE was running at");
});
