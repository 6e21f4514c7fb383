/** What `make destroy` leaves and takes, and runs that fail or are interrupted half-way, with the real Terraform. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { applyStep } from "#infra/gcp/deploy/apply.ts";
import { deploy } from "#infra/gcp/deploy/deploy.ts";
import { destroy } from "#infra/gcp/deploy/destroy.ts";
import { NO_IMAGE } from "#infra/gcp/deploy/terraform.ts";
import { type Checkout, createCheckout, temporaryRoot } from "#test/support/checkout.ts";
import { isInstalled } from "#test/support/commands.ts";
import { type HealthyReceiver, startHealthyReceiver } from "#test/support/healthy-receiver.ts";

const root = temporaryRoot();
let receiver: HealthyReceiver;
beforeAll(async () => {
  receiver = await startHealthyReceiver();
});
afterAll(() => {
  receiver.close();
  rmSync(root, { recursive: true });
});

type SmallRun = NonNullable<Parameters<Checkout["openSmall"]>[0]>;

const OPEN = { deletionProtection: false };

const leftIn = (checkout: Checkout) => {
  const { resources } = checkout.read("terraform-state/acme-registry-events/pullhouse.tfstate") as {
    resources: { type: string; name: string }[];
  };
  return resources.map(({ type, name }) => `${type}.${name}`).toSorted();
};

async function deployed(checkout: Checkout, run: SmallRun = {}) {
  const opened = checkout.openSmall(run);
  await deploy(opened.deployment, { dist: join(checkout.folder, "dist") });
  return opened;
}

describe.skipIf(!isInstalled("terraform"))("with terraform (skipped where it is not installed)", () => {
  test("the data stays while it is protected, and what it needs; a deployment puts the rest back", async () => {
    const checkout = createCheckout(root, receiver.url);
    await deployed(checkout);
    const { deployment, said } = checkout.openSmall({ types: ["yes"] });
    await destroy(deployment);
    expect(leftIn(checkout)).toEqual([
      "google_bigquery_dataset.dataset",
      "google_bigquery_table.table-pulls",
      "google_project_service.api-pubsub",
      "google_pubsub_subscription.events",
      "google_pubsub_topic.events",
      "google_storage_bucket.bucket",
    ]);
    expect(said.filter((line) => line.startsWith("  - DELETE"))).toHaveLength(3);
    const again = await deployed(checkout);
    expect(again.said.join("\n")).toContain("  3 changes");
  }, 120_000);

  test("somebody who does not agree destroys nothing", async () => {
    const checkout = createCheckout(root, receiver.url);
    await deployed(checkout);
    const before = leftIn(checkout);
    const kept = checkout.openSmall({ types: ["no"] });
    await expect(destroy(kept.deployment)).rejects.toThrow("nothing more was changed");
    const all = checkout.openSmall({ settings: OPEN, types: ["yes"] });
    await expect(destroy(all.deployment)).rejects.toThrow("nothing was destroyed");
    expect(leftIn(checkout)).toEqual(before);
  }, 120_000);

  test("a protection that the last deployment left is taken off first, and then everything goes", async () => {
    const checkout = createCheckout(root, receiver.url);
    await deployed(checkout);
    const { deployment, said } = checkout.openSmall({ settings: OPEN, types: ["acme-registry-events"] });
    await destroy(deployment);
    expect(leftIn(checkout)).toEqual([]);
    expect(said.join("\n")).toContain("3 of them are still protected as the last deployment left them");
  }, 120_000);

  test("a protected table that left the stack is named before anything goes", async () => {
    const checkout = createCheckout(root, receiver.url);
    await deployed(checkout);
    const before = leftIn(checkout);
    const resources = { "google_bigquery_table.table-pulls": undefined };
    const { deployment } = checkout.openSmall({ settings: OPEN, resources });
    await expect(destroy(deployment)).rejects.toThrow(/state rm google_bigquery_table\.table-pulls/);
    expect(leftIn(checkout)).toEqual(before);
  }, 120_000);

  test("an error that passes is waited out, and a run that failed is taken up where it ended", async () => {
    const checkout = createCheckout(root, receiver.url);
    const account = "google_service_account.account-receiver";
    const disabled =
      "googleapi: Error 403: Identity and Access Management (IAM) API has not been used in project 1 before or it is disabled.";
    const first = await deployed(checkout, { faults: { [account]: { says: disabled, times: 2 } } });
    expect(first.pausedMs).toEqual([10_000, 20_000]);

    const failing = createCheckout(root, receiver.url);
    const faults = { [account]: { says: "googleapi: Error 409: Already exists", times: 1 } };
    const { deployment, said, pausedMs } = failing.openSmall({ faults });
    await expect(deploy(deployment, { dist: join(failing.folder, "dist") })).rejects.toThrow(
      /^it exists and is not in Terraform's state/,
    );
    expect(said.join("\n")).toContain(`${account}: local-exec provisioner error`);
    expect(pausedMs).toEqual([]);
    expect(leftIn(failing)).toContain("google_project_service.api-pubsub");
    await deployed(failing);
    expect(leftIn(failing)).toEqual(leftIn(checkout));
  }, 120_000);

  test("what holds data is kept when its creation ended in an error, and not replaced", async () => {
    const checkout = createCheckout(root, receiver.url);
    const topic = "google_pubsub_topic.events";
    const says = "googleapi: Error 503: The service is currently unavailable.";
    const opened = await deployed(checkout, { faults: { [topic]: { says, times: 1 } } });
    expect(opened.said.join("\n")).toContain(`${topic} exists, though its creation ended in an error`);
    expect(opened.said.join("\n")).not.toContain("REPLACE");

    const ended = createCheckout(root, receiver.url);
    const faults = { [topic]: { says: "googleapi: Error 400: no", times: 1 } };
    await expect(deployed(ended, { faults })).rejects.toThrow("goes on from here");
    await deployed(ended);
    expect(leftIn(ended)).toEqual(leftIn(checkout));
  }, 120_000);

  test("one answer counts for a whole run", async () => {
    const checkout = createCheckout(root, receiver.url);
    const { deployment, said } = checkout.openSmall({ types: ["yes"] });
    await deploy(deployment, { dist: join(checkout.folder, "dist") });
    expect(said.filter((line) => line.startsWith('type "yes"'))).toHaveLength(1);
  }, 120_000);

  test("a run that is interrupted says so, and the next one goes on", async () => {
    const checkout = createCheckout(root, receiver.url);
    const interruption = new AbortController();
    const says = "googleapi: Error 403: API has not been used in project 1 before or it is disabled.";
    const faults = { "google_service_account.account-receiver": { says, times: 1000 } };
    const { deployment } = checkout.openSmall({ faults, interrupted: interruption.signal });
    const tools = {
      ...deployment.tools,
      pause: () => {
        interruption.abort();
        return Promise.resolve();
      },
    };
    await expect(deploy({ ...deployment, tools }, { dist: join(checkout.folder, "dist") })).rejects.toThrow(
      "interrupted; what was done so far stays, and `make deploy` goes on from here",
    );
    const step = {
      image: NO_IMAGE,
      command: "make deploy",
      targets: ["google_service_account.account-receiver"],
    };
    const later = checkout.openSmall();
    const anything = { unapproved: () => [], askFor: () => Promise.resolve() };
    await applyStep(step, later.deployment.terraform, later.deployment.tools, anything);
    expect(leftIn(checkout)).toContain("google_service_account.account-receiver");
  }, 120_000);
});
