/**
 * The stack applied by the real Terraform with the real Google provider: to rest, changed, beside another, taken down,
 * built again. What Google itself would say is what `infra/local/control-plane` knows of it.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type ControlPlane,
  type ControlPlaneOptions,
  startControlPlane,
} from "#infra/local/control-plane/start.ts";
import { clientOf, PROJECT } from "#test/support/control-plane.ts";
import { createRoot, fewSchemas, LACKING, providerVersions, type Root } from "#test/support/terraform.ts";

/** Of one step: a hundred resources take about a minute on two busy cores. */
const STEP_MS = 600_000;

/** Each run ends at the first thing that is late. */
const RUNS_MAX = 20;

/** The version that the stack asks for; others get the shorter test. */
const PINNED = "6.50.0";

const EVERY_OPTION = {
  receiverRegions: ["us-central1", "europe-west1"],
  secrets: ["ZOT_TOKENS", "MSR_SECRETS", "HARBOR_AUTHORIZATION", "DISTRIBUTION_AUTHORIZATION", "PRIVACY_KEY"],
  secretLocations: ["us-central1"],
  labels: { team: "supply-chain" },
  queueSuffix: "b",
  publicAccess: "no-invoker-check",
  ingress: "load-balancer",
  encryptionKey: `projects/${PROJECT}/locations/us-central1/keyRings/pullhouse/cryptoKeys/events`,
  notificationChannels: [`projects/${PROJECT}/notificationChannels/1`],
  settings: { all: { LOG_LEVEL: "debug" }, receiver: {}, batcher: {}, loader: {} },
  windowSeconds: 10,
  retention: {
    events: { nearlineAfterDays: 40, coldlineAfterDays: 100, archiveAfterDays: 400, deleteAfterDays: 800 },
    quarantineDeleteAfterDays: 60,
    deadLettersDeleteAfterDays: 60,
    rowsDeleteAfterDays: 400,
    softDeleteDays: 7,
    lockedArchiveDays: 365,
  },
};

const schemas = fewSchemas();
afterAll(() => rmSync(schemas, { recursive: true }));

/** A project in which only Terraform's own precondition is enabled (docs/operate/deploy.md). */
async function openProject(
  delays: ControlPlaneOptions["delays"] = {},
): Promise<{ plane: ControlPlane; close: () => Promise<void> }> {
  const stateDir = mkdtempSync(join(tmpdir(), "pullhouse-control-plane-"));
  const plane = await startControlPlane({ port: 0, stateDir, delays });
  const service = "cloudresourcemanager.googleapis.com";
  await clientOf(plane).set([
    "POST",
    `serviceusage.googleapis.com/v1/projects/${PROJECT}/services/${service}:enable`,
    {},
  ]);
  const close = async () => {
    await plane.close();
    rmSync(stateDir, { recursive: true });
  };
  return { plane, close };
}

/** As a person does before the first deployment: secrets first, then their values. */
async function createSecrets(root: Root, plane: ControlPlane, prefix: string): Promise<void> {
  await root.apply(
    ...EVERY_OPTION.secrets.map((name) => `-target=google_secret_manager_secret.secret-${name}`),
  );
  for (const name of EVERY_OPTION.secrets) {
    const id = `${prefix}-${name.toLowerCase().replaceAll("_", "-")}`;
    await clientOf(plane).set([
      "POST",
      `secretmanager.googleapis.com/v1/projects/${PROJECT}/secrets/${id}:addVersion`,
      { payload: { data: "dG9rZW4=" } },
    ]);
  }
}

