/** The module and the stack of `make deploy` plan the same, with the real provider; without one this is skipped. */
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, expect, test } from "vitest";
import { addressInModule } from "#infra/gcp/module/moves.ts";
import { everyStack, forModule } from "#test/support/every-stack.ts";
import { moduleInput } from "#test/support/module-input.ts";
import { GROUP, PROJECT, synthesizedText } from "#test/support/stack.ts";

const plugins = process.env["TF_PLUGIN_DIR"];
const canPlan =
  plugins !== undefined && existsSync(plugins) && spawnSync("terraform", ["version"]).status === 0;
const because = canPlan
  ? ""
  : " (skipped: it takes terraform and TF_PLUGIN_DIR, a folder with the providers)";

const MODULE = resolve("infra/terraform");
const folder = mkdtempSync(join(tmpdir(), "pullhouse-module-plan-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** A plan of what is not there yet asks nobody: the address of a proxy that is none would show it. */
const env = {
  ...process.env,
  CHECKPOINT_DISABLE: "1",
  GOOGLE_OAUTH_ACCESS_TOKEN: "none",
  HTTPS_PROXY: "http://127.0.0.1:9",
  TF_DATA_DIR: undefined,
};

function terraform(cwd: string, ...args: readonly string[]): string {
  return execFileSync("terraform", args, { cwd, env, encoding: "utf8", maxBuffer: 2 ** 28 });
}

function init(cwd: string): void {
  terraform(cwd, "init", "-input=false", `-plugin-dir=${resolve(plugins ?? "")}`);
}

interface Change {
  readonly address: string;
  readonly change: {
    readonly after: Record<string, unknown>;
    readonly after_unknown: Record<string, unknown>;
  };
}

/** Planned values by address. */
function planned(cwd: string, ...args: readonly string[]): ReadonlyMap<string, Change["change"]> {
  init(cwd);
  terraform(cwd, "plan", "-input=false", "-refresh=false", "-out=plan", ...args);
  const { resource_changes: changes } = JSON.parse(terraform(cwd, "show", "-json", "plan")) as {
    resource_changes: Change[];
  };
  return new Map(changes.map(({ address, change }) => [address, change]));
}

/** A module sets the project, which the stack leaves to its provider. */
function withoutProject({ project: _project, ...values }: Record<string, unknown>): Record<string, unknown> {
  return values;
}

const smallest = { project: PROJECT, region: "us-central1", chainguard: { groups: [GROUP] } };

test.runIf(canPlan).each(everyStack())(
  `module and stack plan the same: %s${because}`,
  (what, given) => {
    const settings = { ...smallest, ...forModule(given) };
    const input = moduleInput(settings);
    const root = join(folder, what.replaceAll(" ", "-"), "root");
    const caller = join(folder, what.replaceAll(" ", "-"), "caller");
    cpSync(MODULE, join(caller, "module"), { recursive: true });
    const stack = JSON.parse(synthesizedText(settings)) as { terraform: Record<string, unknown> };
    const { backend: _, ...block } = stack.terraform;
    const file = { ...stack, terraform: block };
    cpSync(join(MODULE, "examples", "minimal"), root, { recursive: true });
    rmSync(join(root, "main.tf"));
    writeFileSync(join(root, "cdk.tf.json"), JSON.stringify(file));
    writeFileSync(
      join(caller, "main.tf.json"),
      JSON.stringify({
        // The stack's own version, so that what differs is the module's.
        terraform: { required_providers: { google: { source: "hashicorp/google", version: "6.50.0" } } },
        provider: (stack as { provider?: unknown }).provider,
        module: { pullhouse: { source: "./module", ...input } },
      }),
    );
    const ofStack = planned(root, `-var=image=${String(input["image"])}`);
    const ofModule = planned(caller);
    const { resource } = JSON.parse(readFileSync(join(MODULE, "main.tf.json"), "utf8")) as {
      resource: Record<string, Record<string, object>>;
    };
    const { views } = JSON.parse(readFileSync(join(MODULE, "tables.json"), "utf8")) as { views: object[] };
    expect(ofStack.size).toBeGreaterThan(200);
    const differing: string[] = [];
    for (const [address, stacks] of ofStack) {
      const place = address.startsWith("data.")
        ? dataInModule(address, ofModule)
        : addressInModule(address, resource, views as Record<string, unknown>[]);
      const modules = ofModule.get(`module.pullhouse.${place}`);
      if (modules === undefined) differing.push(`${address}: the module does not plan it`);
      else
        for (const part of ["after", "after_unknown"] as const)
          if (JSON.stringify(withoutProject(stacks[part])) !== JSON.stringify(withoutProject(modules[part])))
            differing.push(`${address}: ${part}`);
    }
    expect(differing).toEqual([]);
    expect(ofModule.size).toBe(ofStack.size);
  },
  300_000,
);

/** A data source that is there on a condition has an index. */
function dataInModule(address: string, planned: ReadonlyMap<string, unknown>): string {
  return planned.has(`module.pullhouse.${address}`) ? address : `${address}[0]`;
}

const examples = readdirSync(join(MODULE, "examples"));

test.runIf(canPlan).each(examples)(
  `the example %s is valid${because}`,
  (example) => {
    const copy = join(folder, `validated-${example}`);
    cpSync(MODULE, copy, { recursive: true });
    const cwd = join(copy, "examples", example);
    init(cwd);
    expect(terraform(cwd, "validate", "-no-color")).toContain("Success!");
  },
  120_000,
);
