/** When alarms go off. */
import { describe, expect, test } from "vitest";
import { fireTime, loadsPerWindow, loadTrailMs, nextLoadMs, windowOf } from "#services/shared/window.ts";

const SINCE = 1_750_000_000_000;

/** When an alarm goes off that is asked for at this time. */
function firesAt(name: "drain" | "load", now: number, windowMs: number): number {
  return fireTime(name, windowOf(name, now, windowMs), windowMs);
}

test.each(["drain", "load"] as const)(
  "a %s alarm fires after whatever asked for it in its window, within one window",
  (name) => {
    for (const windowMs of [500, 2_000, 10_000, 60_000, 3_600_000]) {
      for (let now = SINCE; now < SINCE + 2 * windowMs; now += windowMs / 7) {
        const wait = firesAt(name, now, windowMs) - now;
        expect(wait).toBeGreaterThan(0);
        expect(wait).toBeLessThanOrEqual(windowMs);
      }
    }
  },
);

describe.each([
  { windowMs: 500, trail: 125, late: 500 },
  { windowMs: 2_000, trail: 500, late: 2_000 },
  { windowMs: 10_000, trail: 2_500, late: 5_000 },
  { windowMs: 15_000, trail: 3_750, late: 7_500 },
  { windowMs: 60_000, trail: 5_000, late: 30_000 },
  { windowMs: 600_000, trail: 5_000, late: 300_000 },
])("in windows of $windowMs ms", ({ windowMs, trail, late }) => {
  const drain = firesAt("drain", SINCE, windowMs);
  const firstLoad = drain + trail;

  test("what a drain writes soon is loaded a quarter window after it began, five seconds at most", () => {
    expect(loadTrailMs(windowMs)).toBe(trail);
    for (const written of [drain, drain + trail / 2, firstLoad - 1])
      expect(firesAt("load", written, windowMs)).toBe(firstLoad);
  });

  test("what it writes later has a load half a window after that one, if a half is five seconds or more", () => {
    for (const written of [firstLoad, firstLoad + late - 1])
      expect(firesAt("load", written, windowMs)).toBe(firstLoad + late);
  });

  test("a drain that is done by then has one load, a longer one as many as fit in", () => {
    expect(loadsPerWindow(trail, windowMs)).toBe(1);
    expect(loadsPerWindow(trail + 1, windowMs)).toBe(windowMs / late);
  });

  test("a load that did something looks next after the next drain", () => {
    const next = firesAt("drain", drain, windowMs) + trail;
    for (const done of [firstLoad, firstLoad + late / 2, firstLoad + late - 1])
      expect(firesAt("load", done + nextLoadMs(windowMs), windowMs)).toBe(next);
  });
});
