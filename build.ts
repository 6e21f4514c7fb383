/** Bundles each service for production: `dist/<service>/main.js` with the schemas beside it, for Node 24. */
import { cpSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { build, type Plugin } from "esbuild";

const SERVICES = ["receiver", "batcher", "loader", "nats-bridge"];

/**
 * The Cloud Tasks client reads JSON files beside its own modules by computed paths, which a bundler cannot follow;
 * written as `require` of a constant they become part of the bundle.
 */
const jsonOfTasksClient: Plugin = {
  name: "json-of-tasks-client",
  setup(build) {
    build.onLoad({ filter: /@google-cloud[\\/]tasks[\\/]build[\\/]esm[\\/].*\.js$/ }, ({ path }) => ({
      contents: readFileSync(path, "utf8").replaceAll(
        /getJSON\(path\.join\(dirname, ([^)]*)\)\)/g,
        (_call, parts: string) => {
          const segments = [...parts.matchAll(/'([^']*)'/g)].map(([, segment = ""]) => segment);
          return `require(${JSON.stringify(join(dirname(path), ...segments))})`;
        },
      ),
    }));
  },
};

/**
 * The clients send and read messages by the definitions in their protos.json. The classes that are generated of the
 * same definitions, 3.6 MB of code, serve their callers' types; no service uses them, and reading them took a third of
 * the time to the first answer. An import of one by its name would fail the build.
 */
const withoutGeneratedMessages: Plugin = {
  name: "without-generated-messages",
  setup(build) {
    build.onLoad(
      {
        filter:
          /(@google-cloud|google-gax)[\\/].*[\\/]protos[\\/](protos|iam_service|locations|operations)\.js$/,
      },
      () => ({ contents: "export {};" }),
    );
  },
};

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
  plugins: [jsonOfTasksClient, withoutGeneratedMessages],
  // Some dependencies are CommonJS and still call these.
  banner: {
    js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url); const __dirname = import.meta.dirname; const __filename = import.meta.filename;',
  },
});
cpSync("schemas", join(folder, "schemas"), { recursive: true });
