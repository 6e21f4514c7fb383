/** Bundles each service for production: `FOLDER/<service>/main.js` with the schemas beside it, for Node 24. */
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type BuildOptions, build, type Metafile } from "esbuild";
import { leanClients } from "./lean-clients.ts";
import { bundleSchemas } from "./schemas.ts";

export const SERVICES = ["receiver", "batcher", "loader", "nats-bridge"] as const;

/** How any of our modules becomes what runs in production. */
export const PRODUCTION = {
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node24",
  minify: true,
  legalComments: "linked",
  logLevel: "warning",
  plugins: [...leanClients],
  // Some dependencies are CommonJS and still call these.
  banner: {
    js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url); const __dirname = import.meta.dirname; const __filename = import.meta.filename;',
  },
} as const satisfies BuildOptions;

/** @returns what esbuild says of each file that it wrote (https://esbuild.github.io/api/#metafile) */
export async function bundle(folder: string): Promise<Metafile> {
  rmSync(folder, { recursive: true, force: true });
  const { metafile } = await build({
    ...PRODUCTION,
    entryPoints: [
      ...SERVICES.map((service) => ({ in: `services/${service}/main.ts`, out: `${service}/main` })),
      { in: "build/warm.ts", out: "warm" },
    ],
    outdir: folder,
    sourcemap: "linked",
    // A stack needs places and names; the sources are in the repository, and would be half of the image.
    sourcesContent: false,
    metafile: true,
  });
  // Without it Node reads each file once more to see what kind of module it is.
  writeFileSync(join(folder, "package.json"), '{"type":"module"}\n');
  bundleSchemas("schemas", join(folder, "schemas"));
  return metafile;
}
