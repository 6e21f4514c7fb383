/** Drains with events and without. */
import { expect, test } from "vitest";
import { startsAfter, trafficOf, type Workload } from "#services/cli/cost/traffic.ts";
import { createRandom } from "#services/cli/generate/random.ts";

const usual: Workload = {
  eventsPerDay: 0,
  eventBytes: 665,
  types: 1,
  windowSeconds: 60,
  hours: 24,
  retentionDays: 365,
  secrets: 0,
};

test("no event, no window", () => {
  expect(trafficOf(usual)).toEqual({
    rate: 0,
    stepSeconds: 60,
    drainsPerWindow: 1,
    windows: 0,
    typeWindows: 0,
    ends: 0,
  });
  expect(startsAfter(900, trafficOf(usual), usual)).toBe(0);
});

test.each([
  { eventsPerDay: 10_000, perWindow: 1 },
  { eventsPerDay: 500_000, perWindow: 2 },
  { eventsPerDay: 10_000_000, perWindow: 4 },
])(
  "$eventsPerDay events in eight hours are in $perWindow drains a window, and their end is the one end",
  ({ eventsPerDay, perWindow }) => {
    const workload = { ...usual, eventsPerDay, hours: 8 };
    const { windows, typeWindows, ends, stepSeconds } = trafficOf({ ...workload, types: 3 });
    expect(stepSeconds).toBe(60 / perWindow);
    expect(windows).toBeCloseTo(8 * 60 * perWindow, 3);
    expect(typeWindows).toBeCloseTo(3 * 8 * 60 * perWindow, -1);
    expect(ends).toBeCloseTo(1, 6);
    // And the morning after needs an instance.
    expect(startsAfter(900, trafficOf(workload), workload)).toBeCloseTo(1, 6);
  },
);

test("a lonely event is one window, one end and one start", () => {
  const workload = { ...usual, eventsPerDay: 1 };
  const traffic = trafficOf(workload);
  expect(traffic.windows).toBeCloseTo(1, 2);
  expect(traffic.ends).toBeCloseTo(1, 2);
  expect(startsAfter(900, traffic, workload)).toBeCloseTo(1, 1);
});

const WINDOW_S = 60;

/** When events at these times are drained: after a pause of a window at the end of the quarter, else at the end of the window. */
function drainsOf(times: readonly number[]): number[] {
  const drains: number[] = [];
  let before = -WINDOW_S;
  for (const time of times) {
    const step = time - before >= WINDOW_S ? WINDOW_S / 4 : WINDOW_S;
    before = time;
    if (drains.some((drain) => drain > time)) continue;
    drains.push((Math.floor(time / step) + 1) * step);
  }
  return drains;
}

test.each([100, 1_000, 3_000])(
  "%d events a day at random are in as many drains as thrown dice say",
  (events) => {
    const random = createRandom(`windows of ${events}`);
    const days = 200;
    let windows = 0;
    let ends = 0;
    for (let day = 0; day < days; day++) {
      const times = Array.from({ length: events }, () => random() * 86_400).toSorted((a, b) => a - b);
      const drains = drainsOf(times);
      windows += drains.length;
      // After the window in which something was drained, the next end of one finds nothing.
      const taken = new Set(drains.map((drain) => Math.ceil(drain / WINDOW_S)));
      ends += [...taken].filter((window) => !taken.has((window + 1) % 1440)).length;
    }
    const traffic = trafficOf({ ...usual, eventsPerDay: events });
    // The same dice each time, so that this holds or does not hold for ever.
    expect(Math.abs(windows / days / traffic.windows - 1)).toBeLessThan(0.01);
    expect(Math.abs(ends / days / traffic.ends - 1)).toBeLessThan(0.02);
  },
);
