/** The REST API: routes, with and without `/bigquery/v2`, and errors in BigQuery's form. */
import { Hono } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { faultText } from "../fault-text.ts";
import type { Context } from "./context.ts";
import { toBigQueryError } from "./duckdb-error.ts";
import { BigQueryError, errorBody } from "./errors.ts";
import type { Jobs } from "./jobs.ts";
import { datasetRoutes } from "./routes/datasets.ts";
import { jobRoutes } from "./routes/jobs.ts";
import { queryRoutes } from "./routes/queries.ts";
import { tabledataRoutes } from "./routes/tabledata.ts";
import { tableRoutes } from "./routes/tables.ts";
import { uploadRoutes } from "./routes/uploads.ts";

/** The reasons that a job may have and that are no HTTP error: an answer about it is one nevertheless. */
const STATUS_MIN = 400;

export function createApp(context: Context, jobs: Jobs): Hono {
  const api = new Hono();
  datasetRoutes(api, context);
  tableRoutes(api, context);
  tabledataRoutes(api, context);
  jobRoutes(api, context, jobs);
  queryRoutes(api, context, jobs);

  const app = new Hono();
  uploadRoutes(app, context, jobs);
  app.route("/bigquery/v2", api);
  app.route("/", api);
  app.notFound((call) => {
    const message = `${call.req.method} ${call.req.path} is not a method of the local BigQuery`;
    return call.json(errorBody(new BigQueryError("notFound", message), 404), 404);
  });
  app.onError((error, call) => {
    const known = toBigQueryError(error, call.req.param("project") ?? "");
    const status = Math.max(known.status, STATUS_MIN) as ContentfulStatusCode;
    if (status >= 500) console.error(`bigquery: ${call.req.method} ${call.req.path}: ${faultText(error)}`);
    return call.json(errorBody(known, status), status);
  });
  return app;
}
