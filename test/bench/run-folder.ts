/** One temporary folder for a whole run: what its benches leave there goes with it, however the run ends. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A process that was killed a moment ago may still write. */
const AGAIN = { maxRetries: 5, retryDelay: 100 } as const;

/** From now on, `tmpdir()` is the folder, for the processes that are started, too. */
export function openRunFolder(): void {
  const folder = mkdtempSync(join(tmpdir(), "pullhouse-bench-"));
  process.env["TMPDIR"] = folder;
  process.once("exit", () => rmSync(folder, { recursive: true, force: true, ...AGAIN }));
}
