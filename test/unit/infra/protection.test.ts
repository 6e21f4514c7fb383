/** What holds events cannot be destroyed or replaced while `deletionProtection` is on. */
import { expect, test } from "vitest";
import { synthesizeStack } from "#test/support/stack.ts";

const HOLDS_EVENTS = [
  "google_bigquery_dataset.dataset",
  "google_pubsub_subscription.dead-letters-bucket",
  "google_pubsub_subscription.events-batcher",
  "google_pubsub_topic.dead-letters",
  "google_pubsub_topic.events",
  "google_storage_bucket.archive",
  "google_storage_bucket.bucket",
  "google_storage_bucket.dead-letter-files",
];

const protectedIn = (settings: Record<string, unknown>) =>
  Object.entries(synthesizeStack(settings).resource)
    .flatMap(([type, byName]) =>
      Object.entries(byName)
        .filter(([, body]) => body["lifecycle"]?.prevent_destroy === true)
        .map(([name]) => `${type}.${name}`),
    )
    .toSorted();

test("whatever holds events is never destroyed, nor replaced, by a plan that went wrong", () => {
  expect(protectedIn({ retention: { lockedArchiveDays: 30 } })).toEqual(HOLDS_EVENTS);
});

test("without protection all of it may go", () => {
  const settings = { retention: { lockedArchiveDays: 30 }, deletionProtection: false };
  expect(protectedIn(settings)).toEqual([]);
  const { all } = synthesizeStack(settings);
  const isForced = all("google_storage_bucket").map(({ name, force_destroy: forced }) => [name, forced]);
  // The locked archive cannot go before its time, whatever Terraform is told.
  expect(isForced).toEqual([
    ["acme-registry-events-pullhouse-archive", undefined],
    ["acme-registry-events-pullhouse", true],
    ["acme-registry-events-pullhouse-dead-letter", true],
  ]);
});
