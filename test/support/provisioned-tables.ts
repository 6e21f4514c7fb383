/**
 * A local BigQuery's state folder with every table and view, made once in a test run: to make the 130 of them is half of
 * what a pipeline's start costs, and few tests are about that.
 */
import { cpSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { startPipeline } from "#infra/local/up/pipeline.ts";
import { freePorts } from "./free-ports.ts";

/** The folder of this run (test-run.ts); without it, as in a benchmark, every pipeline makes its own tables. */
const RUN = process.env["PULLHOUSE_TEST_RUN"];
const SCHEMAS_OR_PLACE = ["SCHEMAS_FOLDER", "BIGQUERY_DATASET", "BIGQUERY_EMULATOR_HOST"];

/**
 * Puts the state under a pipeline's home before it starts. Nobody waits: the first pipeline of a run makes its own tables, since
 * it may be the only one, the second makes them for all, and who starts meanwhile does as the first.
 */
export async function copyProvisionedTables(home: string, env: NodeJS.ProcessEnv): Promise<void> {
  if (RUN === undefined || SCHEMAS_OR_PLACE.some((name) => env[name] !== undefined)) return;
  const ready = join(RUN, "bigquery");
  if (!existsSync(ready)) {
    if (isFirst(join(RUN, "first")) || !isFirst(join(RUN, "second"))) return;
    await provision(RUN, ready);
  }
  cpSync(ready, join(home, "bigquery"), { recursive: true });
}

/** Of all processes of the run, one gets `true` for a name. */
function isFirst(folder: string): boolean {
  try {
    mkdirSync(folder);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    return false;
  }
}

async function provision(run: string, ready: string): Promise<void> {
  const home = mkdtempSync(join(run, "home-"));
  try {
    const env = { ...process.env, ...(await freePorts()), PULLHOUSE_HOME: home };
    const pipeline = await startPipeline({ env, notice: () => {} });
    await pipeline.stop();
    renameSync(join(home, "bigquery"), ready);
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}
