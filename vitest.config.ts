import { join } from "node:path";
import { defineConfig } from "vitest/config";

/** One runner for all tests. Three files at a time: the integration tests start real processes, and often wait for them. */
export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Patience, not a limit: a busy machine must not decide whether a test passes.
    expect: { poll: { timeout: 30_000 } },
    maxWorkers: 3,
    reporters: ["default", "./test/support/plain-reporter.ts"],
    env: {
      METADATA_SERVER_DETECTION: "none",
      // Many tests start processes, and half of a start is reading TypeScript.
      NODE_COMPILE_CACHE: join(import.meta.dirname, "node_modules/.cache/compile"),
    },
  },
});
