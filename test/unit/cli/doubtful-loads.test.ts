/** Which objects of loads with duplicates are compared, and that the rest is said. */
import { expect, test } from "vitest";
import type { KeySources } from "#services/cli/prove/compare-keys.ts";
import { DoubtfulLoads } from "#services/cli/prove/doubtful-loads.ts";
import type { Store } from "#services/shared/ports.ts";

const loaded = (object: string, inserted: number, duplicates: number) => ({
  object,
  type: "t",
  messages: inserted + duplicates,
  plan: "p",
  inserted,
  duplicates,
  low: null,
  high: null,
  untimed: 0,
});

/** What is read, and then found to be gone. */
async function readBy(doubtful: DoubtfulLoads): Promise<readonly string[]> {
  const read: string[] = [];
  const store = { read: async (name: string) => void read.push(name) } as unknown as Store;
  expect(await doubtful.compare({} as KeySources, store)).toEqual([]);
  return read;
}

test("only objects of loads with duplicates are read, those of which nothing was new first", async () => {
  const doubtful = new DoubtfulLoads();
  doubtful.add(loaded("new", 2, 0));
  doubtful.add(loaded("partly", 1, 1));
  doubtful.add(loaded("wholly", 0, 2));
  expect(await readBy(doubtful)).toEqual(["wholly", "partly"]);
  expect(doubtful.warnings).toEqual([]);
});

test("of more than a hundred the rest is left to --deep, which is said", async () => {
  const doubtful = new DoubtfulLoads();
  for (let index = 0; index < 150; index++) doubtful.add(loaded(`partly-${index}`, 1, 1));
  doubtful.add(loaded("wholly", 0, 2));
  const read = await readBy(doubtful);
  expect(read).toHaveLength(100);
  expect(read[0]).toBe("wholly");
  expect(doubtful.warnings).toEqual([expect.stringMatching(/^51 more objects .*--deep/)]);
});
