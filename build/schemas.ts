/** The schemas beside the bundles: one file, checked here, so that no start has to, and what rollups are made by. */
import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BUNDLED, readSchemaFiles } from "#services/shared/schema/check-files.ts";
import { problemLine } from "#services/shared/schema/registry.ts";

/** @throws Error with one line per problem of the files in `from` */
export function bundleSchemas(from: string, to: string): void {
  const { columns, problems } = readSchemaFiles(from);
  if (problems.length > 0) throw new Error(problems.map(problemLine).join("\n"));
  mkdirSync(to, { recursive: true });
  writeFileSync(join(to, `${BUNDLED}.json`), JSON.stringify(Object.fromEntries(columns)));
  for (const folder of ["views", "rollups"])
    cpSync(join(from, folder), join(to, folder), { recursive: true });
}
