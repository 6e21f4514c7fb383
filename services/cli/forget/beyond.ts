/** What no command reaches, and when it is gone. */
import { createBucketLook } from "#services/shared/gcp/look/bucket.ts";
import { createDatasetLook } from "#services/shared/gcp/look/dataset.ts";
import type { BucketPlace, WarehousePlace } from "../place.ts";

const DAY_HOURS = 24;
const DAY_SECONDS = 86_400;
/** Of a dataset that says nothing else (https://cloud.google.com/bigquery/docs/time-travel). */
const TIME_TRAVEL_DAYS = 7;
const REQUEST_TIMEOUT_MS = 20_000;

/** One line each; days are those of this dataset and bucket. */
export async function beyondReach(
  warehouse: WarehousePlace,
  bucket: BucketPlace,
): Promise<readonly string[]> {
  const requestTimeoutMs = REQUEST_TIMEOUT_MS;
  const hours = await createDatasetLook({ ...warehouse, requestTimeoutMs }).timeTravelHours();
  const settings = await createBucketLook({ ...bucket, requestTimeoutMs }).settings();
  const softDeleteDays = Math.ceil((settings?.softDeleteSeconds ?? 0) / DAY_SECONDS);
  const timeTravelDays = hours === undefined ? TIME_TRAVEL_DAYS : Math.ceil(hours / DAY_HOURS);
  return [
    `BigQuery's time travel: ${days(timeTravelDays)}`,
    // https://cloud.google.com/bigquery/docs/time-travel#fail-safe
    "BigQuery's fail-safe, of which only Google can restore: 7 days after that",
    // https://cloud.google.com/bigquery/docs/cached-results
    "BigQuery's results of queries that showed it, this command's among them: 1 day",
    // https://cloud.google.com/bigquery/docs/managing-jobs
    "BigQuery's history of jobs with the text that was searched for: 180 days",
    softDeleteDays === 0
      ? "Cloud Storage's soft delete: off for this bucket"
      : `Cloud Storage's soft delete: ${days(softDeleteDays)}`,
    // https://cloud.google.com/pubsub/docs/subscription-properties#message_retention_duration
    "events in Pub/Sub, or with a batcher, that are not yet objects: up to 7 days; repeat the command when they are",
    // https://cloud.google.com/logging/quotas#logs_retention_periods
    "logs and notifications, which have ids and types of events, never data: 30 days, unless the log bucket says otherwise",
    "a locked archive, old versions of objects, snapshots, backups and others' copies: as long as they are kept",
  ];
}

const days = (count: number) => `${count} day${count === 1 ? "" : "s"}`;
