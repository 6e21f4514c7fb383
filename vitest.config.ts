import { join } from "node:path";
import { defineConfig } from "vitest/config";
import { LongFirst } from "./test/support/long-first.ts";

/** One runner for all tests. Three files at a time: the integration tests start real processes, and often wait for them. */
export default defineConfig({
  test: {
    projects: [
      // Files share a process and its modules: to read those anew for each was an eighth of all the work.
      { extends: true, test: { name: "unit", include: ["test/unit/**/*.test.ts"], isolate: false } },
      {
        extends: true,
        test: {
          name: "integration",
          include: ["test/integration/**/*.test.ts"],
          isolate: false,
          globalSetup: ["./test/support/test-run.ts"],
        },
      },
      // It takes the compression out of the process that it runs in.
      { extends: true, test: { name: "simulation", include: ["test/simulation/**/*.test.ts"] } },
    ],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Patience, not a limit: a busy machine must not decide whether a test passes.
    expect: { poll: { timeout: 30_000 } },
    maxWorkers: 3,
    sequence: { sequencer: LongFirst },
    reporters: ["default", "./test/support/plain-reporter.ts"],
    env: {
      METADATA_SERVER_DETECTION: "none",
      // Tests have small tables.
      PULLHOUSE_BIGQUERY_THREADS: "1",
      // Many tests start processes, and half of a start is reading TypeScript.
      NODE_COMPILE_CACHE: join(import.meta.dirname, "node_modules/.cache/compile"),
    },
  },
});
