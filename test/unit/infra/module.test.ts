/** The module in infra/terraform: written from the constructs of `make deploy`, and one that the provider takes. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readDeployConfig } from "#infra/gcp/config.ts";
import { moduleOf } from "#infra/gcp/module/generate.ts";
import { addressInModule } from "#infra/gcp/module/moves.ts";
import { COMPLETE, forModule } from "#test/support/every-stack.ts";
import { moduleInput } from "#test/support/module-input.ts";
import { conflictsOf } from "#test/support/provider-conflicts.ts";
import { type Block, problemsOf, readSchema, VERSIONS } from "#test/support/provider-schema.ts";
import { GROUP, PROJECT, type Resource, synthesizeStack } from "#test/support/stack.ts";

const FOLDER = "infra/terraform";
const text = readFileSync(join(FOLDER, "main.tf.json"), "utf8");
const main = JSON.parse(text) as {
  terraform: Resource;
  resource: Record<string, Record<string, Resource>>;
  data: Record<string, Record<string, Resource>>;
};
const tables = JSON.parse(readFileSync(join(FOLDER, "tables.json"), "utf8")) as {
  tables: Record<string, object>;
  views: Record<string, object>[];
};

test("it is what `make module` writes", () => {
  for (const [name, written] of moduleOf("schemas"))
    expect(readFileSync(join(FOLDER, name), "utf8") === written, `make module: ${name} is old`).toBe(true);
});

test("it has no provider and no backend of its own, and takes two major versions of the provider", () => {
  expect(main).not.toHaveProperty("provider");
  expect(main.terraform).toEqual({
    required_version: ">= 1.9",
    required_providers: { google: { source: "hashicorp/google", version: ">= 6.50, < 8" } },
  });
});

test("every variable is used, and every variable that is used is declared", () => {
  const declared = [...readFileSync(join(FOLDER, "variables.tf"), "utf8").matchAll(/^variable "(\w+)"/gm)];
  const used = new Set([...text.matchAll(/\bvar\.(\w+)/g)].map(([, name]) => name));
  expect(new Set(declared.map(([, name]) => name))).toEqual(used);
});

test.each(VERSIONS)("provider %s takes every field", (version) => {
  const schema = readSchema(version);
  const check = (blocks: Readonly<Record<string, Block>>, byType: typeof main.resource) =>
    Object.entries(byType).flatMap(([type, byName]) =>
      Object.entries(byName).flatMap(([name, body]) => {
        const address = `${type}.${name}`;
        const block = blocks[type];
        if (block === undefined) return [`${address}: provider-types.ts does not name it`];
        return [
          ...problemsOf(address, body, block),
          ...(isDynamic(body) ? [] : conflictsOf(type, address, body)),
        ];
      }),
    );
  expect([...check(schema.resources, main.resource), ...check(schema.data, main.data)]).toEqual([]);
});

/** Which of its blocks it has is decided when Terraform plans. */
const isDynamic = (body: Resource) => JSON.stringify(body).includes('"dynamic"');

test("what holds events has prevent_destroy, and every resource is in the project of the variable", () => {
  const holding = ["google_storage_bucket", "google_pubsub_topic", "google_pubsub_subscription"].flatMap(
    (type) => Object.values(main.resource[type] ?? {}),
  );
  expect(holding).toHaveLength(7);
  for (const body of [...holding, main.resource["google_bigquery_dataset"]?.["dataset"]])
    expect(body?.["lifecycle"]).toEqual({ prevent_destroy: true });
  const { resources } = readSchema("6.50.0");
  const elsewhere = Object.entries(main.resource)
    .filter(([type]) => (resources[type]?.attributes["project"]?.[0] ?? "computed") !== "computed")
    .flatMap(([type, byName]) => Object.entries(byName).map(([name, body]) => ({ type, name, body })))
    .filter(({ body }) => body["project"] !== "${var.project}");
  expect(elsewhere.map(({ type, name }) => `${type}.${name}`)).toEqual([]);
});

