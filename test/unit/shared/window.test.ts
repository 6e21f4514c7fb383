/** When alarms go off. */
import { expect, test } from "vitest";
import { fireTime, windowOf } from "#services/shared/window.ts";

test.each(["drain", "load"] as const)(
  "a %s alarm fires after whatever asked for it in its window, within one window",
  (name) => {
    for (const windowMs of [500, 2_000, 60_000, 3_600_000]) {
      for (let now = 1_750_000_000_000; now < 1_750_000_000_000 + 2 * windowMs; now += windowMs / 7) {
        const wait = fireTime(name, windowOf(name, now, windowMs), windowMs) - now;
        expect(wait).toBeGreaterThan(0);
        expect(wait).toBeLessThanOrEqual(windowMs);
      }
    }
  },
);

test("a load fires a quarter window after the drain, five seconds at most", () => {
  expect(fireTime("load", 10, 2_000) - fireTime("drain", 10, 2_000)).toBe(500);
  expect(fireTime("load", 10, 60_000) - fireTime("drain", 10, 60_000)).toBe(5_000);
});
