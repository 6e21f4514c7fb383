/** Bundles each service for production: `dist/<service>/main.js` with the schemas beside it, for Node 24. */
import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { leanClients } from "./build/lean-clients.ts";

const SERVICES = ["receiver", "batcher", "loader", "nats-bridge"];

/** `node build.ts FOLDER` writes elsewhere, for tests that run side by side. */
const folder = process.argv[2] ?? "dist";

rmSync(folder, { recursive: true, force: true });
await build({
  entryPoints: SERVICES.map((service) => ({ in: `services/${service}/main.ts`, out: `${service}/main` })),
  outdir: folder,
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node24",
  minify: true,
  keepNames: true,
  sourcemap: "linked",
  legalComments: "linked",
  logLevel: "warning",
  plugins: [...leanClients],
  // Some dependencies are CommonJS and still call these.
  banner: {
    js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url); const __dirname = import.meta.dirname; const __filename = import.meta.filename;',
  },
});
cpSync("schemas", join(folder, "schemas"), { recursive: true });
