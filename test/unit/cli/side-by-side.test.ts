/** Two ordered lists read side by side, against the same with everything in memory. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { type Pair, sideBySide } from "#services/cli/prove/side-by-side.ts";

async function* each<T>(values: readonly T[]): AsyncGenerator<T, void, void> {
  for (const value of values) yield await Promise.resolve(value);
}

async function pairsOf(left: readonly string[], right: readonly string[]): Promise<Pair<string, string>[]> {
  const same = (key: string) => key;
  const pairs: Pair<string, string>[] = [];
  for await (const pair of sideBySide(each(left), each(right), same, same)) pairs.push(pair);
  return pairs;
}

const keys = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 2, unit: fc.constantFrom("a", "b", "/") }));

test("every key comes once, in order, with the sides that have it", async () => {
  await fc.assert(
    fc.asyncProperty(keys, keys, async (some, others) => {
      const [left, right] = [some.toSorted(), others.toSorted()];
      const expected = [...new Set([...left, ...right])].toSorted().map((key) => ({
        ...(left.includes(key) ? { left: key } : {}),
        ...(right.includes(key) ? { right: key } : {}),
      }));
      expect(await pairsOf(left, right)).toEqual(expected);
    }),
  );
});

test.each([
  [["b", "a"], ["c"]],
  [["a"], ["b", "b"]],
])("a list that is not in order is an error: %j %j", async (left, right) => {
  await expect(pairsOf(left, right)).rejects.toThrow("which is not their order");
});
