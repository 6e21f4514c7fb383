/** A folder for what the test files of one run share; it goes with the run. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export function setup(): void {
  process.env["PULLHOUSE_TEST_RUN"] = mkdtempSync(join(tmpdir(), "pullhouse-run-"));
}

export function teardown(): void {
  rmSync(process.env["PULLHOUSE_TEST_RUN"] as string, { recursive: true, force: true });
}
