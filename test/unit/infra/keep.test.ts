/** What `make destroy` leaves. */
import { expect, test } from "vitest";
import { divide } from "#infra/gcp/deploy/keep.ts";
import { synthesizeStack } from "#test/support/stack.ts";

const { resource } = synthesizeStack({ secrets: ["ZOT_TOKENS"], retention: { lockedArchiveDays: 30 } });
const { kept, destroyed } = divide(resource);

test("buckets, topics, subscriptions, dataset, tables and views stay, with the APIs and grants that they need", () => {
  const types = new Set(kept.map((address) => address.split(".")[0]));
  expect(types).toEqual(
    new Set([
      "google_bigquery_dataset",
      "google_bigquery_table",
      "google_project_service",
      "google_pubsub_subscription",
      "google_pubsub_topic",
      "google_pubsub_topic_iam_member",
      "google_storage_bucket",
      "google_storage_bucket_iam_member",
    ]),
  );
});

test("everything else goes, once", () => {
  const count = Object.values(resource).reduce((sum, byName) => sum + Object.keys(byName).length, 0);
  expect(new Set([...kept, ...destroyed]).size).toBe(count);
  expect(kept.length + destroyed.length).toBe(count);
  expect(destroyed).toContain("google_cloud_run_v2_service.batcher");
});

test("nothing that stays depends on something that goes: Terraform would take it along", () => {
  const gone = new Set(destroyed);
  for (const address of kept) {
    const [type = "", name = ""] = address.split(".");
    const text = JSON.stringify(resource[type]?.[name]);
    const named = [...text.matchAll(/google_[a-z0-9_]+\.[A-Za-z0-9_-]+/g)].map(([found]) => found);
    expect(
      named.filter((found) => gone.has(found)),
      address,
    ).toEqual([]);
  }
});
