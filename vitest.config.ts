import { join } from "node:path";
import { defineConfig } from "vitest/config";
import { LongFirst } from "./test/support/long-first.ts";

/** One runner for all tests. Four files at a time: the integration tests start real processes, and often wait for them. */
export default defineConfig({
  test: {
    projects: [
      // What reads and changes no state of its process shares one, and its modules.
      { extends: true, test: { name: "unit", include: ["test/unit/**/*.test.ts"], isolate: false } },
      {
        extends: true,
        test: {
          name: "whole",
          include: ["test/{integration,simulation}/**/*.test.ts"],
          globalSetup: ["./test/support/test-run.ts"],
        },
      },
    ],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Patience, not a limit: a busy machine must not decide whether a test passes.
    expect: { poll: { timeout: 30_000 } },
    maxWorkers: 4,
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
