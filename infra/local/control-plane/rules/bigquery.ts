/** What BigQuery refuses. */
import { datasetName, tableName } from "../apis/bigquery.ts";
import type { Call, Rule } from "../call.ts";
import { type Json, numberAt, recordsAt, textAt, textsAt } from "../json.ts";
import { isOutside, rule } from "./rule.ts";

const CHANGE_TABLE = ["bigquery.tables.patch", "bigquery.tables.update"];
const HOUR_MS = 3_600_000;
const CLUSTERING_MAX = 4;

const present = ({ world, params }: Call): Json => {
  const { projectId = "", datasetId = "", tableId = "" } = params;
  return world.state.resources.get(tableName(projectId, datasetId, tableId)) ?? {};
};

/** Columns, with those within records: `event.actor`. */
function columnsOf(fields: readonly Json[], parent = ""): ReadonlyMap<string, string> {
  return new Map(
    fields.flatMap((field) => {
      const name = `${parent}${textAt(field, "name").toLowerCase()}`;
      return [
        [name, textAt(field, "type").toUpperCase()] as const,
        ...columnsOf(recordsAt(field, "fields"), `${name}.`),
      ];
    }),
  );
}

/** A table of `project.dataset.table` that a query names and that is not there. */
function missingTable({ world }: Call, query: string): string | undefined {
  const names = [...query.matchAll(/`([^`.]+)\.([^`.]+)\.([^`.]+)`/g)];
  const missing = names.find(
    ([, project = "", dataset = "", table = ""]) =>
      !world.state.resources.has(tableName(project, dataset, table)),
  );
  return missing === undefined ? undefined : `${missing[1]}:${missing[2]}.${missing[3]}`;
}

export const BIGQUERY_RULES: readonly Rule[] = [
  rule({
    id: "dataset-not-empty",
    source: "https://cloud.google.com/bigquery/docs/reference/rest/v2/datasets/delete",
    methods: ["bigquery.datasets.delete"],
    code: "FAILED_PRECONDITION",
    reason: "resourceInUse",
    message: ({ world, params, query }) => {
      const { projectId = "", datasetId = "" } = params;
      const isFull = world.state.below(datasetName(projectId, datasetId)).length > 0;
      return isFull && query["deleteContents"] !== "true"
        ? `Dataset ${projectId}:${datasetId} is still in use`
        : undefined;
    },
  }),
  rule({
    id: "location-of-dataset-is-fixed",
    source: "https://cloud.google.com/bigquery/docs/locations#specify_locations",
    methods: ["bigquery.datasets.patch", "bigquery.datasets.update"],
    code: "INVALID_ARGUMENT",
    message: ({ world, params, body }) => {
      const { projectId = "", datasetId = "" } = params;
      const dataset = world.state.resources.get(datasetName(projectId, datasetId));
      const location = textAt(body, "location");
      return location !== "" && location !== textAt(dataset, "location")
        ? "The location of a dataset cannot be changed"
        : undefined;
    },
  }),
  rule({
    id: "default-table-expiration",
    source:
      "https://cloud.google.com/bigquery/docs/reference/rest/v2/datasets#Dataset.FIELDS.default_table_expiration_ms",
    methods: ["bigquery.datasets.insert", "bigquery.datasets.patch", "bigquery.datasets.update"],
    code: "INVALID_ARGUMENT",
    message: ({ body }) => {
      const lifeMs = numberAt(body, "defaultTableExpirationMs");
      return lifeMs !== 0 && isOutside(lifeMs, HOUR_MS, Number.POSITIVE_INFINITY)
        ? "The minimum default table expiration is one hour"
        : undefined;
    },
  }),
  rule({
    id: "view-of-missing-table",
    source: "https://cloud.google.com/bigquery/docs/views#view_limitations",
    methods: ["bigquery.tables.insert", ...CHANGE_TABLE],
    code: "NOT_FOUND",
    message: (call) => {
      const missing = missingTable(call, textAt(call.body, "view.query"));
      return missing === undefined ? undefined : `Not found: Table ${missing}`;
    },
  }),
  rule({
    id: "columns-stay",
    source: "https://cloud.google.com/bigquery/docs/managing-table-schemas",
    methods: CHANGE_TABLE,
    code: "INVALID_ARGUMENT",
    message: (call) => {
      if (call.body["schema"] === undefined || call.body["view"] !== undefined) return undefined;
      const next = columnsOf(recordsAt(call.body, "schema.fields"));
      const before = columnsOf(recordsAt(present(call), "schema.fields"));
      const gone = [...before.keys()].find((name) => !next.has(name));
      return gone === undefined
        ? undefined
        : `Provided Schema does not match Table. Field ${gone} is missing in new schema`;
    },
  }),
  rule({
    id: "partition-and-clustering-columns",
    source: "https://cloud.google.com/bigquery/docs/reference/rest/v2/tables#TimePartitioning",
    methods: ["bigquery.tables.insert"],
    code: "INVALID_ARGUMENT",
    message: ({ body }) => {
      const columns = columnsOf(recordsAt(body, "schema.fields"));
      const field = textAt(body, "timePartitioning.field").toLowerCase();
      if (field !== "" && !["TIMESTAMP", "DATE", "DATETIME"].includes(columns.get(field) ?? ""))
        return `The field specified for partitioning cannot be used: ${field}`;
      const clustering = textsAt(body, "clustering.fields");
      if (clustering.length > CLUSTERING_MAX)
        return `At most ${CLUSTERING_MAX} clustering columns are allowed`;
      const missing = clustering.find((name) => !columns.has(name.toLowerCase()));
      return missing === undefined
        ? undefined
        : `The field specified for clustering cannot be found: ${missing}`;
    },
  }),
];
