/** One state for each project and prefix, what the last release left, and data that exists without a state. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { deploy } from "#infra/gcp/deploy/deploy.ts";
import { openState } from "#infra/gcp/deploy/deployment.ts";
import { plan } from "#infra/gcp/deploy/plan.ts";
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

const stateOf = (prefix: string, project = "acme-registry-events") =>
  `terraform-state/${project}/${prefix}.tfstate`;
const OLD = "pullhouse.tfstate";

interface StateFile {
  readonly lineage: string;
  readonly outputs: Readonly<Record<string, unknown>>;
  readonly resources: readonly { type: string; name: string; instances: { attributes: { id: string } }[] }[];
}

const addressesIn = (checkout: Checkout, file: string) =>
  (checkout.read(file) as StateFile).resources.map(({ type, name }) => `${type}.${name}`).toSorted();

async function deployed(checkout: Checkout, run: Parameters<Checkout["openSmall"]>[0] = {}) {
  const opened = checkout.openSmall(run);
  await deploy(opened.deployment, { dist: join(checkout.folder, "dist") });
  return opened;
}

/** As the last release kept it: one file in the checkout, without outputs that tell whose it is. */
async function withOldState(prefix = "pullhouse"): Promise<{ checkout: Checkout; state: StateFile }> {
  const checkout = createCheckout(root, receiver.url);
  await deployed(checkout, { settings: { prefix } });
  const state = checkout.read(stateOf(prefix)) as StateFile;
  checkout.write(OLD, { ...state, outputs: { image: state.outputs["image"] } });
  rmSync(join(checkout.folder, "terraform-state"), { recursive: true });
  return { checkout, state };
}

describe.skipIf(!isInstalled("terraform"))("with terraform (skipped where it is not installed)", () => {
  test("another prefix has another state: nothing of the first is changed or replaced", async () => {
    const checkout = createCheckout(root, receiver.url);
    await deployed(checkout);
    const before = checkout.read(stateOf("pullhouse"));
    const second = await deployed(checkout, { settings: { prefix: "staging", dataset: "staging" } });
    expect(second.said.join("\n")).not.toMatch(/REPLACE|DELETE/);
    expect(checkout.read(stateOf("pullhouse"))).toEqual(before);
    expect(addressesIn(checkout, stateOf("staging"))).toEqual(addressesIn(checkout, stateOf("pullhouse")));
    const again = await deployed(checkout);
    expect(again.said.join("\n")).toContain("  0 changes");
  }, 120_000);

  test("the state of the last release is moved when it is this deployment's and somebody agrees", async () => {
    const { checkout, state } = await withOldState();
    const asked = checkout.openSmall({ types: ["no"] });
    await expect(openState(asked.deployment)).rejects.toThrow("nothing was changed");
    expect(checkout.has(OLD)).toBe(true);

    const moved = checkout.openSmall({ types: ["yes"] });
    await openState(moved.deployment);
    expect(checkout.has(OLD)).toBe(false);
    expect(checkout.has(`${OLD}.moved`)).toBe(true);
    expect((checkout.read(stateOf("pullhouse")) as StateFile).lineage).toBe(state.lineage);
    const later = await deployed(checkout);
    expect(later.said.join("\n")).toContain("  0 changes");
  }, 120_000);

  test("the state of another prefix is left alone", async () => {
    const { checkout } = await withOldState("production");
    const { deployment, said } = checkout.openSmall();
    await openState(deployment);
    expect(said.join("\n")).toContain(
      "the state in pullhouse.tfstate is of production in acme-registry-events: it is left alone",
    );
    expect(checkout.has(OLD)).toBe(true);
    expect(checkout.has(stateOf("pullhouse"))).toBe(false);
  }, 120_000);

  test("a state of another project, prefix or dataset is refused before anything is planned", async () => {
    const checkout = createCheckout(root, receiver.url);
    const dataset = "cloudevents_pull_event_recorder";
    await deployed(checkout, { settings: { dataset } });
    const renamed = checkout.openSmall({ settings: { dataset: "pullhouse" } });
    await expect(plan(renamed.deployment)).rejects.toThrow(
      `dataset is ${dataset}, and the configuration says pullhouse: a dataset cannot be renamed. Set "dataset": "${dataset}" in pullhouse.config.json, which keeps it`,
    );
    checkout.write(stateOf("other", "another-project"), checkout.read(stateOf("pullhouse")));
    const other = checkout.openSmall({ settings: { project: "another-project", prefix: "other", dataset } });
    await expect(plan(other.deployment)).rejects.toThrow(
      /project is acme-registry-events, .*another-project[\s\S]*prefix is pullhouse, .*other/,
    );
  }, 120_000);

  test("data that exists without a state is taken over, and nothing else is looked for", async () => {
    const checkout = createCheckout(root, receiver.url);
    const answers = [
      {
        to: "bq --format=json --quiet ls",
        says: '[{"tableReference":{"tableId":"pulls"}},{"tableReference":{"tableId":"others"}}]',
      },
      { to: "gcloud storage buckets list", says: "acme-registry-events-pullhouse\nanother-bucket" },
      { to: "gcloud pubsub topics list", says: "projects/acme-registry-events/topics/another-topic" },
    ];
    const refused = checkout.openSmall({ answers, types: ["no"] });
    await expect(deploy(refused.deployment)).rejects.toThrow("nothing more was changed");
    expect(refused.said.filter((line) => line.includes("take over"))).toEqual([
      "  = take over google_bigquery_dataset.dataset",
      "  = take over google_bigquery_table.table-pulls",
      "  = take over google_storage_bucket.bucket",
    ]);
    await deployed(checkout, { answers });
    const ids = Object.fromEntries(
      (checkout.read(stateOf("pullhouse")) as StateFile).resources.map(({ type, name, instances }) => [
        `${type}.${name}`,
        instances[0]?.attributes.id,
      ]),
    );
    expect(ids).toMatchObject({
      "google_bigquery_dataset.dataset": "projects/acme-registry-events/datasets/pullhouse",
      "google_bigquery_table.table-pulls": "projects/acme-registry-events/datasets/pullhouse/tables/pulls",
      "google_storage_bucket.bucket": "acme-registry-events/acme-registry-events-pullhouse",
    });
    const later = await deployed(checkout, { answers });
    expect(later.calls.filter((line) => /^bq .* ls|list --project/.test(line))).toEqual([]);
    expect(later.said.join("\n")).toContain("  0 changes");
  }, 120_000);
});
