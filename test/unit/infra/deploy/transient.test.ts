/** Which errors `make deploy` waits out, for how long, and what it says about the others. */
import { describe, expect, test } from "vitest";
import { adviseOn } from "#infra/gcp/deploy/advice.ts";
import { createPatience, transientOf } from "#infra/gcp/deploy/transient.ts";

/** As the provider and the API word them; each from a public report. */
const WORDED: readonly (readonly [name: string, address: string, text: string])[] = [
  [
    "API enabled a moment ago",
    "google_pubsub_topic.events",
    // https://github.com/hashicorp/terraform-provider-google/issues/8214
    "googleapi: Error 403: Compute Engine API has not been used in project 122036389144 before or it is disabled. Enable it by visiting https://console.developers.google.com/apis/api/compute.googleapis.com/overview?project=122036389144 then retry. If you enabled this API recently, wait a few minutes for the action to propagate to our systems and retry., accessNotConfigured",
  ],
  [
    "new metric",
    "google_monitoring_alert_policy.alert-loads-fail",
    // https://github.com/hashicorp/terraform-provider-google/issues/11102
    'Error creating AlertPolicy: googleapi: Error 404: Cannot find metric(s) that match type = "logging.googleapis.com/user/error_total". If a metric was created recently, it could take up to 10 minutes to become available. Please try again soon.',
  ],
  [
    "new metric",
    "google_monitoring_alert_policy.alert-loads-fail",
    // https://github.com/hashicorp/terraform-provider-google/issues/10325
    "Error creating AlertPolicy: googleapi: Error 404: The metric referenced by the provided filter is unknown. Check the metric name and labels.",
  ],
  [
    "concurrent policy changes",
    "google_project_iam_member.jobs-loader",
    // https://github.com/hashicorp/terraform/issues/15243
    "Error setting IAM policy for project: googleapi: Error 409: There were concurrent policy changes. Please retry the whole read-modify-write with exponential backoff., aborted",
  ],
  [
    "new service account",
    "google_secret_manager_secret_iam_member.secret-ZOT_TOKENS-receiver",
    // https://github.com/terraform-google-modules/terraform-docs-samples/pull/168
    "Error setting IAM policy for secretmanager secret: googleapi: Error 400: Service account 962980043765@developer.gserviceaccount.com does not exist.",
  ],
  [
    "new grant",
    "google_cloud_run_v2_service.receiver-us-central1",
    // https://github.com/sourcegraph/sourcegraph-public-snapshot/pull/59045
    "Error waiting to create Service: Error code 13, message: Revision 'sams-00001-8m6' is not ready and cannot serve traffic. Permission denied on secret: projects/p/secrets/s/versions/latest for Revision service account sams-sa@sams-dev-bfec.iam.gserviceaccount.com.",
  ],
  [
    "new grant",
    "google_pubsub_subscription.dead-letters-bucket",
    // https://github.com/GoogleCloudPlatform/dotnet-docs-samples/pull/2449
    "googleapi: Error 400: Cloud Pub/Sub did not have the necessary permissions configured to access the provided bucket b (or the bucket may not exist). Please verify that the service account service-1@gcp-sa-pubsub.iam.gserviceaccount.com was granted the Storage Legacy Bucket Reader and Storage Object Creator roles.",
  ],
  [
    "forbidden",
    "google_project_service.api-run",
    // https://github.com/hashicorp/terraform-provider-google/issues/1642
    "Error enabling service: googleapi: Error 403: The caller does not have permission, forbidden",
  ],
];

test.each(WORDED)("%s at %s", (name, address, text) => {
  expect(transientOf({ text, address })?.name).toBe(name);
});

test("an alert policy that is wrong, and a table that exists, are no matter of time", () => {
  const text = "googleapi: Error 400: Field alert_policy.conditions[0] had an invalid value";
  expect(transientOf({ text, address: "google_monitoring_alert_policy.a" })).toBeUndefined();
  const exists = "googleapi: Error 409: Already Exists: Table p:d.t, duplicate";
  expect(transientOf({ text: exists, address: "google_bigquery_table.t" })).toBeUndefined();
});

describe("patience", () => {
  const metric = { text: "Cannot find metric(s)", address: "google_monitoring_alert_policy.a" };
  const forbidden = { text: "googleapi: Error 403: no", address: "google_pubsub_topic.events" };

  /** @returns how long it waited in all, until it gave up */
  function waited(errors: readonly { text: string; address: string }[], progressAt?: number): number {
    let time = 0;
    const patience = createPatience(() => time);
    for (let attempts = 0; attempts < 1000; attempts += 1) {
      const wait = patience.judge(errors, progressAt === attempts);
      if (wait === undefined) return time;
      time += wait.ms;
    }
    throw new Error("it never gives up");
  }

  test("each error has its own limit, and the shortest counts", () => {
    expect(waited([metric])).toBe(12 * 60_000);
    expect(waited([forbidden])).toBe(2 * 60_000);
    expect(waited([metric, forbidden])).toBe(2 * 60_000);
  });

  test("progress starts the time anew", () => {
    expect(waited([forbidden], 2)).toBe(2 * 60_000 + 30_000);
  });

  test("one error that is no matter of time ends it at once", () => {
    expect(waited([metric, { text: "googleapi: Error 400: no", address: "google_pubsub_topic.a" }])).toBe(0);
  });

  test("whatever progress is made, a step ends", () => {
    let time = 0;
    const patience = createPatience(() => time);
    for (;;) {
      const wait = patience.judge([metric], true);
      if (wait === undefined) break;
      time += wait.ms;
    }
    expect(time).toBe(40 * 60_000);
  });
});

test.each([
  ["Error acquiring the state lock\nID: 1", "force-unlock"],
  ["Instance cannot be destroyed", "prefix of its own"],
  ["The queue cannot be created because a queue with this name existed too recently.", "queueSuffix"],
  ["googleapi: Error 409: Already Exists: Topic", "import it"],
  ["googleapi: Error 403: no", "docs/operate/security.md"],
  ["something else", "`make deploy` goes on from here"],
])("what to do about %s, in one line", (text, part) => {
  const line = adviseOn([{ text }], "make deploy");
  expect(line).toContain(part);
  expect(line).not.toContain("\n");
});
