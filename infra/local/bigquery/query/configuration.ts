/** JobConfigurationQuery and QueryRequest: what of them the local BigQuery runs. */
import { invalid, unsupported } from "../errors.ts";
import type { Resource } from "../store/open.ts";
import type { QueryParameter } from "./parameters.ts";

export interface QueryConfiguration {
  readonly sql: string;
  readonly defaultDataset: string | undefined;
  readonly parameters: readonly QueryParameter[];
}

const REFUSED = [
  "destinationTable",
  "tableDefinitions",
  "userDefinedFunctionResources",
  "scriptOptions",
  "continuous",
];

/** @throws BigQueryError `invalid` */
export function readQueryConfiguration(query: Resource): QueryConfiguration {
  const sql = query["query"];
  if (typeof sql !== "string" || sql.trim() === "") throw invalid("Required parameter is missing: query");
  // The API's default is legacy SQL (https://cloud.google.com/bigquery/docs/reference/rest/v2/Job#JobConfigurationQuery).
  if (query["useLegacySql"] !== false) throw unsupported("Legacy SQL; set useLegacySql to false: it");
  for (const option of REFUSED) {
    if (query[option] != null && query[option] !== false) throw unsupported(`The query option ${option}`);
  }
  const dataset = query["defaultDataset"] as { datasetId?: string } | undefined;
  return {
    sql,
    defaultDataset: dataset?.datasetId,
    parameters: (query["queryParameters"] ?? []) as readonly QueryParameter[],
  };
}
