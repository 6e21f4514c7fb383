/**
 * `make deploy` and `make destroy`, with gcloud and Terraform as scripts: in which order they are called, and that
 * nothing is changed while something is missing. The receiver of the smoke test is real HTTP.
 */
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Answer, scriptCommands } from "#test/support/scripted-commands.ts";

const DIGEST = `sha256:${"b".repeat(64)}`;
const settings = {
  project: "acme-registry-events",
  region: "us-central1",
  chainguard: { groups: ["45a0c61ea6fd977f050c5fb9ac06a69eed764595"] },
};

const root = mkdtempSync(join(tmpdir(), "pullhouse-deploy-"));
let receiver: Server;
let receiverUrl = "";
const posted: { url: string; authorization: string | undefined; type: string | undefined }[] = [];

beforeAll(async () => {
  receiver = createServer((request, response) => {
    const { url = "", headers } = request;
    if (request.method === "POST")
      posted.push({
        url,
        authorization: headers.authorization,
        type: headers["ce-type"] as string | undefined,
      });
    const isSigned = headers.authorization === "Bearer local-zot-token";
    response.statusCode = url === "/health" ? 200 : url === "/distribution" ? 404 : isSigned ? 202 : 401;
    response.end();
  });
  await new Promise<void>((listening) => receiver.listen(0, "127.0.0.1", listening));
  receiverUrl = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
});
afterAll(() => {
  receiver.close();
  rmSync(root, { recursive: true });
});

/** A project in which everything is there. */
const healthy = (): Answer[] => [
  { to: "terraform version", says: '{"terraform_version": "1.11.4"}' },
  { to: "gcloud auth list", says: "somebody@example.com" },
  { to: "gcloud projects describe", says: "123456789012" },
  { to: "gcloud billing projects describe", says: "True" },
  { to: "gcloud services list", says: "cloudresourcemanager.googleapis.com\nserviceusage.googleapis.com" },
  { to: "gcloud secrets versions list", says: "1" },
  { to: "gcloud secrets versions access", says: "local-zot-token,another-zot-token" },
  { to: "gcloud artifacts docker images describe", says: DIGEST },
  { to: "gcloud container images describe", says: `sha256:${"a".repeat(64)}` },
  { to: "bq", says: '[{"n":"1"}]' },
];

let runs = 0;

async function run(
  command: string,
  given: {
    answers?: readonly Answer[];
    settings?: object;
    env?: Record<string, string>;
    input?: string;
  } = {},
) {
  const folder = join(root, String((runs += 1)));
  mkdirSync(join(folder, "dist"), { recursive: true });
  writeFileSync(join(folder, "dist", "bundle.js"), "");
  symlinkSync(resolve("schemas"), join(folder, "schemas"));
  writeFileSync(join(folder, "pullhouse.config.json"), JSON.stringify({ ...settings, ...given.settings }));
  const answers = [...(given.answers ?? []), ...healthy(), ...outputs()];
  const scripts = scriptCommands(folder, ["gcloud", "bq", "terraform"], answers);
  const child = spawn(
    process.execPath,
    ["--disable-warning=DEP0044", resolve("infra/gcp/deploy/main.ts"), command],
    {
      cwd: folder,
      env: { ...process.env, PATH: `${scripts.path}:${process.env["PATH"]}`, YES: "1", ...given.env },
    },
  );
  child.stdin.end(given.input ?? "");
  const [out, errors, code] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<number | null>((exited) => child.on("exit", exited)),
  ]);
  const short = scripts.calls().map((line) => line.replaceAll(folder, "").replaceAll(/-chdir=\S+ /g, ""));
  return { code, out, errors, calls: short };
}

function outputs(): Answer[] {
  const prefix = "terraform -chdir=cdktf.out/stacks/pullhouse output -raw";
  return [
    { to: `${prefix} webhook_url`, says: receiverUrl },
    { to: `${prefix} image`, code: 1 },
  ];
}

const changes = (calls: readonly string[]) =>
  calls.filter((line) => /^terraform (init|apply|destroy)|^gcloud (builds|pubsub|scheduler)/.test(line));

test("a deployment makes what the image needs, the image, the rest, and sends one event through", async () => {
  const notYet = { to: "gcloud artifacts docker images describe", code: 1 };
  const { code, errors, calls, out } = await run("deploy", { answers: [] });
  expect(errors).toBe("");
  expect(code).toBe(0);
  expect(changes(calls)).toEqual([
    "terraform init -input=false -upgrade=false",
    expect.stringMatching(
      /^terraform apply .*-var=image=none@sha256:0+ -target=google_artifact_registry_repository\.images /,
    ),
    `terraform apply -input=false -var=image=us-central1-docker.pkg.dev/acme-registry-events/pullhouse/services@${DIGEST} -auto-approve`,
    expect.stringMatching(
      /^gcloud pubsub topics publish pullhouse-events .*ce-type=dev\.pullhouse\.smoke\.v1/,
    ),
    "gcloud scheduler jobs run pullhouse-batcher-safety-net --location=us-central1 --project=acme-registry-events",
  ]);
  expect(out).toContain("its row can be queried");

  const built = await run("deploy", { answers: [notYet] });
  expect(built.code).toBe(1);
  expect(built.calls.find((line) => line.startsWith("gcloud builds submit"))).toMatch(
    /--service-account=projects\/acme-registry-events\/serviceAccounts\/pullhouse-build@acme-registry-events\.iam\.gserviceaccount\.com --gcs-source-staging-dir=gs:\/\/acme-registry-events-pullhouse\/builds\/source --region=us-central1/,
  );
  expect(built.errors).toContain("there is no us-central1-docker.pkg.dev/");
});

