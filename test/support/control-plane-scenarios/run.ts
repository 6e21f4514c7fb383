/** Cloud Run, Cloud Tasks and Cloud Scheduler. */
import { type Asked } from "../control-plane.ts";
import { account, email, grant, HERE, job, queue, secret, service } from "../control-plane-requests.ts";
import type { Scenario } from "./scenario.ts";

const readsSecret = {
  env: [{ name: "ZOT_TOKENS", valueSource: { secretKeyRef: { secret: "zot-tokens", version: "latest" } } }],
};
const version: Asked = [
  "POST",
  `secretmanager.googleapis.com/v1/${HERE}/secrets/zot-tokens:addVersion`,
  { payload: { data: "dG9rZW4=" } },
];
const readable: Asked = [
  "POST",
  `secretmanager.googleapis.com/v1/${HERE}/secrets/zot-tokens:setIamPolicy`,
  {
    policy: {
      bindings: [grant(`serviceAccount:${email("receiver")}`, "roles/secretmanager.secretAccessor")],
    },
  },
];
const asReceiver = { serviceAccount: email("receiver") };

export const RUN: readonly Scenario[] = [
  { rule: "account-not-found", wrong: service("receiver", {}, asReceiver), mend: [account("receiver")] },
  {
    rule: "may-not-act-as",
    given: [account("receiver")],
    wrong: service("receiver", {}, asReceiver, { authorization: "Bearer user:jo@example.com" }),
    mend: [
      [
        "POST",
        `iam.googleapis.com/v1/${HERE}/serviceAccounts/${email("receiver")}:setIamPolicy`,
        { policy: { bindings: [grant("user:jo@example.com", "roles/iam.serviceAccountUser")] } },
      ],
    ],
  },
  {
    rule: "reserved-variable",
    wrong: service("receiver", { env: [{ name: "PORT", value: "8080" }] }),
    right: service("receiver", { env: [{ name: "HOST", value: "0.0.0.0" }] }),
  },
  {
    rule: "limits-of-service",
    wrong: service("receiver", {}, { timeout: "3601s" }),
    right: service("receiver", {}, { timeout: "3600s" }),
  },
  {
    rule: "limits-of-queue",
    wrong: queue("drain", { rateLimits: { maxDispatchesPerSecond: 501 } }),
    right: queue("drain", { rateLimits: { maxDispatchesPerSecond: 500 } }),
  },
  {
    rule: "limits-of-job",
    wrong: job("safety-net", { retryConfig: { retryCount: 6 } }),
    right: job("safety-net", { retryConfig: { retryCount: 5 } }),
  },
  {
    rule: "secret-without-version",
    says: "versions/latest was not found",
    given: [account("receiver"), secret("zot-tokens"), readable],
    wrong: service("receiver", readsSecret, asReceiver),
    mend: [version],
    right: service("receiver-2", readsSecret, asReceiver),
  },
  {
    rule: "secret-not-granted",
    says: "Permission denied on secret",
    given: [account("receiver"), secret("zot-tokens"), version],
    wrong: service("receiver", readsSecret, asReceiver),
    mend: [readable],
    right: service("receiver-2", readsSecret, asReceiver),
  },
];
