/** Windows with events and without. */
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
  expect(trafficOf(usual)).toEqual({ rate: 0, windows: 0, typeWindows: 0, ends: 0 });
  expect(startsAfter(900, trafficOf(usual), usual)).toBe(0);
});

test("many events are in every window of their hours, whose end is the one end", () => {
  const workload = { ...usual, eventsPerDay: 10_000_000, hours: 8 };
  const { windows, typeWindows, ends } = trafficOf({ ...workload, types: 3 });
  expect(windows).toBeCloseTo(8 * 60, 6);
  expect(typeWindows).toBeCloseTo(3 * 8 * 60, 6);
  expect(ends).toBeCloseTo(1, 6);
  // And the morning after needs an instance.
  expect(startsAfter(900, trafficOf(workload), workload)).toBeCloseTo(1, 6);
});

test("a lonely event is one window, one end and one start", () => {
  const workload = { ...usual, eventsPerDay: 1 };
  const traffic = trafficOf(workload);
  expect(traffic.windows).toBeCloseTo(1, 2);
  expect(traffic.ends).toBeCloseTo(1, 2);
  expect(startsAfter(900, traffic, workload)).toBeCloseTo(1, 1);
});

test.each([100, 1_000, 3_000])(
  "%d events a day at random are in as many windows as thrown dice say",
  (events) => {
    const random = createRandom(`windows of ${events}`);
    const days = 200;
    let windows = 0;
    let ends = 0;
    for (let day = 0; day < days; day++) {
      const taken = new Set(Array.from({ length: events }, () => Math.floor(random() * 1440)));
      windows += taken.size;
      ends += [...taken].filter((window) => !taken.has((window + 1) % 1440)).length;
    }
    const traffic = trafficOf({ ...usual, eventsPerDay: events });
    // The same dice each time, so that this holds or does not hold for ever.
    expect(Math.abs(windows / days / traffic.windows - 1)).toBeLessThan(0.01);
    expect(Math.abs(ends / days / traffic.ends - 1)).toBeLessThan(0.02);
  },
);
