/** Assumptions of the loader about BigQuery. */
import { warehousePlace } from "#services/cli/place.ts";
import { inlineSource, ROWS } from "#services/loader/inline-rows.ts";
import { mergeStatement, NOT_WHOLE } from "#services/loader/merge.ts";
import { reasonOf } from "#services/shared/errors.ts";
import { createQuestioner, type Questioner } from "#services/shared/gcp/query.ts";
import { quotedIn } from "#services/shared/quoted.ts";
import { UNREGISTERED } from "#services/shared/schema/check-files.ts";
import { keyOf, SENDER_KEY } from "#services/shared/schema/key.ts";
import { type ApiAnswer, messageOf } from "../api.ts";
import { type Assumption, type Evidence, failed, held, heldIf } from "../assumption.ts";
import type { Deployment } from "../deployment.ts";
import { isDone, isMergeJob, isStageJob, jobsSince } from "../jobs.ts";

const MIB = 2 ** 20;
/** BigQuery bills at least this for each table that a statement names, and rounds the sum up to this step. */
const BILLED_MIN = 10 * MIB;
const BILLED_STEP = MIB;
const product = "BigQuery";

function warehouseOf({ env }: Deployment): { readonly questioner: Questioner; readonly dataset: string } {
  const place = warehousePlace(env, {});
  return { questioner: createQuestioner(place), dataset: place.dataset };
}

/** One row of the table `loads`. */
interface Load {
  readonly table: string;
  readonly rows_staged: number;
  readonly rows_inserted: number;
  readonly load_jobs: readonly string[];
}

async function loadsOf(deployment: Deployment): Promise<readonly Load[]> {
  const { questioner, dataset } = warehouseOf(deployment);
  const sql = "SELECT `table`, rows_staged, rows_inserted, load_jobs FROM loads ORDER BY loaded_at";
  const { rows } = await questioner.ask({ sql, dataset });
  const loads: Load[] = [];
  for await (const row of rows) loads.push(row as unknown as Load);
  return loads;
}

const jobsOf = ({ deployment, observed }: Evidence) => jobsSince(deployment, observed.startedAt);

const loadJobsAreFree: Assumption = {
  id: "load-jobs-are-free",
  product,
  statement: "Load jobs of gzip NDJSON cost nothing.",
  source: "https://cloud.google.com/bigquery/pricing#data_ingestion_pricing",
  onlyGoogle: "the emulator bills nothing",
  async check(evidence) {
    const loads = (await jobsOf(evidence)).filter(isStageJob);
    const billed = loads.filter(({ statistics }) => Number(statistics?.query?.totalBytesBilled ?? 0) > 0);
    if (loads.length === 0) return failed("the project lists no load job of the loader");
    return heldIf(billed.length === 0, `${loads.length} load jobs, ${billed.length} with billed bytes`);
  },
};

const loadJobsCountRows: Assumption = {
  id: "load-jobs-count-rows",
  product,
  statement: "A load job's outputRows is the number of lines in its objects.",
  source: "https://cloud.google.com/bigquery/docs/reference/rest/v2/Job#JobStatistics3",
  async check(evidence) {
    const byId = new Map((await jobsOf(evidence)).filter(isDone).map((job) => [job.jobReference.jobId, job]));
    const loads = await loadsOf(evidence.deployment);
    const byJob = loads.filter(({ load_jobs: ids }) => ids.length > 0);
    const wrong = byJob.filter(({ rows_staged: staged, load_jobs: ids }) => {
      // The adapter numbers the tries of a job (services/shared/gcp/bigquery.ts).
      const rows = ids.map((id) => Number(byId.get(`${id}-a0`)?.statistics?.load?.outputRows ?? Number.NaN));
      return rows.reduce((sum, one) => sum + one, 0) !== staged;
    });
    if (loads.length === 0) return failed("the table loads is empty");
    const others = `${loads.length - byJob.length} had their rows in the MERGE's parameter`;
    return heldIf(
      wrong.length === 0,
      `${byJob.length} loads by a job, ${wrong.length} whose jobs counted other rows; ${others}`,
    );
  },
};

const mergeCountsRows: Assumption = {
  id: "merge-counts-rows",
  product,
  statement: "numDmlAffectedRows of an insert-only MERGE is the number of rows that it added.",
  source: "https://cloud.google.com/bigquery/docs/reference/rest/v2/Job#JobStatistics2",
  async check(evidence) {
    const merges = (await jobsOf(evidence)).filter((job) => isMergeJob(job) && isDone(job));
    const counted = merges.reduce(
      (sum, { statistics }) => sum + Number(statistics?.query?.numDmlAffectedRows ?? 0),
      0,
    );
    const { rows } = evidence.observed;
    if (rows === undefined) return failed("the rows were never counted");
    return heldIf(counted === rows, `${merges.length} MERGE jobs counted ${counted} rows, ${rows} are there`);
  },
};

