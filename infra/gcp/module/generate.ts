/** The module's files from what is in the repository: schema files, the provider's schema, today's addresses. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadRollups } from "../../../services/shared/rollup/rollups.ts";
import { allTables } from "../../../services/shared/schema/all-tables.ts";
import { loadRegistry } from "../../../services/shared/schema/registry.ts";
import { loadViews } from "../../../services/shared/schema/views.ts";
import { readDeployConfig } from "../config.ts";
import { SECRETS } from "../settings.ts";
import { synthesize } from "../synthesize.ts";
import { moduleFiles } from "./module.ts";

/** Of the oldest provider that the module takes. */
const PROVIDER = "infra/gcp/module/provider-schema/google-6.50.0.json";

/** The deployment that examples/from-make-deploy takes over; a `moved` block for what it has not does nothing. */
const DEPLOYED = {
  project: "acme-registry-events",
  region: "us-central1",
  chainguard: { groups: ["45a0c61ea6fd977f050c5fb9ac06a69eed764595"] },
  secrets: [...SECRETS],
  retention: { lockedArchiveDays: 30 },
};

/** @param schemas folder of the schema files */
export function moduleOf(schemas: string): ReadonlyMap<string, string> {
  const registry = loadRegistry(schemas);
  return moduleFiles(
    allTables(registry, loadRollups(registry, schemas)),
    loadViews(registry, join(schemas, "views")),
    projectTypes(),
    addresses(schemas),
  );
}

function projectTypes(): ReadonlySet<string> {
  const { resources } = JSON.parse(readFileSync(PROVIDER, "utf8")) as {
    resources: Record<string, { attributes: Record<string, readonly [use: string, type: unknown]> }>;
  };
  const settable = Object.entries(resources).filter(
    ([, { attributes }]) => (attributes["project"]?.[0] ?? "computed") !== "computed",
  );
  return new Set(settable.map(([type]) => type));
}

function addresses(schemas: string): readonly string[] {
  const folder = mkdtempSync(join(tmpdir(), "pullhouse-addresses-"));
  try {
    const { path } = synthesize(readDeployConfig(DEPLOYED, "the example"), folder, schemas);
    const { resource } = JSON.parse(readFileSync(path, "utf8")) as { resource: Record<string, object> };
    return Object.entries(resource).flatMap(([type, byName]) =>
      Object.keys(byName).map((name) => `${type}.${name}`),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}
