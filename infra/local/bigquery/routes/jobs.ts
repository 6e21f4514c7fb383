/** https://cloud.google.com/bigquery/docs/reference/rest/v2/jobs: insert, get, list, cancel, delete. */
import type { Hono } from "hono";
import type { Context } from "../context.ts";
import { toBigQueryError } from "../duckdb-error.ts";
import { invalid, notFound, unsupported } from "../errors.ts";
import type { Jobs, Work } from "../jobs.ts";
import { readLoadConfiguration } from "../load/configuration.ts";
import { runLoad } from "../load/run.ts";
import { readQueryConfiguration } from "../query/configuration.ts";
import { prepareQuery, queryStatistics } from "../query/prepare.ts";
import { describeQuery, runQuery } from "../query/run.ts";
import { findDataset } from "../store/datasets.ts";
import { type JobRow, listJobs } from "../store/jobs.ts";
import type { Resource } from "../store/open.ts";
import { readTableName } from "../table-name.ts";
import { etagOf, pageToken, readBody, readPageRequest } from "./requests.ts";

const LIST_DEFAULT = 50;

export function jobRoutes(app: Hono, context: Context, jobs: Jobs): void {
  const { database } = context;

  app.post("/projects/:project/jobs", async (call) => {
    const { project } = call.req.param();
    const body = await readBody(call);
    const configuration = (body["configuration"] ?? {}) as Resource;
    if (configuration["dryRun"] === true) return call.json(await dryRun(context, project, configuration));
    const work = workOf(configuration, context);
    await requireDestination(context, project, configuration);
    const { jobId, location } = (body["jobReference"] ?? {}) as { jobId?: string; location?: string };
    const spec = { project, jobId, location, configuration: withType(configuration) };
    return call.json(jobResource(await jobs.start(spec, work)));
  });

  app.get("/projects/:project/jobs", async (call) => {
    const { start, maxResults = LIST_DEFAULT } = readPageRequest(call);
    const rows = await database.session((session) => listJobs(session, maxResults + 1, start));
    const page = rows.slice(0, maxResults);
    return call.json({
      kind: "bigquery#jobList",
      etag: etagOf(page),
      ...(rows.length > maxResults ? { nextPageToken: pageToken(start + maxResults) } : {}),
      jobs: page.map((row) => ({ ...jobResource(row), state: row.state })),
    });
  });

  app.get("/projects/:project/jobs/:id", async (call) => {
    const { project, id } = call.req.param();
    return call.json(jobResource(await jobs.get(project, id)));
  });

  app.post("/projects/:project/jobs/:id/cancel", async (call) => {
    const { project, id } = call.req.param();
    await jobs.get(project, id);
    jobs.cancel(id);
    const row = await jobs.get(project, id);
    return call.json({ kind: "bigquery#jobCancelResponse", job: jobResource(row) });
  });

  app.delete("/projects/:project/jobs/:id/delete", async (call) => {
    const { project, id } = call.req.param();
    await jobs.remove(project, id);
    return call.body(null, 204);
  });
}

/**
 * A load job into a dataset that is not there does not begin
 * (https://github.com/hashicorp/terraform-provider-google/issues/10641, https://github.com/bruin-data/ingestr/pull/643).
 */
export async function requireDestination(
  { database }: Context,
  project: string,
  configuration: Resource,
): Promise<void> {
  const load = configuration["load"] as Resource | undefined;
  if (load === undefined) return;
  const { dataset } = readTableName(load["destinationTable"]);
  if (!(await database.session((session) => findDataset(session, dataset))))
    throw notFound(`Dataset ${project}:${dataset}`);
}

/** What a configuration asks for. @throws BigQueryError `invalid`, before there is a job */
export function workOf(configuration: Resource, context: Context): Work {
  const load = configuration["load"] as Resource | undefined;
  if (load) {
    const read = readLoadConfiguration(load);
    return (job) => runLoad(job, read, context);
  }
  const query = configuration["query"] as Resource | undefined;
  if (query) {
    const read = readQueryConfiguration(query);
    return (job) => runQuery(job, read, context);
  }
  for (const kind of ["extract", "copy"]) {
    if (configuration[kind] != null) throw unsupported(`A job of the kind ${kind}`);
  }
  throw invalid("Required parameter is missing: configuration.query or configuration.load");
}

export function withType(configuration: Resource): Resource {
  return { ...configuration, jobType: configuration["load"] == null ? "QUERY" : "LOAD" };
}

/** Validates without running: no job is created (https://cloud.google.com/bigquery/docs/running-queries#dry-run). */
async function dryRun({ database }: Context, project: string, configuration: Resource): Promise<Resource> {
  const query = configuration["query"] as Resource | undefined;
  if (!query) throw unsupported("A dry run of anything but a query");
  const read = readQueryConfiguration(query);
  try {
    return await database.session(async (session) => {
      const prepared = await prepareQuery(session, project, read);
      const fields = await describeQuery(session, read, prepared);
      const statistics = queryStatistics(project, prepared, { schema: { fields } });
      return {
        kind: "bigquery#job",
        jobReference: { projectId: project, location: "US" },
        configuration: withType(configuration),
        status: { state: "DONE" },
        statistics,
      };
    });
  } catch (error) {
    throw toBigQueryError(error, project);
  }
}

function jobResource({ resource }: JobRow): Resource {
  return { ...resource, etag: etagOf(resource) };
}
