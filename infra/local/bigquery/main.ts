/** Runs the BigQuery stand-in as a process: `node infra/local/bigquery/main.ts`. */
import { runStandIn } from "../stand-in.ts";
import { startBigQuery } from "./start.ts";

await runStandIn("bigquery", startBigQuery, {
  portVariable: "PULLHOUSE_BIGQUERY_PORT",
  defaultPort: 9050,
  env: process.env,
});
