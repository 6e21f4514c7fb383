/** From quantities to dollars. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { readBatcherConfig } from "#services/batcher/config.ts";
import { assumed } from "#services/cli/cost/assumptions.ts";
import { billOf } from "#services/cli/cost/bill.ts";
import { estimate } from "#services/cli/cost/estimate.ts";
import type { Item } from "#services/cli/cost/item.ts";
import { PRICES, priceList } from "#services/cli/cost/prices.ts";
import type { Model } from "#services/cli/cost/usage.ts";
import { readLoaderConfig } from "#services/loader/config.ts";

const env = {
  GOOGLE_CLOUD_PROJECT: "any-project",
  GCS_BUCKET: "any-bucket",
  BATCHER_URL: "http://batcher.example",
  LOADER_URL: "http://loader.example",
};
const settings = { drain: readBatcherConfig(env).limits, load: readLoaderConfig(env).limits };

function model(workload: Partial<Model["workload"]>): Model {
  const usual = { eventBytes: 665, types: 1, windowSeconds: 60, hours: 24, retentionDays: 365, secrets: 0 };
  return { workload: { ...usual, eventsPerDay: 0, ...workload }, settings, assumed: assumed() };
}

const requests = (what: string, quantity: number): Item => ({
  product: "Cloud Run",
  what,
  price: "requests",
  quantity,
});

test("what is free is shared by the items of one price", () => {
  const { lines, dollars } = billOf([requests("receiver", 3), requests("loader", 1)], PRICES, true);
  // Four million requests, two of them free, at $0.40 a million.
  expect(dollars).toBeCloseTo(0.8, 10);
  expect(lines.map((line) => line.dollars)).toEqual([expect.closeTo(0.6, 10), expect.closeTo(0.2, 10)]);
});

test("less than what is free costs nothing, and without the free tier it has its price", () => {
  const items = [requests("receiver", 1.5)];
  expect(billOf(items, PRICES, true).dollars).toBe(0);
  expect(billOf(items, PRICES, false).dollars).toBeCloseTo(0.6, 10);
});

test("a given price replaces that of the list, and nothing else", () => {
  const prices = priceList({ requests: 0.5 });
  expect(billOf([requests("receiver", 4)], prices, true).dollars).toBeCloseTo(1, 10);
  expect({ ...prices, requests: PRICES.requests }).toEqual(PRICES);
});

test("a load balancer is paid for by the hour, also without an event, and by what goes through it", () => {
  const ours = (more: Partial<Model["workload"]>) => estimate(model(more), PRICES, true).options[0];
  const [without, withOne] = [ours({}), ours({ loadBalancer: true })];
  // 730 hours at $0.025.
  expect(withOne.idle.dollars - without.idle.dollars).toBeCloseTo(18.25, 2);
  const busy = (loadBalancer?: true) =>
    ours({ eventsPerDay: 1e7, ...(loadBalancer === undefined ? {} : { loadBalancer }) }).bill.dollars;
  expect(busy(true) - busy()).toBeGreaterThan(18.25);
});

test("every price says where and when it was read", () => {
  expect(Object.keys(PRICES).length).toBeGreaterThan(20);
  for (const [name, { source, asOf, dollars }] of Object.entries(PRICES)) {
    expect(source, name).toMatch(/^https:\/\/(docs\.)?cloud\.google\.com\//);
    expect(asOf, name).toMatch(/^20\d\d-[01]\d-[0-3]\d$/);
    // Alert policies are charged from September 2027 at the earliest.
    expect(dollars === 0, name).toBe(name === "alertMetrics");
  }
});

test("a month without events: no request of a sender, no object, no MERGE, and nothing beyond the free tier", () => {
  const [ours] = estimate(model({}), PRICES, true).options;
  const paid = ours.bill.lines.filter(({ dollars }) => dollars > 0).map(({ product }) => product);
  expect(paid).toEqual([]);
  const used = ours.bill.lines
    .filter(({ quantity }) => quantity > 0)
    .map(({ product, what }) => `${product}: ${what}`);
  expect(used).not.toContain("Cloud Run: receiver");
  expect(used).not.toContain("BigQuery: MERGE");
  expect(ours.bill.dollars).toBe(ours.idle.dollars);
  expect(ours.perMillion).toBeUndefined();
});

test("a full window a minute: the MERGE bills ten MiB of each of its two tables, 1,440 times a day", () => {
  const [ours] = estimate(model({ eventsPerDay: 100_000 }), PRICES, false).options;
  const merge = ours.bill.lines.find(({ what }) => what === "MERGE");
  expect(merge?.quantity).toBeCloseTo((1440 * 20 * 2 ** 20 * (365 / 12)) / 2 ** 40, 4);
});

test("a day is counted once: five statements, ten MiB for each table that they name, and more only for many events", () => {
  const counting = (eventsPerDay: number) =>
    estimate(model({ eventsPerDay }), PRICES, false).options[0].bill.lines.find(
      ({ what }) => what === "counting days",
    )?.quantity;
  expect(counting(0)).toBe(0);
  expect(counting(1_000)).toBeCloseTo((36 * 10 * 2 ** 20 * (365 / 12)) / 2 ** 40, 6);
  expect(counting(1_000_000)).toBeCloseTo((1e6 * 9_460 * (365 / 12)) / 2 ** 40, 6);
});

test("whatever the workload: finite sums of what the lines say, and never less without the free tier", () => {
  const workload = fc.record({
    eventsPerDay: fc.oneof(fc.integer({ min: 0, max: 1_000 }), fc.integer({ min: 0, max: 1e11 })),
    eventBytes: fc.integer({ min: 1, max: 8_388_608 }),
    types: fc.integer({ min: 1, max: 1_000 }),
    windowSeconds: fc.double({ min: 0.5, max: 3_600, noNaN: true }),
    hours: fc.double({ min: 0.1, max: 24, noNaN: true }),
    retentionDays: fc.integer({ min: 1, max: 36_500 }),
    secrets: fc.integer({ min: 0, max: 100 }),
  });
  fc.assert(
    fc.property(workload, (given) => {
      const free = estimate(model(given), PRICES, true);
      const full = estimate(model(given), PRICES, false);
      free.options.forEach(({ bill, idle }, index) => {
        const sum = bill.lines.reduce((total, { dollars }) => total + dollars, 0);
        expect(bill.dollars).toBe(sum);
        for (const { quantity, dollars } of bill.lines) {
          expect(Number.isFinite(dollars) && quantity >= 0 && dollars >= 0).toBe(true);
        }
        expect(bill.dollars).toBeGreaterThanOrEqual(idle.dollars - 1e-9);
        expect(full.options[index]?.bill.dollars).toBeGreaterThanOrEqual(bill.dollars);
      });
    }),
    { numRuns: 300 },
  );
});
