/** IAM policies. */
import {
  account,
  bigquery,
  bucket,
  bucketPolicy,
  CONDITION,
  dataset,
  email,
  grant,
  HERE,
  projectPolicy,
  role,
  storage,
} from "../control-plane-requests.ts";
import type { Scenario } from "./scenario.ts";

export const POLICIES: readonly Scenario[] = [
  {
    rule: "stale-policy",
    given: [projectPolicy({ etag: "ACAB", bindings: [] })],
    wrong: projectPolicy({ etag: "ACAB", bindings: [] }),
    right: projectPolicy({ bindings: [] }),
  },
  {
    rule: "stale-bucket-policy",
    given: [bucket("archive")],
    wrong: ["PUT", storage("b/archive/iam"), { etag: "ACAB", bindings: [] }],
    right: ["PUT", storage("b/archive/iam"), { etag: "CAE=", bindings: [] }],
  },
  {
    rule: "grant-to-unknown-account",
    wrong: projectPolicy({
      bindings: [grant(`serviceAccount:${email("loader")}`, "roles/bigquery.jobUser")],
    }),
    mend: [account("loader")],
  },
  {
    rule: "dataset-access-of-unknown-account",
    given: [dataset("events")],
    wrong: [
      "PATCH",
      bigquery("datasets/events"),
      { access: [{ role: "READER", userByEmail: email("loader") }] },
    ],
    mend: [account("loader")],
  },
  {
    rule: "grant-of-unknown-role",
    given: [account("loader")],
    wrong: projectPolicy({ bindings: [grant(`serviceAccount:${email("loader")}`, `${HERE}/roles/loader`)] }),
    mend: [role("loader")],
  },
  {
    rule: "condition-needs-version-3",
    given: [account("loader")],
    wrong: projectPolicy({
      bindings: [grant(`serviceAccount:${email("loader")}`, "roles/browser", { condition: CONDITION })],
    }),
    right: projectPolicy({
      version: 3,
      bindings: [grant(`serviceAccount:${email("loader")}`, "roles/browser", { condition: CONDITION })],
    }),
  },
  {
    rule: "condition-on-basic-role",
    wrong: projectPolicy({
      version: 3,
      bindings: [grant("user:jo@example.com", "roles/viewer", { condition: CONDITION })],
    }),
    right: projectPolicy({
      version: 3,
      bindings: [grant("user:jo@example.com", "roles/browser", { condition: CONDITION })],
    }),
  },
  {
    rule: "condition-on-public-member",
    given: [bucket("archive")],
    wrong: bucketPolicy("archive", grant("allUsers", "roles/storage.objectViewer", { condition: CONDITION })),
    right: bucketPolicy("archive", grant("allUsers", "roles/storage.objectViewer")),
  },
  {
    rule: "condition-needs-uniform-access",
    given: [bucket("archive", { iamConfiguration: {} }), account("loader")],
    wrong: bucketPolicy(
      "archive",
      grant(`serviceAccount:${email("loader")}`, "roles/storage.objectViewer", { condition: CONDITION }),
    ),
    mend: [
      ["PATCH", storage("b/archive"), { iamConfiguration: { uniformBucketLevelAccess: { enabled: true } } }],
    ],
  },
  {
    rule: "public-access-prevented",
    given: [bucket("archive", { iamConfiguration: { publicAccessPrevention: "enforced" } })],
    wrong: bucketPolicy("archive", grant("allUsers", "roles/storage.objectViewer")),
    mend: [["PATCH", storage("b/archive"), { iamConfiguration: { publicAccessPrevention: "inherited" } }]],
  },
];