const mergeBillsWhatItReads: Assumption = {
  id: "merge-bills-what-it-reads",
  product,
  statement:
    "A MERGE bills the bytes that it reads, 10 MB for each table in it at least; rows in its parameter are no table.",
  source: "https://cloud.google.com/bigquery/pricing#on_demand_pricing",
  onlyGoogle: "the emulator's bytes are an estimate",
  async check(evidence) {
    const merges = (await jobsOf(evidence)).filter((job) => isMergeJob(job) && isDone(job));
    const figures = merges.map(({ statistics }) => ({
      read: Number(statistics?.query?.totalBytesProcessed ?? 0),
      billed: Number(statistics?.query?.totalBytesBilled ?? 0),
    }));
    if (figures.length === 0) return failed("the project lists no MERGE of the loader");
    const dear = figures.filter(
      ({ read, billed }) => billed > Math.max(read, 2 * BILLED_MIN) + 2 * BILLED_STEP,
    );
    const most = figures.reduce((a, b) => (a.billed >= b.billed ? a : b));
    return heldIf(
      dear.length === 0,
      `${figures.length} MERGE jobs; the dearest read ${most.read} bytes and billed ${most.billed}`,
    );
  },
};

/** Bytes of a staged row and of a key in the table, with room (services/cli/cost/assumptions.ts). */
const STAGED_ROW_BYTES = 4_000;
const KEY_BYTES = 200;

const mergeReadsKeysOnly: Assumption = {
  id: "merge-reads-keys-only",
  product,
  statement:
    "Of the table, an insert-only MERGE reads ce_source, ce_id and ce_time of the partitions in range, and no other column.",
  source:
    "https://cloud.google.com/bigquery/docs/reference/standard-sql/dml-syntax#on-demand_query_size_calculation",
  onlyGoogle: "the emulator's bytes are an estimate",
  async check(evidence) {
    const loads = await loadsOf(evidence.deployment);
    const merges = (await jobsOf(evidence)).filter((job) => isMergeJob(job) && isDone(job));
    const staged = loads.reduce((sum, load) => sum + load.rows_staged, 0);
    const most = loads.reduce((sum, load) => sum + load.rows_inserted, 0);
    const read = merges.reduce(
      (sum, { statistics }) => sum + Number(statistics?.query?.totalBytesProcessed ?? 0),
      0,
    );
    const allowed = staged * STAGED_ROW_BYTES + merges.length * most * KEY_BYTES;
    return heldIf(
      read > 0 && read <= allowed,
      `${merges.length} MERGE jobs read ${read} bytes; keys and staged rows are ${allowed} at most`,
    );
  },
};

/** Of the guard's own staging table; no event has to be in it. */
const GUARD_COLUMNS = [...SENDER_KEY, "ce_time", "received_at", "data_digest"];

/** As large as the loader makes it (services/loader/inline-rows.ts). */
const PARAMETER_ROWS = 9_000;
const PARAMETER_ROW = JSON.stringify(["x".repeat(1_000)]);

const parameterOfRows: Assumption = {
  id: "parameter-of-rows",
  product,
  statement: "A statement takes rows as a parameter of 9 MB: lines of JSON that it splits and parses.",
  source: "https://cloud.google.com/bigquery/quotas#query_jobs",
  async check({ deployment }) {
    const { questioner } = warehouseOf(deployment);
    const columns = [{ name: "text", type: "STRING" as const }];
    const rows = Array.from({ length: PARAMETER_ROWS }, () => PARAMETER_ROW).join("\n");
    const sql = `SELECT COUNT(*) AS n, MAX(LENGTH(text)) AS longest FROM (${inlineSource(columns)})`;
    const parameters = { [ROWS]: { type: "STRING", value: rows } } as const;
    const { rows: answers } = await questioner.ask({ sql, parameters });
    let text = "";
    for await (const row of answers) text += JSON.stringify(row);
    return heldIf(text.includes(String(PARAMETER_ROWS)) && text.includes("1000"), text);
  },
};

const mergeGuard: Assumption = {
  id: "merge-guard",
  product,
  statement:
    "A MERGE whose source has a UNION ALL with ERROR() runs when the staging table is whole, and fails with that text when it isn't.",
  source: "https://cloud.google.com/bigquery/docs/reference/standard-sql/debugging_functions#error",
  async check({ deployment }) {
    const { questioner, dataset } = warehouseOf(deployment);
    const project = deployment.env["GOOGLE_CLOUD_PROJECT"] as string;
    const quoted = quotedIn(project, dataset);
    const staging = quotedIn(
      project,
      deployment.env["BIGQUERY_STAGING_DATASET"] as string,
    )("acceptance_guard");
    const merge = async (stagedRows: number) => {
      const times = { ranges: [], untimed: true };
      const columns = GUARD_COLUMNS.map((name) => ({ name, type: "STRING" as const }));
      const guard = { columns, key: keyOf(UNREGISTERED), times };
      const sql = mergeStatement({ target: quoted(UNREGISTERED), source: { staging, stagedRows }, ...guard });
      return questioner.ask({ sql }).then(
        () => undefined,
        (error: unknown) => reasonOf(error),
      );
    };
    await questioner.ask({
      sql: `CREATE OR REPLACE TABLE ${staging} AS SELECT ${GUARD_COLUMNS.join(", ")} FROM ${quoted(UNREGISTERED)} WHERE FALSE`,
    });
    try {
      const whole = await merge(0);
      if (whole !== undefined) return failed(`an empty table that is whole: ${whole}`);
      const short = await merge(1);
      if (short === undefined) return failed("a table that lacks a row was merged");
      return heldIf(short.includes(NOT_WHOLE), short);
    } finally {
      await questioner.ask({ sql: `DROP TABLE ${staging}` });
    }
  },
};

