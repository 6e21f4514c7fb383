/** The bytes of a batch's rows: what goes in comes out, whatever the lengths and the characters. */
import { createHash } from "node:crypto";
import fc from "fast-check";
import { expect, test, vi } from "vitest";
import { Lines } from "#services/batcher/lines.ts";
import { UNIT } from "#services/batcher/spare-memory.ts";

const RUNS = { numRuns: 200, seed: Number(process.env["SEED"] ?? Date.now() % 2 ** 31) };

/** Short ones and such as need a piece of their own, of one to four bytes a character. */
const line = fc
  .tuple(fc.constantFrom("a", "é", "€", "😀", `{"a":1}\n`), fc.oneof(fc.nat(900), fc.nat(200_000)))
  .map(([text, times]) => text.repeat(times));

test(`lines of any length come back as they were, byte for byte (SEED=${RUNS.seed})`, () => {
  fc.assert(
    fc.property(fc.array(line, { maxLength: 20 }), (texts) => {
      const lines = new Lines();
      for (const text of texts) expect(lines.add(text)).toBe(Buffer.byteLength(text));
      const bytes = Buffer.from(texts.join(""));
      expect(lines.bytes().equals(bytes)).toBe(true);
      expect(lines.count).toBe(texts.length);
      expect(lines.digest()).toBe(createHash("sha256").update(bytes).digest("hex"));
    }),
    RUNS,
  );
});

test("who looks at the lines can go on adding", () => {
  const lines = new Lines();
  lines.add("a\n");
  const before = lines.bytes();
  lines.add("b\n");
  expect(before.toString()).toBe("a\n");
  expect(lines.bytes().toString()).toBe("a\nb\n");
});

test("a hundred tables of three rows hold less than a megabyte", () => {
  const before = process.memoryUsage().arrayBuffers;
  const held = Array.from({ length: 100 }, () => {
    const lines = new Lines();
    for (let row = 0; row < 3; row += 1) lines.add("x".repeat(800));
    return lines;
  });
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1024 * 1024);
  expect(held.map((lines) => lines.bytes().length)).toEqual(held.map(() => 3 * 800));
});

test.each([300_000, 1024 * 1024])(
  "large lines, of %i bytes, hold their own length and little more",
  (length) => {
    const before = process.memoryUsage().arrayBuffers;
    const lines = new Lines();
    for (let row = 0; row < 32; row += 1) lines.add("x".repeat(length));
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(33 * length);
    expect(lines.bytes().length).toBe(32 * length);
  },
);

test("a single large line is held once, also when it is looked at", () => {
  const before = process.memoryUsage().arrayBuffers;
  const lines = new Lines();
  lines.add("x".repeat(40_000_000));
  expect(lines.bytes().length).toBe(40_000_000);
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(41_000_000);
});

test(`lines that others were in before are as they were, whoever is released meanwhile (SEED=${RUNS.seed})`, () => {
  const step = fc.record({ who: fc.nat(2), line, act: fc.constantFrom("add", "look", "release") });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
      const held = Array.from({ length: 3 }, () => ({ lines: new Lines(), texts: [] as string[] }));
      for (const { who, line, act } of steps) {
        const one = held[who] as (typeof held)[number];
        one.lines.add(line);
        one.texts.push(line);
        if (act === "look") one.lines.bytes();
        if (act === "release") {
          one.lines.release();
          one.texts.length = 0;
        }
      }
      for (const { lines, texts } of held) expect(lines.bytes().toString()).toBe(texts.join(""));
    }),
    RUNS,
  );
});

test("a batch takes no new memory where one was released, whatever else was before", () => {
  const fill = () => {
    const lines = new Lines();
    for (let row = 0; row < 8_000; row += 1) lines.add("x".repeat(1_000));
    lines.bytes();
    lines.release();
  };
  for (let size = 300_000; size < 3_000_000; size += 100_000) {
    const odd = new Lines();
    odd.add("x".repeat(size));
    odd.release();
  }
  fill();
  // Asked for, not held: what is held depends on when V8 collects.
  const allocate = vi.spyOn(Buffer, "allocUnsafeSlow");
  for (let batch = 0; batch < 10; batch += 1) fill();
  const bytes = allocate.mock.calls.reduce((sum, [size]) => sum + size, 0);
  allocate.mockRestore();
  // The first pieces of a table, up to the unit, are new each time.
  expect(bytes).toBeLessThan(10 * UNIT);
});