describe.skipIf(LACKING !== "")(`with the real provider${LACKING}`, { timeout: STEP_MS }, () => {
  test.each(providerVersions())("every option comes to rest, and goes: provider %s", async (version) => {
    const { plane, close } = await openProject();
    const root = createRoot({ url: plane.url, version, schemas });
    try {
      root.write({ ...EVERY_OPTION, deletionProtection: false });
      await createSecrets(root, plane, "pullhouse");
      await root.apply();
      expect(await root.plan()).toMatchObject({ code: 0 });
      expect(await root.destroy()).toContain("Destroy complete!");
    } finally {
      root.remove();
      await close();
    }
  });

  test.each(providerVersions())(
    "what Google shows late is refused by name, and taken later: provider %s",
    async (version) => {
      const late = { requests: 2 };
      const { plane, close } = await openProject({ apis: late, serviceAccounts: late, logMetrics: late });
      const root = createRoot({ url: plane.url, version, schemas });
      const targets = [
        "google_pubsub_topic.events",
        "google_project_iam_member.jobs-loader",
        "google_monitoring_alert_policy.alert-rejected-events",
      ].map((address) => `-target=${address}`);
      try {
        root.write({ alerts: "metrics" });
        let applied = await root.run("apply", "-auto-approve", ...targets);
        let said = "";
        for (let runs = 1; applied.code !== 0 && runs < RUNS_MAX; runs += 1) {
          said += applied.output;
          applied = await root.run("apply", "-auto-approve", ...targets);
        }
        expect(applied).toMatchObject({ code: 0 });
        // Terraform breaks lines.
        const words = said.replaceAll(/\s+/g, " ");
        expect(words).toContain("has not been used in project");
        expect(words).toContain("does not exist");
        expect(words).toContain("If a metric was created recently, it could take up to 10 minutes");
      } finally {
        root.remove();
        await close();
      }
    },
  );

  describe.skipIf(!providerVersions().includes(PINNED))(`one project's life, provider ${PINNED}`, () => {
    let plane: ControlPlane;
    let close: () => Promise<void>;
    let first: Root;
    let second: Root;

    beforeAll(async () => {
      ({ plane, close } = await openProject());
      first = createRoot({ url: plane.url, version: PINNED });
      second = createRoot({ url: plane.url, version: PINNED, schemas });
    });
    afterAll(async () => {
      first.remove();
      second.remove();
      await close();
    });
    const isThere = async (path: string) => (await clientOf(plane).ask(["GET", path])).status === 200;
    const bucket = `storage.googleapis.com/storage/v1/b/${PROJECT}-pullhouse`;

    test("the whole stack is applied, and the next plan is empty", async () => {
      first.write({});
      expect(await first.apply()).toContain("Apply complete!");
      expect(await first.plan()).toMatchObject({ code: 0 });
    });

    test("a change of settings replaces nothing", async () => {
      first.write({
        windowSeconds: 30,
        labels: { team: "supply-chain" },
        retention: { rowsDeleteAfterDays: 400 },
      });
      const output = await first.apply();
      expect(output).toMatch(/Plan: 0 to add, [1-9]\d* to change, 0 to destroy/);
      expect(await first.plan()).toMatchObject({ code: 0 });
    });

    test("a second prefix in the project leaves the first as it is", async () => {
      second.write({ prefix: "staging", dataset: "staging" });
      await second.apply();
      expect(await second.plan()).toMatchObject({ code: 0 });
      expect(await first.plan()).toMatchObject({ code: 0 });
    });

    test("a protected stack is not destroyed, not even in part", async () => {
      const { code, output } = await first.run("destroy", "-auto-approve");
      expect(code).not.toBe(0);
      expect(output).toContain("prevent_destroy");
      expect(await isThere(bucket)).toBe(true);
      expect(await first.plan()).toMatchObject({ code: 0 });
    });

    test("without protection it goes, with what is in it, and the second stays", async () => {
      first.write({ deletionProtection: false });
      await first.apply();
      await clientOf(plane).set(["POST", `${bucket}/o?name=events%2Fone.ndjson.gz`, {}]);
      await first.destroy();
      expect(await isThere(bucket)).toBe(false);
      expect(await second.plan()).toMatchObject({ code: 0 });
    });

    test("a queue's name is blocked after that: another suffix builds it again", async () => {
      first.write({ deletionProtection: false });
      const blocked = await first.run(
        "apply",
        "-auto-approve",
        "-target=google_cloud_tasks_queue.queue-drain",
      );
      expect(blocked.code).not.toBe(0);
      expect(blocked.output).toContain("a queue with this name existed too recently");
      first.write({ deletionProtection: false, queueSuffix: "2" });
      await first.apply();
      expect(await first.plan()).toMatchObject({ code: 0 });
    });
  });
});