const jobIdRunsOnce: Assumption = {
  id: "job-id-runs-once",
  product,
  statement: "A job's id runs once in a project: the second jobs.insert answers 409.",
  source: "https://cloud.google.com/bigquery/docs/running-jobs#generate-jobid",
  async check({ deployment, clock }) {
    const id = `acceptance-once-${clock.now()}`;
    const first = await insertJob(deployment, "SELECT 1 AS one", { id });
    if (first.status !== 200) return failed(`the first answered ${first.status}: ${messageOf(first.body)}`);
    const second = await insertJob(deployment, "SELECT 2 AS two", { id });
    return heldIf(second.status === 409, `the second answered ${second.status}: ${messageOf(second.body)}`);
  },
};

const dryRunJudges: Assumption = {
  id: "dry-run-judges",
  product,
  statement: "A dry run refuses a statement that is wrong whatever the rows, with 400 and without a job.",
  source: "https://cloud.google.com/bigquery/docs/running-queries#dry-run",
  async check({ deployment }) {
    const wrong = await insertJob(deployment, "SELECT no_such_column FROM unregistered_events", {
      dryRun: true,
    });
    const right = await insertJob(deployment, "SELECT ce_id FROM unregistered_events", { dryRun: true });
    return heldIf(
      wrong.status === 400 && right.status === 200,
      `wrong: ${wrong.status} ${messageOf(wrong.body)}; right: ${right.status}`,
    );
  },
};

function insertJob(
  { api, env }: Deployment,
  query: string,
  { id, dryRun = false }: { readonly id?: string; readonly dryRun?: boolean },
): Promise<ApiAnswer> {
  const projectId = env["GOOGLE_CLOUD_PROJECT"] as string;
  const location = env["BIGQUERY_LOCATION"] as string;
  const defaultDataset = { projectId, datasetId: env["BIGQUERY_DATASET"] as string };
  return api.call("bigquery", {
    method: "POST",
    path: `/projects/${projectId}/jobs`,
    body: {
      configuration: { dryRun, query: { query, useLegacySql: false, defaultDataset } },
      jobReference: { projectId, location, ...(id === undefined ? {} : { jobId: id }) },
    },
  });
}

const refusedMerge: Assumption = {
  id: "refused-merge",
  product,
  statement:
    "A MERGE without bigquery.tables.updateData is refused as accessDenied, and the loader takes it for no fault of a row.",
  source: "https://cloud.google.com/bigquery/docs/error-messages",
  onlyGoogle: "the refusal is our own here",
  async check(evidence) {
    const { refusal } = evidence.observed;
    if (refusal === undefined) return failed("no MERGE was refused");
    const jobs = (await jobsOf(evidence)).filter((job) => isMergeJob(job) && !isDone(job));
    const place = jobs.length > 0 ? "as the error of a job" : "by jobs.insert";
    return heldIf(/access ?denied|permission/i.test(refusal.reason), `${place}: ${refusal.reason}`);
  },
};

const loaderRound: Assumption = {
  id: "loader-round",
  product,
  statement:
    "From a plan to the end of its MERGE it takes ten seconds on average at most (docs/operate/cost.md takes five for a MERGE and six for a load job).",
  source: "https://cloud.google.com/bigquery/docs/batch-loading-data",
  onlyGoogle: "the emulator's times are those of a laptop",
  async check({ deployment }) {
    const times = (await deployment.lines("loader")).flatMap(({ message, milliseconds }) =>
      message === "loaded" && milliseconds !== undefined ? [milliseconds] : [],
    );
    if (times.length === 0) return failed("the loader logged no load");
    const mean = times.reduce((sum, one) => sum + one, 0) / times.length / 1000;
    const text = `${times.length} loads, ${mean.toFixed(1)} s on average, ${(Math.max(...times) / 1000).toFixed(1)} s at most`;
    return mean <= 10 ? held(text) : failed(text);
  },
};

export const BIGQUERY: readonly Assumption[] = [
  loadJobsAreFree,
  loadJobsCountRows,
  mergeBillsWhatItReads,
  mergeReadsKeysOnly,
  mergeCountsRows,
  parameterOfRows,
  mergeGuard,
  refusedMerge,
  jobIdRunsOnce,
  dryRunJudges,
  loaderRound,
];