test("whatever is missing is named at once, with what to do, and nothing is changed", async () => {
  const { code, errors, calls } = await run("deploy", {
    answers: [
      { to: "terraform version", says: '{"terraform_version": "1.4.9"}' },
      { to: "gcloud auth application-default", code: 1 },
      { to: "gcloud billing projects describe", says: "False" },
      { to: "gcloud services list", says: "serviceusage.googleapis.com" },
    ],
  });
  expect(code).toBe(1);
  expect(errors.trim().split("\n")).toEqual([
    "nothing was changed; first:",
    "  install Terraform or OpenTofu 1.5 or newer; TERRAFORM=tofu names another command",
    "  gcloud auth application-default login",
    expect.stringContaining("gcloud billing projects link acme-registry-events"),
    "  gcloud services enable cloudresourcemanager.googleapis.com --project=acme-registry-events",
  ]);
  expect(changes(calls)).toEqual([]);
});

test("without an account nothing else is asked of gcloud", async () => {
  const { errors } = await run("plan", { answers: [{ to: "gcloud auth list", says: "" }] });
  expect(errors.trim().split("\n")).toEqual(["nothing was changed; first:", "  gcloud auth login"]);
});

test("a secret without a value stops it before a receiver would fail to start", async () => {
  const { code, errors, calls } = await run("deploy", {
    settings: { secrets: ["ZOT_TOKENS"] },
    answers: [{ to: "gcloud secrets versions list", says: "" }],
  });
  expect(code).toBe(1);
  expect(errors).toContain("gcloud secrets versions add pullhouse-zot-tokens --data-file=-");
  expect(changes(calls)).toHaveLength(2);
  expect(changes(calls)[1]).toContain("-target=google_secret_manager_secret.secret-ZOT_TOKENS");
});

test("with a sender's token the event is posted to the receiver, and the token is not shown", async () => {
  posted.length = 0;
  const { code, out, errors, calls } = await run("deploy", { settings: { secrets: ["ZOT_TOKENS"] } });
  expect(errors).toBe("");
  expect(code).toBe(0);
  expect(posted).toEqual([
    { url: "/", authorization: undefined, type: undefined },
    { url: "/zot", authorization: undefined, type: undefined },
    { url: "/zot", authorization: "Bearer local-zot-token", type: "dev.pullhouse.smoke.v1" },
  ]);
  expect(changes(calls).filter((line) => line.startsWith("gcloud pubsub"))).toEqual([]);
  expect(out + errors + calls.join("\n")).not.toContain("local-zot-token");
});

test("without Chainguard the other senders' routes are asked for credentials", async () => {
  posted.length = 0;
  const { code, out, errors } = await run("deploy", {
    settings: { chainguard: { groups: [] }, secrets: ["HARBOR_AUTHORIZATION", "MSR_SECRETS", "MSR_BASIC"] },
  });
  expect(errors).toBe("");
  expect(code).toBe(0);
  expect(posted.map(({ url }) => url)).toEqual(["/harbor", "/msr"]);
  expect(out).toContain("asks for credentials at /harbor, /msr");
});

test("a receiver without a sender's route fails the deployment", async () => {
  const { code, errors } = await run("deploy", { settings: { secrets: ["DISTRIBUTION_AUTHORIZATION"] } });
  expect(code).toBe(1);
  expect(errors).toContain(
    "the receiver answered 404 to POST /distribution without credentials, and not 401",
  );
});

test("an apply that fails ends the deployment", async () => {
  const { code, errors, calls } = await run("deploy", {
    answers: [{ to: "terraform -chdir=cdktf.out/stacks/pullhouse apply", code: 1 }],
  });
  expect(code).toBe(1);
  expect(errors).toContain("terraform apply failed (exit code 1)");
  expect(changes(calls)).toHaveLength(2);
});

test("a plan changes nothing and needs no image", async () => {
  const { code, calls } = await run("plan");
  expect(code).toBe(0);
  expect(changes(calls)).toEqual(["terraform init -input=false -upgrade=false"]);
  expect(calls.at(-1)).toMatch(/^terraform plan -input=false -var=image=none@sha256:0+$/);
});

test("a destruction leaves the data while it is protected", async () => {
  const { code, out, calls } = await run("destroy");
  expect(code).toBe(0);
  expect(out).toContain("stay");
  const [, destroy = ""] = changes(calls);
  expect(destroy).toContain("-target=google_cloud_run_v2_service.batcher");
  expect(destroy).not.toMatch(/-target=google_(storage_bucket|bigquery_dataset|bigquery_table)\./);
});

test("without the protection it asks for the project's id, and for nothing less", async () => {
  const open = { settings: { deletionProtection: false }, env: { YES: "" } };
  const refused = await run("destroy", { ...open, input: "yes\n" });
  expect(refused.code).toBe(1);
  expect(refused.errors).toContain("nothing was destroyed");
  expect(changes(refused.calls)).toEqual([]);

  const { code, calls } = await run("destroy", { ...open, input: "acme-registry-events\n" });
  expect(code).toBe(0);
  expect(changes(calls)[1]).toMatch(/^terraform destroy -input=false -var=image=none@sha256:0+$/);
});

test("without a configuration of one's own nothing is deployed", async () => {
  const folder = mkdtempSync(join(root, "none-"));
  writeFileSync(join(folder, "pullhouse.config.example.json"), JSON.stringify(settings));
  const child = spawn(process.execPath, [resolve("infra/gcp/deploy/main.ts"), "deploy"], { cwd: folder });
  const [errors, code] = await Promise.all([
    text(child.stderr),
    new Promise<number | null>((exited) => child.on("exit", exited)),
  ]);
  expect(code).toBe(1);
  expect(errors).toContain("copy pullhouse.config.example.json");
});
