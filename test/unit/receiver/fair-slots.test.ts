/** Slots that sources share, on a clock that only the test moves: what each source has for sure, and who comes next. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { FairSlots } from "#services/receiver/fair-slots.ts";
import { manualClock } from "#test/support/manual-clock.ts";

const WAIT_MS = 1_000;

function start(slots: number, sources: readonly string[], waiting = 8 * slots) {
  const clock = manualClock(0);
  const fair = new FairSlots({ slots, waiting, waitMs: WAIT_MS, sources }, clock);
  /** What happened, in order: `+a` begins, `-a` is over, `full a`. */
  const seen: string[] = [];
  const ends = new Map<string, () => void>();
  const run = async (name: string, weight = 1) => {
    const source = name.slice(0, 1);
    const done = await fair.run(source, weight, () => {
      seen.push(`+${name}`);
      return new Promise<void>((resolve) => ends.set(name, resolve));
    });
    seen.push(done === "full" ? `full ${name}` : `-${name}`);
  };
  const end = async (name: string) => {
    ends.get(name)?.();
    for (let turn = 0; turn < 5; turn++) await Promise.resolve();
  };
  return { fair, clock, seen, run, end };
}

test("a source alone has all slots", () => {
  const { run, seen } = start(8, ["a"]);
  for (let n = 0; n < 8; n++) void run(`a${n}`);
  expect(seen).toHaveLength(8);
});

test.each([
  [128, 5, 80],
  [128, 2, 96],
  [8, 2, 6],
  [3, 3, 1],
  [1, 2, 1],
])(
  "of %d slots among %d sources, one takes %d, and each other one has a slot at once",
  (slots, count, most) => {
    const sources = "abcde".slice(0, count).split("");
    const { run, seen } = start(slots, sources);
    for (let n = 0; n < 2 * slots; n++) void run(`a${n}`);
    expect(seen).toHaveLength(most);
    for (const source of sources.slice(1)) void run(`${source}0`);
    expect(seen.slice(most)).toEqual(sources.slice(1).map((source) => `+${source}0`));
  },
);

test("what becomes free goes to the sources in turn, to the first of each", async () => {
  const { run, end, seen } = start(4, ["a", "b"]);
  for (const name of ["a1", "a2", "a3", "b1"]) void run(name);
  for (const name of ["a4", "a5", "b2", "b3"]) void run(name);
  expect(seen).toEqual(["+a1", "+a2", "+a3", "+b1"]);
  for (const name of ["a1", "a2", "a3", "b1"]) await end(name);
  expect(seen.filter((one) => one.startsWith("+")).slice(4)).toEqual(["+b2", "+a4", "+b3", "+a5"]);
});

test("a task of many slots waits until they are free, and nobody of its source goes past it", async () => {
  const { run, end, seen } = start(8, ["a", "b"]);
  for (let n = 0; n < 4; n++) void run(`a${n}`);
  void run("aLarge", 4);
  void run("aSmall");
  expect(seen).toHaveLength(4);
  await end("a0");
  expect(seen).not.toContain("+aSmall");
  await end("a1");
  expect(seen).not.toContain("+aSmall");
  expect(seen).toContain("+aLarge");
  await end("a2");
  expect(seen).toContain("+aSmall");
});

test("a task that asks for more than its source can ever have gets as many as that", () => {
  const { run, seen } = start(4, ["a", "b"]);
  void run("a1", 100);
  void run("a2");
  void run("b1");
  expect(seen).toEqual(["+a1", "+b1"]);
});

test("who waits too long goes, and the next one behind it begins if there is room", async () => {
  const { run, clock, seen } = start(4, ["a", "b"]);
  void run("a1", 2);
  void run("aLarge", 3);
  await clock.advance(500);
  void run("aSmall");
  expect(seen).toEqual(["+a1"]);
  await clock.advance(500);
  expect(seen.toSorted()).toEqual(["+a1", "+aSmall", "full aLarge"]);
});

test("no more than its part of the waiting wait, whoever else does", () => {
  const { fair, run, seen } = start(2, ["a", "b"], 4);
  for (let n = 0; n < 3; n++) void run(`a${n}`);
  expect([fair.isFull("a"), fair.isFull("b")]).toEqual([true, false]);
  expect(seen).toEqual(["+a0"]);
});

test("a task that throws gives its slots back", async () => {
  const { fair } = start(2, ["a", "b"], 0);
  await expect(fair.run("a", 1, () => Promise.reject(new Error("no")))).rejects.toThrow("no");
  expect(await fair.run("a", 1, () => Promise.resolve("yes"))).toBe("yes");
});

test("whatever comes and goes, no slot is lost or made, and each source can always begin", async () => {
  const step = fc.record({
    source: fc.constantFrom("a", "b", "c"),
    weight: fc.integer({ min: 1, max: 12 }),
    ends: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 60 }),
      fc.integer({ min: 6, max: 40 }),
      async (steps, slots) => {
        const { run, end, seen, fair } = start(slots, ["a", "b", "c"], 1_000);
        const most = slots - 2 * Math.max(1, Math.floor(slots / 6));
        const weights = new Map<string, number>();
        const held = () => {
          const open = seen.filter((one) => one.startsWith("+") && !seen.includes(`-${one.slice(1)}`));
          return open.map((one) => one.slice(1));
        };
        for (const [index, { source, weight, ends }] of steps.entries()) {
          weights.set(`${source}${index}`, Math.min(weight, most));
          void run(`${source}${index}`, weight);
          const [first] = held();
          if (ends && first !== undefined) await end(first);
          const taken = held().reduce((sum, name) => sum + (weights.get(name) as number), 0);
          expect(taken).toBeLessThanOrEqual(slots);
        }
        for (let open = held(); open.length > 0; open = held()) for (const name of open) await end(name);
        // Nobody waits any more, and all slots are there again.
        expect(seen.filter((one) => one.startsWith("-"))).toHaveLength(steps.length);
        for (const source of ["a", "b", "c"]) expect(fair.isFull(source, most - 1 + 333 - 1)).toBe(false);
      },
    ),
    { numRuns: 200 },
  );
});
