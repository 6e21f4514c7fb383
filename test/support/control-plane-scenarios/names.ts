/** Names that resources may have, and names that are taken. */
import { type Asked } from "../control-plane.ts";
import {
  account,
  bigquery,
  bucket,
  columns,
  dataset,
  exclusion,
  HERE,
  job,
  metric,
  queue,
  REGION,
  repository,
  role,
  secret,
  service,
  storage,
  subscription,
  table,
  topic,
} from "../control-plane-requests.ts";
import type { Scenario } from "./scenario.ts";

/** Names: one that is too long, too short or has a wrong letter, and one that is right. */
const names = (rule: string, make: (name: string) => Asked, wrong: string, right: string): Scenario => ({
  rule,
  ...(rule === "name-of-subscription" ? { given: [topic("events")] } : {}),
  ...(rule === "name-of-table" ? { given: [dataset("events")] } : {}),
  wrong: make(wrong),
  right: make(right),
});

export const NAMES: readonly Scenario[] = [
  names("name-of-topic", topic, "google-events", "pullhouse-events"),
  names("name-of-subscription", (name) => subscription({}, name), "9", "pullhouse-events-batcher"),
  names("name-of-service-account", account, "load", "pullhouse-loader"),
  names("name-of-custom-role", role, "pullhouse-loader", "pullhouse_loader"),
  names("name-of-bucket", bucket, "my-google-bucket", "acme-pullhouse"),
  names("name-of-dataset", dataset, "pull-house", "pull_house"),
  names("name-of-table", (name) => table(name, columns("id")), "loads.1", "loads"),
  names("name-of-service", service, "r".repeat(50), "r".repeat(49)),
  names("name-of-queue", queue, "pullhouse_drain", "pullhouse-drain"),
  names("name-of-job", job, "safety.net", "safety-net"),
  names("name-of-secret", secret, "zot.tokens", "zot-tokens"),
  names("name-of-repository", repository, "Pullhouse", "pullhouse"),
  names("name-of-log-metric", metric, "/rejected", "pullhouse/rejected"),
  names("name-of-log-exclusion", exclusion, "a/b", "pullhouse-requests"),
];

export const TAKEN: readonly Scenario[] = [
  {
    rule: "name-of-deleted-queue",
    given: [queue("drain"), ["DELETE", `cloudtasks.googleapis.com/v2/${REGION}/queues/drain`]],
    wrong: queue("drain"),
    right: queue("drain-2"),
  },
  {
    rule: "name-of-deleted-role",
    given: [role("loader"), ["DELETE", `iam.googleapis.com/v1/${HERE}/roles/loader`]],
    wrong: role("loader"),
    right: ["POST", `iam.googleapis.com/v1/${HERE}/roles/loader:undelete`, {}],
  },
  {
    rule: "name-of-existing-bucket",
    given: [bucket("archive")],
    wrong: bucket("archive"),
    mend: [["DELETE", storage("b/archive")]],
  },
  {
    rule: "name-of-existing-dataset",
    given: [dataset("events")],
    wrong: dataset("events"),
    mend: [["DELETE", bigquery("datasets/events")]],
  },
  {
    rule: "name-of-existing-table",
    given: [dataset("events"), table("loads", columns("id"))],
    wrong: table("loads", columns("id")),
    mend: [["DELETE", bigquery("datasets/events/tables/loads")]],
  },
];
