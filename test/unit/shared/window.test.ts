/** When alarms go off. */
import { describe, expect, test } from "vitest";
import type { AlarmName } from "#services/shared/ports.ts";
import {
  fireTime,
  loadStepMs,
  loadsPerDrain,
  type Pace,
  untilDrainMs,
  untilNextLoadMs,
} from "#services/shared/window.ts";

const SINCE = 1_750_000_000_000;
const WINDOWS_MS = [500, 2_000, 10_000, 15_000, 40_000, 60_000, 3_600_000];
const PACES: readonly Pace[] = [1, 2, 4];

test.each(["drain", "recheck", "spill", "load", "resume"] satisfies AlarmName[])(
  "a %s alarm goes off after whatever asked for it, within one window",
  (name) => {
    for (const windowMs of WINDOWS_MS) {
      for (let now = SINCE; now < SINCE + 2 * windowMs; now += windowMs / 7) {
        const wait = fireTime(name, now, windowMs) - now;
        expect(wait).toBeGreaterThan(0);
        expect(wait).toBeLessThanOrEqual(windowMs);
      }
    }
  },
);

describe.each([
  { windowMs: 500, steps: [500, 500, 500], load: 125 },
  { windowMs: 2_000, steps: [2_000, 2_000, 2_000], load: 500 },
  { windowMs: 10_000, steps: [10_000, 5_000, 5_000], load: 1_250 },
  { windowMs: 15_000, steps: [15_000, 7_500, 7_500], load: 1_875 },
  { windowMs: 40_000, steps: [40_000, 20_000, 10_000], load: 2_000 },
  { windowMs: 60_000, steps: [60_000, 30_000, 15_000], load: 2_000 },
  { windowMs: 600_000, steps: [600_000, 300_000, 150_000], load: 2_000 },
])("in windows of $windowMs ms", ({ windowMs, steps, load }) => {
  const drainAt = (now: number, pace: Pace) =>
    fireTime("drain", now + untilDrainMs(now, windowMs, pace), windowMs);

  test("drains lie at the ends of windows, halves or quarters, none of them shorter than five seconds", () => {
    for (const [index, pace] of PACES.entries()) {
      const step = steps[index] as number;
      for (let now = SINCE; now < SINCE + 2 * windowMs; now += windowMs / 7)
        expect(drainAt(now, pace)).toBe((Math.floor(now / step) + 1) * step);
    }
  });

  test("an early drain and one at the end of a window have the same place when they are at the same time", () => {
    const end = drainAt(SINCE, 1);
    expect(drainAt(end - 1, 4)).toBe(end);
    expect(drainAt(end - 1, 2)).toBe(end);
  });

  test("what a drain writes soon is loaded two seconds after it began, or earlier in a short window", () => {
    const drain = drainAt(SINCE, 1);
    expect(loadStepMs(windowMs)).toBe(load);
    for (const written of [drain, drain + load / 2, drain + load - 1])
      expect(fireTime("load", written, windowMs)).toBe(drain + load);
    expect(fireTime("load", drain + load, windowMs)).toBe(drain + 2 * load);
    expect([load, load + 1, 3 * load].map((ms) => loadsPerDrain(ms, windowMs))).toEqual([1, 2, 3]);
  });

  test("a load that did something looks next where the load of the next window's drain is", () => {
    const next = drainAt(SINCE, 1) + load;
    for (const now of [SINCE, SINCE + 1])
      expect(fireTime("load", now + untilNextLoadMs(now, windowMs), windowMs)).toBe(next);
  });
});
