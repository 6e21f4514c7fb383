/** Bundles each service for production: `dist/<service>/main.js` with the schemas beside it, for Node 24. */
import { cpSync, rmSync } from "node:fs";
import { build } from "esbuild";

const SERVICES = ["receiver", "batcher", "loader"];

rmSync("dist", { recursive: true, force: true });
await build({
  entryPoints: SERVICES.map((service) => ({ in: `services/${service}/main.ts`, out: `${service}/main` })),
  outdir: "dist",
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node24",
  minify: true,
  keepNames: true,
  sourcemap: "linked",
  legalComments: "linked",
  logLevel: "info",
  // Some dependencies are CommonJS and still call these.
  banner: {
    js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url); const __dirname = import.meta.dirname; const __filename = import.meta.filename;',
  },
});
cpSync("schemas", "dist/schemas", { recursive: true });
