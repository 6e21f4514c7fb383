/** What `plan`, `deploy` and `destroy` work on. */
import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import type { DeployConfig } from "../config.ts";
import { synthesize } from "../synthesize.ts";
import { keepTainted } from "./apply.ts";
import { checkAll } from "./checks.ts";
import { divide, type Resources } from "./keep.ts";
import { moveOldState, refuseOtherDeployment } from "./old-state.ts";
import type { State } from "./state-json.ts";
import { createTerraform, type Terraform } from "./terraform.ts";
import type { Tools } from "./tools.ts";

export interface Deployment {
  readonly config: DeployConfig;
  /** `cdk.tf.json` */
  readonly stackFile: string;
  readonly terraform: Terraform;
  readonly tools: Tools;
  /** Nobody is there to be asked. */
  readonly isApproved: boolean;
}

export interface DeploymentOptions {
  /** TERRAFORM and TF_PLUGIN_DIR (terraform.ts); YES=1: `isApproved`. */
  readonly env: NodeJS.ProcessEnv;
  /** Where the stack is written; "cdktf.out" of the checkout. */
  readonly folder?: string;
  /** Folder of the schema files. */
  readonly schemas?: string;
}

/**
 * Writes the stack, and looks that everything is there that a run needs.
 * @throws DeployError naming all that is missing
 */
export async function openDeployment(
  config: DeployConfig,
  tools: Tools,
  { env, folder = "cdktf.out", schemas = "schemas" }: DeploymentOptions,
): Promise<Deployment> {
  const { path } = synthesize(config, folder, schemas);
  const terraform = createTerraform(dirname(path), env, tools);
  await checkAll(config, terraform.command, tools);
  return { config, stackFile: path, terraform, tools, isApproved: env["YES"] === "1" };
}

/**
 * Finds the state of this deployment and no other.
 * @throws DeployError where the state contradicts the configuration
 */
export async function openState(deployment: Deployment): Promise<State> {
  await deployment.terraform.init();
  await moveOldState(deployment);
  const state = await deployment.terraform.state();
  refuseOtherDeployment(deployment.config, state);
  // Of a run that ended before it could do so.
  const { kept } = divide(resourcesOf(deployment));
  await keepTainted(kept, state, deployment.terraform, deployment.tools);
  return state;
}

export function resourcesOf({ stackFile }: Pick<Deployment, "stackFile">): Resources {
  return (JSON.parse(readFileSync(stackFile, "utf8")) as { resource: Resources }).resource;
}

export function step({ tools }: Pick<Deployment, "tools">, text: string): void {
  tools.say(`\n▸ ${text}`);
}
