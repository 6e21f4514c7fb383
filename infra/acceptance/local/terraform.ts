/** Terraform's part on one machine: the real Terraform and Google provider against the local control plane. */
import { mkdirSync } from "node:fs";
import { resolve } from "node:path";
import type { DeployConfig } from "../../gcp/config.ts";
import { namesOf } from "../../gcp/names.ts";
import { controlPlaneEnvironment } from "../../local/control-plane/environment.ts";
import { startControlPlane } from "../../local/control-plane/start.ts";
import { createApi, read } from "../api.ts";
import { type RunOptions, runCommand } from "../commands.ts";
import { type Credentials, secretValuesOf } from "../credentials.ts";

export interface TerraformOptions {
  readonly config: DeployConfig;
  /** Of the synthesised stack. */
  readonly stackFolder: string;
  /** Of the control plane's state. */
  readonly stateFolder: string;
  /** TF_PLUGIN_DIR: a folder of providers. */
  readonly plugins: string;
  readonly dataPlane: Parameters<typeof startControlPlane>[0]["dataPlane"] & object;
  readonly credentials: Credentials;
  readonly signal: AbortSignal;
}

export interface AppliedStack {
  /** Resources in Terraform's state. */
  readonly resources: number;
  /** `terraform destroy`, and the end of the control plane. @throws Error when anything stays */
  close(): Promise<void>;
}

/** Whether there is a provider and Terraform to apply the stack with. */
export async function canApply(env: NodeJS.ProcessEnv): Promise<boolean> {
  return Boolean(env["TF_PLUGIN_DIR"]) && (await runCommand("terraform", ["version"])).code === 0;
}

/** Of no registry; the services run from their bundles. */
const DIGEST = `sha256:${"a".repeat(64)}`;

/** Characters of Terraform's output. */
const ERRORS_SHOWN = 3_000;

/** As `make deploy` does: the secrets first, since no revision starts with a secret that has no value. */
export async function applyStack(options: TerraformOptions): Promise<AppliedStack> {
  const { config, stackFolder, stateFolder, plugins, dataPlane, credentials, signal } = options;
  mkdirSync(stateFolder, { recursive: true });
  const control = await startControlPlane({ port: 0, stateDir: stateFolder, dataPlane });
  const env = {
    ...controlPlaneEnvironment(control.url),
    TF_IN_AUTOMATION: "1",
    // Terraform would ask on the network whether there is a newer one.
    CHECKPOINT_DISABLE: "1",
  };
  const terraform = async (args: readonly string[], more: RunOptions = {}) => {
    const { code, out, errors } = await runCommand("terraform", [`-chdir=${stackFolder}`, ...args], {
      env,
      ...more,
    });
    // Its warnings are on stderr as well; the errors stand last.
    if (code !== 0)
      throw new Error(`terraform ${args[0] ?? ""} failed: ${`${out}\n${errors}`.slice(-ERRORS_SHOWN)}`);
    return out;
  };
  const image = `${config.region}-docker.pkg.dev/${config.project}/${config.prefix}/services@${DIGEST}`;
  const change = (command: "apply" | "destroy", ...more: readonly string[]) =>
    terraform([command, "-auto-approve", "-input=false", "-no-color", `-var=image=${image}`, ...more]);
  const listed = async () => (await terraform(["state", "list"])).split("\n").filter((line) => line !== "");
  try {
    await terraform(["init", "-input=false", `-plugin-dir=${resolve(plugins)}`], { signal });
    const secrets = config.secrets.map(
      (variable) => `-target=google_secret_manager_secret.secret-${variable}`,
    );
    await enableFirstApis(control.url, config);
    await change("apply", ...secrets);
    await addVersions(control.url, config, credentials);
    await change("apply");
    const resources = (await listed()).length;
    return {
      resources,
      close: async () => {
        await change("destroy");
        const left = (await listed()).filter((address) => !address.startsWith("data."));
        await control.close();
        if (left.length > 0) throw new Error(`Terraform's state still has ${left.join(", ")}`);
      },
    };
  } catch (error) {
    await control.close();
    throw error;
  }
}

/** Without these Terraform can enable no other (infra/gcp/deploy/checks.ts asks for them). */
const FIRST_APIS = ["cloudresourcemanager", "serviceusage"];

async function enableFirstApis(url: string, { project }: DeployConfig): Promise<void> {
  const api = createApi({ serviceusage: `${url}/serviceusage.googleapis.com/v1` }, async () => TOKEN);
  for (const name of FIRST_APIS)
    await read(api, "serviceusage", {
      method: "POST",
      path: `/projects/${project}/services/${name}.googleapis.com:enable`,
      body: {},
    });
}

/** Any text is an owner's. */
const TOKEN = "local";

async function addVersions(url: string, config: DeployConfig, credentials: Credentials): Promise<void> {
  const api = createApi({ secretmanager: `${url}/secretmanager.googleapis.com/v1` }, async () => TOKEN);
  const names = namesOf(config);
  for (const [variable, value] of Object.entries(secretValuesOf(credentials)))
    await read(api, "secretmanager", {
      method: "POST",
      path: `/projects/${config.project}/secrets/${names.secret(variable)}:addVersion`,
      body: { payload: { data: Buffer.from(value).toString("base64") } },
    });
}
