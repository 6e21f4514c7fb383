/** What stops a deployment before its services start, and the event that it sends through when they have. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { deploy } from "#infra/gcp/deploy/deploy.ts";
import { plan } from "#infra/gcp/deploy/plan.ts";
import { smokeTest } from "#infra/gcp/deploy/smoke.ts";
import { createCheckout, temporaryRoot } from "#test/support/checkout.ts";
import { isInstalled } from "#test/support/commands.ts";
import { type HealthyReceiver, startHealthyReceiver } from "#test/support/healthy-receiver.ts";

const root = temporaryRoot();
let receiver: HealthyReceiver;
beforeEach(async () => {
  receiver = await startHealthyReceiver();
  return () => receiver.close();
});
afterAll(() => rmSync(root, { recursive: true }));

const NO_VALUE = { to: "gcloud secrets versions list", says: "" };

/** The smoke test of a deployment with these settings, of which nothing but the receiver is there. */
async function smoke(settings: object, answers: readonly { to: string; says?: string }[] = []) {
  const { deployment, said, calls, pausedMs } = createCheckout(root, receiver.url).openSmall({
    settings,
    answers,
  });
  await smokeTest(deployment.config, receiver.url, deployment.tools);
  return { said: said.join("\n"), calls, pausedMs };
}

describe.skipIf(!isInstalled("terraform"))("with terraform (skipped where it is not installed)", () => {
  test("a secret without a value stops it before a receiver would fail to start, and a plan names it", async () => {
    const checkout = createCheckout(root, receiver.url);
    const settings = { secrets: ["ZOT_TOKENS", "MSR_SECRETS"] };
    const planned = checkout.openSmall({ settings, answers: [NO_VALUE] });
    await plan(planned.deployment);
    expect(planned.said.join("\n")).toMatch(
      /secrets versions add pullhouse-zot-tokens [\s\S]*secrets versions add pullhouse-msr-secrets /,
    );

    const { deployment, calls } = checkout.openSmall({ settings, answers: [NO_VALUE] });
    await expect(deploy(deployment, { dist: join(checkout.folder, "dist") })).rejects.toThrow(
      "gcloud secrets versions add pullhouse-zot-tokens --data-file=-",
    );
    expect(calls.filter((line) => line.startsWith("gcloud artifacts"))).toEqual([]);
    const state = checkout.read("terraform-state/acme-registry-events/pullhouse.tfstate") as {
      resources: { type: string }[];
    };
    expect(state.resources.map(({ type }) => type)).toEqual(["google_project_service"]);
  }, 60_000);
});

test("with a sender's token the event is posted to the receiver, and the token is not shown", async () => {
  const { said, calls } = await smoke({ secrets: ["ZOT_TOKENS"] });
  expect(receiver.posted).toEqual([
    { url: "/", authorization: undefined, type: undefined },
    { url: "/zot", authorization: undefined, type: undefined },
    { url: "/zot", authorization: "Bearer local-zot-token", type: "dev.pullhouse.smoke.v1" },
  ]);
  expect(calls.filter((line) => line.startsWith("gcloud pubsub"))).toEqual([]);
  expect(said + calls.join("\n")).not.toContain("local-zot-token");
});

test("without Chainguard the other senders' routes are asked for credentials", async () => {
  const secrets = ["HARBOR_AUTHORIZATION", "MSR_SECRETS", "MSR_BASIC"];
  const { said } = await smoke({ chainguard: { groups: [] }, secrets });
  expect(receiver.posted.map(({ url }) => url)).toEqual(["/harbor", "/msr"]);
  expect(said).toContain("asks for credentials at /harbor, /msr");
});

test("a receiver without a sender's route fails the deployment", async () => {
  await expect(smoke({ secrets: ["DISTRIBUTION_AUTHORIZATION"] })).rejects.toThrow(
    "the receiver answered 404 to POST /distribution without credentials, and not 401",
  );
});

test("a receiver that is not open yet is waited for, and it is said", async () => {
  receiver.refuse(12);
  const { said, pausedMs } = await smoke({});
  expect(pausedMs).toEqual(Array.from({ length: 12 }, () => 5_000));
  expect(said).toContain("waiting for the receiver: 403, 30 s of 260 s at most");
});

test("an event without a row fails the deployment after its time, which is longer for a new one", async () => {
  const { deployment, pausedMs } = createCheckout(root, receiver.url).openSmall({
    answers: [{ to: "bq", says: '[{"n":"0"}]' }],
  });
  const waited = () => pausedMs.reduce((sum, ms) => sum + ms, 0);
  const run = (isNew: boolean) => smokeTest(deployment.config, receiver.url, deployment.tools, { isNew });
  await expect(run(false)).rejects.toThrow(/has no row after 260 s; `npx pullhouse trace/);
  expect(waited()).toBe(260_000);
  await expect(run(true)).rejects.toThrow("has no row after 680 s");
});