test("every resource of `make deploy` has a place in the module", () => {
  const { resource } = synthesizeStack(forModule(COMPLETE));
  const all = Object.entries(resource).flatMap(([type, byName]) =>
    Object.keys(byName).map((name) => `${type}.${name}`),
  );
  const placed = all.map((address) => addressInModule(address, main.resource, tables.views));
  expect(all.filter((_, index) => placed[index] === undefined)).toEqual([]);
  expect(new Set(placed).size).toBe(all.length);
});

test("the data file has every table and view, with the text that the stack has", () => {
  const stack = synthesizeStack();
  for (const [name, table] of Object.entries(tables.tables)) {
    const { schema, description } = stack.one("google_bigquery_table", `table-${name}`);
    expect(table).toMatchObject({ schema, description: description ?? null });
  }
  const names = [...Object.keys(tables.tables), ...tables.views.flatMap((level) => Object.keys(level))];
  expect(names.length).toBe(stack.all("google_bigquery_table").length);
});

const canPlan = spawnSync("terraform", ["version"]).status === 0;

/** Terraform with the variables alone: no provider is needed to refuse one. */
function refusalOf(settings: Record<string, unknown>): string {
  const folder = mkdtempSync(join(tmpdir(), "pullhouse-variables-"));
  try {
    writeFileSync(join(folder, "variables.tf"), readFileSync(join(FOLDER, "variables.tf")));
    writeFileSync(join(folder, "terraform.tfvars.json"), JSON.stringify(moduleInput(settings)));
    const env = { ...process.env, TF_CLI_CONFIG_FILE: undefined, CHECKPOINT_DISABLE: "1" };
    const { status, stderr } = spawnSync("terraform", ["plan", "-input=false", "-no-color"], {
      cwd: folder,
      env,
      encoding: "utf8",
    });
    return status === 0 ? "" : stderr;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const smallest = { project: PROJECT, region: "us-central1", chainguard: { groups: [GROUP] } };

test.runIf(canPlan).each([
  ["nothing", {}],
  ["nothing of everything", forModule(COMPLETE)],
  ["a project id with a domain", { project: "acme.example:events" }],
  ["a region that is none", { region: "moon" }],
  ["no region at all", { receiverRegions: [] }],
  ["a long prefix", { prefix: "a-very-long-prefix-of-ours" }],
  ["a prefix that no bucket may have", { prefix: "g00gle-events" }],
  ["a prefix whose bucket another prefix has", { prefix: "pullhouse-archive" }],
  ["a prefix whose dataset another prefix has", { prefix: "pullhouse-staging" }],
  ["the same with a dataset", { prefix: "pullhouse-staging", dataset: "staged" }],
  ["a long dataset", { dataset: "d".repeat(1017) }],
  ["a suffix whose queue another prefix has", { queueSuffix: "drain" }],
  ["a label in capitals", { labels: { Team: "platform" } }],
  ["no sender", { chainguard: { groups: [] } }],
  ["a key for tokens alone", { chainguard: { groups: [] }, secrets: ["PRIVACY_KEY"] }],
  ["an unknown secret", { secrets: ["TOKENS"] }],
  ["a secret in plain sight", { settings: { receiver: { ZOT_TOKENS: "s3cret" } } }],
  ["a variable of the stack's own", { settings: { all: { GCS_BUCKET: "mine" } } }],
  ["a short window", { windowSeconds: 1 }],
  ["half a receiver", { maxReceivers: 1.5 }],
  [
    "colder classes out of order",
    { retention: { events: { nearlineAfterDays: 100, coldlineAfterDays: 90 } } },
  ],
  ["rows deleted within an outage", { retention: { rowsDeleteAfterDays: 30 } }],
  ["a short soft delete", { retention: { softDeleteDays: 3 } }],
  ["no soft delete", { retention: { softDeleteDays: 0 } }],
  [
    "a key in another place",
    { encryptionKey: "projects/acme-keys/locations/us/keyRings/pullhouse/cryptoKeys/events" },
  ],
  ["a channel by its name", { notificationChannels: ["ops"] }],
])("module and configuration file refuse the same: %s", (_what, more) => {
  const settings = { ...smallest, ...more };
  let refused = false;
  try {
    readDeployConfig(settings, "x.json");
  } catch {
    refused = true;
  }
  const said = refusalOf(settings);
  expect(said.includes("Invalid value for variable"), said).toBe(refused);
});
