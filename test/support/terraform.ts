/** The real Terraform with the real Google provider on the synthesised stack, against the local control plane. */
import { execFile } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { readDeployConfig } from "#infra/gcp/config.ts";
import { synthesize } from "#infra/gcp/synthesize.ts";
import { controlPlaneEnvironment } from "#infra/local/control-plane/environment.ts";
import { isInstalled } from "./commands.ts";
import { GROUP, PROJECT } from "./stack.ts";

const PROVIDER = "registry.terraform.io/hashicorp/google";
const IMAGE = `us-central1-docker.pkg.dev/${PROJECT}/pullhouse/services@sha256:${"a".repeat(64)}`;

const plugins = process.env["TF_PLUGIN_DIR"];

/** Why the real provider cannot be run here; empty if it can. */
export const LACKING =
  plugins === undefined
    ? " (skipped: TF_PLUGIN_DIR names no folder of providers)"
    : isInstalled("terraform")
      ? ""
      : " (skipped: terraform is not installed)";

/** The versions of the provider in TF_PLUGIN_DIR. */
export function providerVersions(): readonly string[] {
  return LACKING === "" ? readdirSync(join(resolve(plugins ?? ""), PROVIDER)).toSorted() : [];
}

interface Ran {
  readonly code: number;
  readonly output: string;
}

export interface Root {
  /** Writes the stack of these settings in place of the one before. */
  readonly write: (settings: Readonly<Record<string, unknown>>) => void;
  readonly run: (command: string, ...args: readonly string[]) => Promise<Ran>;
  /** @throws Error with Terraform's own text if it fails */
  readonly apply: (...args: readonly string[]) => Promise<string>;
  /** @throws Error with Terraform's own text if it fails */
  readonly destroy: () => Promise<string>;
  /** Exit code of `plan -detailed-exitcode` with the plan: 0 without changes, 2 with some. */
  readonly plan: () => Promise<Ran>;
  readonly remove: () => void;
}

interface RootOptions {
  readonly url: string;
  readonly version: string;
  /** Folder of schema files; all by default. */
  readonly schemas?: string;
}

/** A folder that Terraform runs in, with its state. */
export function createRoot({ url, version, schemas = "schemas" }: RootOptions): Root {
  const folder = mkdtempSync(join(tmpdir(), "pullhouse-terraform-"));
  const stack = join(folder, "stacks", "pullhouse");
  const run: Root["run"] = (command, ...args) => terraform(stack, url, [command, ...args]);
  const withImage = (command: string, ...args: readonly string[]) =>
    run(command, "-input=false", "-no-color", `-var=image=${IMAGE}`, "-parallelism=30", ...args);
  let isReady = false;
  const prepare = async () => {
    if (!isReady) succeeded(await run("init", "-input=false", `-plugin-dir=${resolve(plugins ?? "")}`));
    isReady = true;
  };
  return {
    write: (settings) => {
      const smallest = { project: PROJECT, region: "us-central1", chainguard: { groups: [GROUP] } };
      synthesize(readDeployConfig({ ...smallest, ...settings }, "the test's settings"), folder, schemas);
      writeFileSync(join(stack, "local_override.tf.json"), overrides(version));
    },
    run: async (command, ...args) => {
      await prepare();
      return withImage(command, ...args);
    },
    apply: async (...args) => {
      await prepare();
      return succeeded(await withImage("apply", "-auto-approve", ...args));
    },
    destroy: async () => {
      await prepare();
      return succeeded(await withImage("destroy", "-auto-approve"));
    },
    plan: async () => {
      await prepare();
      return withImage("plan", "-detailed-exitcode");
    },
    remove: () => rmSync(folder, { recursive: true }),
  };
}

/** The state is a file of the test; requests that the provider gathers wait less. */
function overrides(version: string): string {
  return JSON.stringify({
    terraform: {
      backend: { local: { path: "terraform.tfstate" } },
      required_providers: { google: { source: "hashicorp/google", version } },
    },
    provider: { google: { batching: { send_after: "1s" } } },
  });
}

function succeeded({ code, output }: Ran): string {
  if (code !== 0) throw new Error(output.slice(Math.max(output.indexOf("Error: "), 0)));
  return output;
}

function terraform(cwd: string, url: string, args: readonly string[]): Promise<Ran> {
  const home = join(cwd, "home");
  mkdirSync(home, { recursive: true });
  const env = {
    PATH: process.env["PATH"],
    HOME: home,
    TF_IN_AUTOMATION: "1",
    CHECKPOINT_DISABLE: "1",
    ...controlPlaneEnvironment(url),
  };
  return new Promise((done) => {
    execFile("terraform", args, { cwd, env, maxBuffer: 2 ** 26 }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === "number" ? error.code : 1;
      done({ code, output: `${stdout}${stderr}` });
    });
  });
}

/** Senders with many types: two thirds of the tables. */
const MANY_TYPES = /^(com\.mirantis|harbor|dev\.chainguard)\./;

/** A folder with a few of the schema files and no view, so that a chain of many steps is short. */
export function fewSchemas(): string {
  const folder = mkdtempSync(join(tmpdir(), "pullhouse-schemas-"));
  for (const kind of ["views", "rollups"]) mkdirSync(join(folder, kind));
  for (const file of readdirSync("schemas").filter(
    (name) => name.endsWith(".json") && !MANY_TYPES.test(name),
  ))
    copyFileSync(join("schemas", file), join(folder, file));
  return folder;
}
