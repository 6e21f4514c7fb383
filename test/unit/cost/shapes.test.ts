/** From how many events a day a receiver of another shape is worth it: the constants of the deployment are what the model says. */
import { expect, test } from "vitest";
import { readBatcherConfig } from "#services/batcher/config.ts";
import { assumed } from "#services/cli/cost/assumptions.ts";
import { busyWithRequests } from "#services/cli/cost/compute.ts";
import { estimate } from "#services/cli/cost/estimate.ts";
import { PRICES } from "#services/cli/cost/prices.ts";
import { trafficOf } from "#services/cli/cost/traffic.ts";
import { readLoaderConfig } from "#services/loader/config.ts";
import { readReceiverConfig } from "#services/receiver/config.ts";
import {
  ALWAYS_FROM,
  RECEIVER_SHAPES,
  type ReceiverShape,
  receiverShape,
  SMALL_FROM,
} from "#services/shared/receiver-shape.ts";

const env = {
  GOOGLE_CLOUD_PROJECT: "any-project",
  GCS_BUCKET: "any-bucket",
  BATCHER_URL: "http://batcher.example",
  LOADER_URL: "http://loader.example",
  CHAINGUARD_GROUP: "45a0c61ea6fd977f050c5fb9ac06a69eed764595",
};
const settings = { drain: readBatcherConfig(env).limits, load: readLoaderConfig(env).limits };
const SHAPES = Object.keys(RECEIVER_SHAPES) as ReceiverShape[];

function workloadOf(eventsPerDay: number, receiver?: ReceiverShape) {
  const usual = { eventBytes: 665, types: 1, windowSeconds: 40, hours: 24, retentionDays: 365, secrets: 0 };
  return { ...usual, eventsPerDay, ...(receiver === undefined ? {} : { receiver }) };
}

/** Of a month with all that a deployment has, since the receiver shares the free tier with the others. */
function dollars(eventsPerDay: number, receiver?: ReceiverShape): number {
  const workload = workloadOf(eventsPerDay, receiver);
  return estimate({ workload, settings, assumed: assumed() }, PRICES, true).options[0].bill.dollars;
}

/** Where `isOver` becomes true, within one part in a thousand. */
function turn(low: number, high: number, isOver: (events: number) => boolean): number {
  expect([isOver(low), isOver(high)]).toEqual([false, true]);
  let [from, to] = [low, high];
  while (to / from > 1.001) {
    const middle = Math.sqrt(from * to);
    if (isOver(middle)) to = middle;
    else from = middle;
  }
  return to;
}

const WORTH_DOLLARS = 5;

test("small is chosen from where it saves five dollars a month", () => {
  const saves = (events: number) => dollars(events, "shared") - dollars(events, "small") >= WORTH_DOLLARS;
  expect(turn(1_000, 1_000_000, saves) / SMALL_FROM).toBeCloseTo(1, 1);
});

test("always is chosen from where it is cheaper than small", () => {
  const isCheaper = (events: number) => dollars(events, "always") < dollars(events, "small");
  expect(turn(100_000, 10_000_000, isCheaper) / ALWAYS_FROM).toBeCloseTo(1, 1);
});

test("the chosen shape is nowhere far from the cheapest", () => {
  for (let events = 1_000; events <= 200_000_000; events *= 1.5) {
    const cheapest = Math.min(...SHAPES.map((shape) => dollars(events, shape)));
    expect(dollars(events), String(events)).toBe(dollars(events, receiverShape(events)));
    expect(dollars(events) - cheapest, String(events)).toBeLessThanOrEqual(1.1 * WORTH_DOLLARS);
  }
});

test("without events no shape costs anything", () => {
  for (const shape of SHAPES) expect(dollars(0, shape)).toBe(0);
});

test("an instance that is paid for its whole life is paid while it idles, too", () => {
  const seconds = (events: number) => {
    const workload = workloadOf(events);
    return busyWithRequests(trafficOf(workload), workload, assumed(), "always").cpuSeconds;
  };
  const { idleSeconds, startSeconds } = assumed();
  // A lone event: its start and 15 minutes.
  expect(seconds(1)).toBeCloseTo(idleSeconds + startSeconds, -1);
  expect(seconds(100_000)).toBeCloseTo(86_400, 0);
});

/**
 * While Pub/Sub is away, a request of a small receiver has an instance for itself: for the publish's timeout, then for a spill
 * (services/receiver/durable.ts: one probe a second after the last one failed, all others are spilled at once).
 */
test("an outage of Pub/Sub: small receivers keep all of the events that they are chosen for", () => {
  const { publishTimeoutMs } = readReceiverConfig(env);
  const [spillSeconds, probeSeconds, receivers] = [0.1, 1, 20];
  const instances = receivers * RECEIVER_SHAPES.small.instancesPerReceiver;
  const rate = ALWAYS_FROM / 86_400;
  // At its beginning every instance probes.
  expect(rate * (publishTimeoutMs / 1_000 + spillSeconds)).toBeLessThan(instances / 2);
  // Then a probe, and spills for as long as none is due.
  const kept = 1 + probeSeconds / spillSeconds;
  const perSecond = (instances * kept) / (publishTimeoutMs / 1_000 + spillSeconds + probeSeconds);
  expect(perSecond).toBeGreaterThan(10 * rate);
});
