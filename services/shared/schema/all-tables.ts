/** Every table of the dataset: the provisioner, Terraform and the doctor go by this list. */
import type { TableSpec } from "../ports.ts";
import { type Rollups, rollupTables } from "../rollup/rollups.ts";
import type { Registry } from "./registry.ts";
import { tableSpec } from "./table-spec.ts";

/** One for each schema file, the books, and what the loader counts. */
export function allTables(registry: Registry, rollups: Rollups): readonly TableSpec[] {
  return [...[...registry.tables.values()].map(tableSpec), registry.loads, ...rollupTables(rollups)];
}
