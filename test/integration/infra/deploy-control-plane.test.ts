/**
 * `make deploy` and `make destroy` with the real Terraform and the real Google provider, against a control plane on which
 * everything becomes visible late, as on Google's.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { deploy } from "#infra/gcp/deploy/deploy.ts";
import { openState } from "#infra/gcp/deploy/deployment.ts";
import { destroy } from "#infra/gcp/deploy/destroy.ts";
import { NO_IMAGE } from "#infra/gcp/deploy/terraform.ts";
import { controlPlaneEnvironment } from "#infra/local/control-plane/environment.ts";
import { type ControlPlane, startControlPlane } from "#infra/local/control-plane/start.ts";
import { createCheckout, temporaryRoot } from "#test/support/checkout.ts";
import { clientOf, PROJECT } from "#test/support/control-plane.ts";
import { LACKING } from "#test/support/terraform.ts";

const root = temporaryRoot();
const stateDir = mkdtempSync(join(tmpdir(), "pullhouse-control-plane-"));
let plane: ControlPlane;

beforeAll(async () => {
  // By requests, so that no test depends on a clock. Metrics last longest, as on Google's.
  const delays = {
    apis: { requests: 2 },
    grants: { requests: 2 },
    serviceAccounts: { requests: 1 },
    logMetrics: { requests: 3 },
  };
  plane = await startControlPlane({ port: 0, stateDir, delays });
  const services = `projects/${PROJECT}/services`;
  await clientOf(plane).set(
    ["POST", `serviceusage.googleapis.com/v1/${services}/cloudresourcemanager.googleapis.com:enable`, {}],
    // What `gcloud beta services identity create` asks, which is a script here.
    [
      "POST",
      `serviceusage.googleapis.com/v1beta1/${services}/pubsub.googleapis.com:generateServiceIdentity`,
      {},
    ],
  );
});
afterAll(async () => {
  await plane.close();
  for (const folder of [root, stateDir]) rmSync(folder, { recursive: true });
});

describe.skipIf(LACKING !== "")(`with the real provider${LACKING}`, { timeout: 1_500_000 }, () => {
  test("a first deployment waits out what is late, the next changes nothing, and all of it goes", async () => {
    const provider = {
      plugins: resolve(process.env["TF_PLUGIN_DIR"] ?? ""),
      env: controlPlaneEnvironment(plane.url),
    };
    const checkout = createCheckout(root, plane.url, provider);
    // Nothing listens at Cloud Run's addresses here.
    const settings = { ingress: "load-balancer" };
    const options = { dist: join(checkout.folder, "dist") };
    const first = await checkout.open({ settings });
    expect(await deploy(first.deployment, options)).toMatchObject({ isMonitored: true });
    const said = first.said.join("\n");
    expect(said).toContain("waiting for new metrics to become visible");
    expect(said).toMatch(/waiting for an API|waiting for grants|waiting for a new service account/);

    const second = await checkout.open({ settings });
    await deploy(second.deployment, options);
    expect(second.said.join("\n")).toContain("  0 changes");

    const open = await checkout.open({ settings: { ...settings, deletionProtection: false } });
    await destroy(open.deployment);
    const { resources } = await openState(open.deployment);
    expect(resources.size).toBe(0);
    const { changes } = await open.deployment.terraform.plan({ image: NO_IMAGE, isDestroy: true });
    expect(changes).toEqual([]);
  });
});
