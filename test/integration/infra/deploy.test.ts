/**
 * `make plan`, `deploy` and `destroy`: with gcloud and bq as scripts, and with the real Terraform, to which each of Google's
 * resources is a `terraform_data` (skipped where there is no Terraform). The receiver of the smoke test is real HTTP.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { deploy } from "#infra/gcp/deploy/deploy.ts";
import { createCheckout, DIGEST, temporaryRoot } from "#test/support/checkout.ts";
import { isInstalled, run as runCommand } from "#test/support/commands.ts";
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

const newCheckout = () => createCheckout(root, receiver.url);

/** Lines that change something, without Terraform's flags. */
const changes = (calls: readonly string[]) =>
  calls
    .filter((line) => /^terraform apply|^gcloud (beta|builds|pubsub topics publish|scheduler)/.test(line))
    .map((line) => line.replace(/^terraform apply.*/, "terraform apply"));

const STATE = "terraform-state/acme-registry-events/pullhouse.tfstate";

interface StateFile {
  readonly outputs: Record<string, { value: unknown }>;
  readonly resources: readonly { type: string; name: string }[];
}

test("whatever is missing is named at once, with what to do, and nothing is changed", async () => {
  const { code, errors, calls } = await newCheckout().run("deploy", {
    env: { TERRAFORM: "no-terraform-here" },
    answers: [
      { to: "gcloud auth application-default", code: 1 },
      { to: "gcloud billing projects describe", says: "False" },
      { to: "gcloud services list", says: "serviceusage.googleapis.com" },
      { to: "gcloud storage buckets describe gs://acme-state --format=json", says: "{}" },
      { to: "gcloud storage buckets describe gs://acme-state", says: "acme-state" },
    ],
    settings: { state: { bucket: "acme-state" } },
  });
  expect(code).toBe(1);
  expect(errors.trim().split("\n")).toEqual([
    "nothing was changed; first:",
    "  install Terraform or OpenTofu 1.5 or newer; TERRAFORM=tofu names another command",
    "  gcloud auth application-default login",
    expect.stringContaining("gcloud billing projects link acme-registry-events"),
    "  gcloud services enable cloudresourcemanager.googleapis.com --project=acme-registry-events",
    "  gcloud storage buckets update gs://acme-state --versioning",
  ]);
  expect(calls.filter((line) => line.startsWith("terraform"))).toEqual([]);
});

test("a bucket of the state that is missing is created with versions", async () => {
  const { errors } = await newCheckout().run("plan", {
    env: { TERRAFORM: "no-terraform-here" },
    settings: { state: { bucket: "acme-state" } },
  });
  expect(errors).toMatch(
    /gcloud storage buckets create gs:\/\/acme-state .* && gcloud storage buckets update gs:\/\/acme-state --versioning/,
  );
});

test("without an account nothing else is asked of gcloud", async () => {
  const { errors } = await newCheckout().run("plan", {
    env: { TERRAFORM: "no-terraform-here" },
    answers: [{ to: "gcloud auth list", says: "" }],
  });
  expect(errors.trim().split("\n").at(-1)).toBe("  gcloud auth login");
});

test("without a configuration of one's own nothing is deployed", async () => {
  const folder = mkdtempSync(join(root, "none-"));
  writeFileSync(join(folder, "pullhouse.config.example.json"), JSON.stringify({}));
  const main = resolve("infra/gcp/deploy/main.ts");
  const { code, stderr } = await runCommand(
    "sh",
    ["-c", `cd ${folder} && ${process.execPath} ${main} deploy`],
    {},
  );
  expect(code).toBe(1);
  expect(stderr).toContain("pullhouse.config.example.json");
});

describe.skipIf(!isInstalled("terraform"))("with terraform (skipped where it is not installed)", () => {
  test("plan, deploy, plan, destroy, from an empty state and back", async () => {
    const checkout = newCheckout();
    const first = await checkout.run("plan");
    expect(first.errors).toBe("");
    expect(first.code).toBe(0);
    expect(first.out).toMatch(/Plan: \d\d+ to add, 0 to change, 0 to destroy/);
    expect(changes(first.calls)).toEqual([]);

    const deployed = await checkout.run("deploy");
    expect(deployed.errors).toBe("");
    expect(deployed.code).toBe(0);
    expect(changes(deployed.calls)).toEqual([
      "terraform apply",
      "gcloud beta services identity create --service=pubsub.googleapis.com --project=acme-registry-events --quiet",
      "terraform apply",
      expect.stringMatching(
        /^gcloud pubsub topics publish pullhouse-events .*ce-type=dev\.pullhouse\.smoke\.v1/,
      ),
      "gcloud scheduler jobs run pullhouse-batcher-safety-net --location=us-central1 --project=acme-registry-events",
      "terraform apply",
    ]);
    const image = `us-central1-docker.pkg.dev/acme-registry-events/pullhouse/services@${DIGEST}`;
    const { outputs } = checkout.read(STATE) as StateFile;
    expect(outputs["image"]?.value).toBe(image);

    const second = await checkout.run("plan");
    expect(second.out).toContain("No changes.");

    const gone = await checkout.run("destroy", { settings: { deletionProtection: false } });
    expect(gone.errors).toBe("");
    expect((checkout.read(STATE) as StateFile).resources).toEqual([]);
    const again = await checkout.run("destroy", { settings: { deletionProtection: false } });
    expect(again.out).toContain("the state is empty");
  }, 240_000);

  test("alerts come last, wait for their metrics, and what is wrong with them fails no pipeline that works", async () => {
    const checkout = newCheckout();
    const options = { dist: join(checkout.folder, "dist") };
    const metric = {
      says: "googleapi: Error 404: Cannot find metric(s) that match type = logging.googleapis.com/user/x. If a metric was created recently, it could take up to 10 minutes to become available.",
      times: 2,
    };
    const wrong = { says: "googleapi: Error 400: Field alertPolicy had an invalid value", times: 1 };
    const first = await checkout.open({
      settings: { alerts: "metrics" },
      faults: {
        "google_monitoring_alert_policy.alert-loads-fail": metric,
        "google_monitoring_dashboard.dashboard": wrong,
      },
    });
    expect((await deploy(first.deployment, options)).isMonitored).toBe(false);
    expect(first.pausedMs).toEqual([]);
    expect(first.said.join("\n")).toContain("WARNING: the pipeline works");
    const { resources } = checkout.read(STATE) as StateFile;
    expect(resources.map(({ name }) => name)).toContain("alert-drains-fail");

    const second = await checkout.open({
      settings: { alerts: "metrics" },
      faults: { "google_monitoring_alert_policy.alert-loads-fail": metric },
    });
    expect((await deploy(second.deployment, options)).isMonitored).toBe(true);
    expect(second.pausedMs).toEqual([10_000]);
    const said = second.said.join("\n");
    expect(said).toContain(
      "waiting for new metrics to become visible to Cloud Monitoring; again in 10 s, for 12 min at most",
    );
    expect(said).not.toContain("WARNING");
    expect(said.indexOf("its row can be queried")).toBeLessThan(said.indexOf("new metrics"));
  }, 240_000);
});
