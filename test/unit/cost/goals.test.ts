/** What a month may cost, by the model with its own prices and assumptions. */
import { expect, test } from "vitest";
import { readBatcherConfig } from "#services/batcher/config.ts";
import { assumed } from "#services/cli/cost/assumptions.ts";
import { estimate } from "#services/cli/cost/estimate.ts";
import { PRICES } from "#services/cli/cost/prices.ts";
import { readLoaderConfig } from "#services/loader/config.ts";

const env = {
  GOOGLE_CLOUD_PROJECT: "any-project",
  GCS_BUCKET: "any-bucket",
  BATCHER_URL: "http://batcher.example",
  LOADER_URL: "http://loader.example",
};
const { windowMs, limits: drain } = readBatcherConfig(env);
const settings = { drain, load: readLoaderConfig(env).limits };

test.each([
  { eventsPerDay: 0, most: 0 },
  { eventsPerDay: 10_000, most: 2 },
  { eventsPerDay: 1_000_000, most: 45 },
  { eventsPerDay: 100_000_000, most: 2_400 },
])("$eventsPerDay events a day cost $most dollars a month at most", ({ eventsPerDay, most }) => {
  const workload = {
    eventsPerDay,
    eventBytes: 665,
    types: 1,
    windowSeconds: windowMs / 1000,
    hours: 24,
    retentionDays: 365,
    secrets: 0,
  };
  const [ours] = estimate({ workload, settings, assumed: assumed() }, PRICES, true).options;
  expect(ours.bill.dollars).toBeLessThanOrEqual(most);
});
