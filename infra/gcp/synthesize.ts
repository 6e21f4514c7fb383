/** From settings to Terraform's JSON. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { App } from "cdktf";
import { loadRollups } from "../../services/shared/rollup/rollups.ts";
import { allTables } from "../../services/shared/schema/all-tables.ts";
import { loadRegistry } from "../../services/shared/schema/registry.ts";
import { loadViews } from "../../services/shared/schema/views.ts";
import type { DeployConfig } from "./config.ts";
import { createStack, STACK } from "./stack.ts";

export interface Synthesized {
  /** Of the file that Terraform reads. */
  readonly path: string;
  readonly resources: number;
}

/** @param folder where `stacks/pullhouse/cdk.tf.json` is written, in place of what is there */
export function synthesize(config: DeployConfig, folder: string, schemas = "schemas"): Synthesized {
  const registry = loadRegistry(schemas);
  const app = new App({ outdir: folder, skipValidation: false });
  const tables = allTables(registry, loadRollups(registry, schemas));
  createStack(app, config, tables, loadViews(registry, join(schemas, "views")));
  app.synth();
  const path = join(folder, "stacks", STACK, "cdk.tf.json");
  const { resource } = JSON.parse(readFileSync(path, "utf8")) as { resource: Record<string, object> };
  return {
    path,
    resources: Object.values(resource).reduce((sum, byName) => sum + Object.keys(byName).length, 0),
  };
}
