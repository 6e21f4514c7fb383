/** https://cloud.google.com/bigquery/docs/reference/rest/v2/jobs: query and getQueryResults. */
import type { Context as Call, Hono } from "hono";
import type { Context } from "../context.ts";
import { BigQueryError, invalid, type Reason } from "../errors.ts";
import { errorOf, type Jobs } from "../jobs.ts";
import { type JobRow, resultTable } from "../store/jobs.ts";
import type { Resource } from "../store/open.ts";
import { readPage, type WireOptions } from "../wire-rows.ts";
import { withType, workOf } from "./jobs.ts";
import { isTrue, type PageRequest, pageToken, readBody, readPageRequest } from "./requests.ts";

/** The API's own default, and what one call may wait at most. */
const TIMEOUT_DEFAULT_MS = 10_000;
const TIMEOUT_MAX_MS = 200_000;

/** Fields of a QueryRequest that are a query's, not the answer's. */
const QUERY_FIELDS = [
  "query",
  "useLegacySql",
  "defaultDataset",
  "queryParameters",
  "parameterMode",
  "useQueryCache",
];

export function queryRoutes(app: Hono, context: Context, jobs: Jobs): void {
  app.post("/projects/:project/queries", async (call) => {
    const { project } = call.req.param();
    const body = await readBody(call);
    if (body["dryRun"] === true) throw invalid("Dry runs go through jobs.insert in the local BigQuery");
    const row = await begin(project, body);
    const ended = await jobs.wait(project, row.id, timeoutOf(body["timeoutMs"]));
    const maxResults = body["maxResults"] == null ? undefined : Number(body["maxResults"]);
    const format = (body["formatOptions"] ?? {}) as { useInt64Timestamp?: boolean };
    const options = { int64Timestamps: format.useInt64Timestamp === true };
    return call.json({
      ...(await answer(ended, { start: 0, maxResults }, options)),
      kind: "bigquery#queryResponse",
    });
  });

  app.get("/projects/:project/queries/:id", async (call) => {
    const { project, id } = call.req.param();
    const row = await jobs.wait(project, id, timeoutOf(call.req.query("timeoutMs")));
    return call.json(await answer(row, readPageRequest(call), formatOf(call)));
  });

  /** A repeated request with the same `requestId` gets the job of the first. */
  async function begin(project: string, body: Resource): Promise<JobRow> {
    const query = Object.fromEntries(
      QUERY_FIELDS.filter((key) => key in body).map((key) => [key, body[key]]),
    );
    const configuration = withType({ query, ...(body["labels"] == null ? {} : { labels: body["labels"] }) });
    const requestId = body["requestId"];
    const jobId =
      typeof requestId === "string" && /^[\w-]{1,36}$/.test(requestId) ? `request_${requestId}` : undefined;
    const location = body["location"] as string | undefined;
    try {
      return await jobs.start({ project, jobId, location, configuration }, workOf(configuration, context));
    } catch (error) {
      if (jobId === undefined || !(error instanceof BigQueryError) || error.reason !== "duplicate")
        throw error;
      return jobs.get(project, jobId);
    }
  }

  /** @throws BigQueryError the job's own, when it failed */
  async function answer(row: JobRow, page: PageRequest, options: WireOptions): Promise<Resource> {
    const failure = errorOf(row);
    if (failure) throw new BigQueryError(failure.reason as Reason, failure.message, failure.location);
    const { jobReference } = row.resource;
    const head = { kind: "bigquery#getQueryResultsResponse", jobReference };
    if (row.state !== "DONE") return { ...head, jobComplete: false };
    const statistics = row.resource["statistics"] as { totalBytesProcessed?: string; query?: Resource };
    if (statistics.query === undefined)
      throw invalid("Cannot return the results of a job that is not a query");
    const { numDmlAffectedRows, dmlStats } = statistics.query;
    const done = {
      ...head,
      jobComplete: true,
      cacheHit: false,
      totalBytesProcessed: statistics.totalBytesProcessed ?? "0",
      ...(numDmlAffectedRows === undefined ? {} : { numDmlAffectedRows, dmlStats }),
    };
    const fields = row.resultSchema;
    if (fields === undefined) {
      if (statistics.query["statementType"] !== "SELECT") return { ...done, totalRows: "0" };
      throw new BigQueryError("notFound", `The results of job ${row.id} have expired`);
    }
    return context.database.session(async (session) => {
      const source = resultTable(row.id);
      const [counted] = await session.rows(`SELECT count(*) AS n FROM ${source}`);
      const total = Number(counted?.["n"]);
      const { rows, next } = await readPage(session, source, fields, { ...page, total }, options);
      return {
        ...done,
        schema: { fields },
        totalRows: String(total),
        ...(rows.length === 0 ? {} : { rows }),
        ...(next === undefined ? {} : { pageToken: pageToken(next) }),
      };
    });
  }
}

function timeoutOf(given: unknown): number {
  const timeout = given == null || given === "" ? TIMEOUT_DEFAULT_MS : Number(given);
  if (!Number.isFinite(timeout) || timeout < 0)
    throw invalid(`Invalid value for timeoutMs: ${String(given)}`);
  return Math.min(timeout, TIMEOUT_MAX_MS);
}

export function formatOf(call: Call): WireOptions {
  return {
    int64Timestamps:
      isTrue(call, "formatOptions.useInt64Timestamp") ||
      call.req.query("formatOptions.timestampOutputFormat") === "INT64",
  };
}
