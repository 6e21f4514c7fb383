/** Where Terraform keeps the state of a deployment: one place for each project and prefix. */
import { GcsBackend, LocalBackend, type TerraformStack } from "cdktf";
import type { DeployConfig } from "./config.ts";

/** Below the checkout; git ignores it. */
const FOLDER = "terraform-state";

/** From the folder of the synthesised stack, in which Terraform runs, to the checkout. */
const TO_CHECKOUT = "../../..";

type Place = Pick<DeployConfig, "project" | "prefix">;

/** Path of the state of a deployment without `state.bucket`, from the checkout. */
export function stateFile({ project, prefix }: Place): string {
  return `${FOLDER}/${project}/${prefix}.tfstate`;
}

/** The GCS backend's prefix, below which it keeps `default.tfstate` (https://developer.hashicorp.com/terraform/language/backend/gcs). */
export function statePrefix({ project, prefix }: Place, root: string): string {
  return `${root}/${project}/${prefix}`;
}

export function chooseBackend(stack: TerraformStack, config: DeployConfig): void {
  const { state } = config;
  if (state === undefined) new LocalBackend(stack, { path: `${TO_CHECKOUT}/${stateFile(config)}` });
  else new GcsBackend(stack, { bucket: state.bucket, prefix: statePrefix(config, state.prefix) });
}
