/** Terraform, or OpenTofu, in the folder that `make synth` wrote. */
import { resolve } from "node:path";
import type { Tools } from "./tools.ts";

export interface Terraform {
  readonly command: string;
  init(): Promise<void>;
  plan(image: string, targets?: readonly string[]): Promise<void>;
  /** Asks first, unless `isApproved`. */
  apply(image: string, options: ApplyOptions): Promise<void>;
  destroy(image: string, options: ApplyOptions): Promise<void>;
  /** Value of an output of what is deployed; `undefined` before the first deployment. */
  output(name: string): Promise<string | undefined>;
}

interface ApplyOptions {
  readonly isApproved: boolean;
  readonly targets?: readonly string[];
}

/** A plan needs an image, though there may be none yet. */
export const NO_IMAGE = `none@sha256:${"0".repeat(64)}`;

/**
 * @param folder that holds `cdk.tf.json`
 * @param env TERRAFORM: the command; TF_PLUGIN_DIR: a folder of providers, for machines without a network
 */
export function createTerraform(folder: string, env: NodeJS.ProcessEnv, tools: Tools): Terraform {
  const command = env["TERRAFORM"] || "terraform";
  const plugins = env["TF_PLUGIN_DIR"];
  const run = (...args: string[]) => tools.show(command, `-chdir=${folder}`, ...args);
  const shared = (image: string, targets: readonly string[] = []) => [
    "-input=false",
    `-var=image=${image}`,
    ...targets.map((target) => `-target=${target}`),
  ];
  const approval = (isApproved: boolean) => (isApproved ? ["-auto-approve"] : []);
  return {
    command,
    init: () =>
      run("init", "-input=false", "-upgrade=false", ...(plugins ? [`-plugin-dir=${resolve(plugins)}`] : [])),
    plan: (image, targets) => run("plan", ...shared(image, targets)),
    apply: (image, { isApproved, targets }) =>
      run("apply", ...shared(image, targets), ...approval(isApproved)),
    destroy: (image, { isApproved, targets }) =>
      run("destroy", ...shared(image, targets), ...approval(isApproved)),
    output: async (name) =>
      (await tools.ask(command, `-chdir=${folder}`, "output", "-raw", name)) || undefined,
  };
}
