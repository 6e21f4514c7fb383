/** A key of the deployment's own, which is used only where it is asked for. */
import { expect, test } from "vitest";
import { synthesizeStack } from "#test/support/stack.ts";

test("whatever keeps events or images is encrypted with the deployment's own key, where it names one", () => {
  const key = "projects/acme-keys/locations/us-central1/keyRings/pullhouse/cryptoKeys/events";
  expect(synthesizeStack().text).not.toMatch(/kms_key_name/);
  const { all } = synthesizeStack({ encryptionKey: key, retention: { lockedArchiveDays: 30 } });
  const buckets = all("google_storage_bucket").map(({ encryption }) => encryption.default_kms_key_name);
  const datasets = all("google_bigquery_dataset").map(
    ({ default_encryption_configuration: encryption }) => encryption.kms_key_name,
  );
  const others = [...all("google_pubsub_topic"), ...all("google_artifact_registry_repository")].map(
    ({ kms_key_name: name }) => name,
  );
  expect([buckets, datasets, others]).toEqual([
    [key, key, key],
    [key, key],
    [key, key, key],
  ]);
});
