/** Monitoring, Logging, and what is the same for many APIs. */
import {
  account,
  alertPolicy,
  dashboard,
  HERE,
  metric,
  role,
  secret,
  topic,
} from "../control-plane-requests.ts";
import type { Scenario } from "./scenario.ts";

const LOG_MATCH = { displayName: "errors", conditionMatchedLog: { filter: "severity>=ERROR" } };

export const MONITORING: readonly Scenario[] = [
  {
    rule: "missing-data-needs-duration",
    wrong: alertPolicy({ duration: "0s", evaluationMissingData: "EVALUATION_MISSING_DATA_INACTIVE" }),
    right: alertPolicy({ duration: "60s", evaluationMissingData: "EVALUATION_MISSING_DATA_INACTIVE" }),
  },
  {
    rule: "duration-of-whole-minutes",
    wrong: alertPolicy({ duration: "90s" }),
    right: alertPolicy({ duration: "120s" }),
  },
  {
    rule: "alignment-period",
    wrong: alertPolicy({ aggregations: [{ alignmentPeriod: "30s", perSeriesAligner: "ALIGN_MAX" }] }),
    right: alertPolicy({ aggregations: [{ alignmentPeriod: "60s", perSeriesAligner: "ALIGN_MAX" }] }),
  },
  {
    rule: "size-of-alert-policy",
    wrong: alertPolicy({}, { documentation: { content: "x".repeat(8193) } }),
    right: alertPolicy({}, { documentation: { content: "x".repeat(8192) } }),
  },
  {
    rule: "policy-for-log-lines",
    wrong: alertPolicy({}, { conditions: [LOG_MATCH] }),
    right: alertPolicy(
      {},
      { conditions: [LOG_MATCH], alertStrategy: { notificationRateLimit: { period: "300s" } } },
    ),
  },
  {
    rule: "metric-not-found",
    wrong: alertPolicy({
      filter:
        'metric.type="logging.googleapis.com/user/pullhouse/rejected" AND resource.type="cloud_run_revision"',
    }),
    mend: [metric("pullhouse/rejected")],
  },
  { rule: "tile-outside-of-mosaic", wrong: dashboard({ xPos: 9 }), right: dashboard({ xPos: 8 }) },
  {
    rule: "distribution-needs-value",
    wrong: metric("rows", { metricDescriptor: { valueType: "DISTRIBUTION" } }),
    right: metric("rows", {
      metricDescriptor: { valueType: "DISTRIBUTION" },
      valueExtractor: "EXTRACT(jsonPayload.inserted)",
    }),
  },
];

export const OTHERS: readonly Scenario[] = [
  {
    rule: "too-many-services-at-once",
    wrong: [
      "POST",
      `serviceusage.googleapis.com/v1/${HERE}/services:batchEnable`,
      { serviceIds: Array.from({ length: 21 }, (_, index) => `api${index}.googleapis.com`) },
    ],
    right: [
      "POST",
      `serviceusage.googleapis.com/v1/${HERE}/services:batchEnable`,
      { serviceIds: Array.from({ length: 20 }, (_, index) => `api${index}.googleapis.com`) },
    ],
  },
  {
    rule: "api-not-enabled",
    given: [["POST", `serviceusage.googleapis.com/v1/${HERE}/services/pubsub.googleapis.com:disable`, {}]],
    wrong: topic("events"),
    mend: [["POST", `serviceusage.googleapis.com/v1/${HERE}/services/pubsub.googleapis.com:enable`, {}]],
  },
  {
    rule: "stale-resource",
    given: [secret("zot-tokens")],
    wrong: [
      "PATCH",
      `secretmanager.googleapis.com/v1/${HERE}/secrets/zot-tokens?updateMask=labels`,
      { labels: { app: "pullhouse" }, etag: "ACAB" },
    ],
    right: [
      "PATCH",
      `secretmanager.googleapis.com/v1/${HERE}/secrets/zot-tokens?updateMask=labels`,
      { labels: { app: "pullhouse" } },
    ],
  },
  {
    rule: "labels",
    wrong: topic("events", { labels: { App: "pullhouse" } }),
    right: topic("events", { labels: { app: "pullhouse" } }),
  },
  {
    rule: "size-of-service-account",
    wrong: account("loader", { description: "x".repeat(257) }),
    right: account("loader", { description: "x".repeat(256) }),
  },
  {
    rule: "size-of-custom-role",
    wrong: role("loader", "x".repeat(101)),
    right: role("loader", "x".repeat(100)),
  },
];
