/** The statements of `pullhouse cost --from-deployment`, and what they read of Google's own tables. */
import {
  billedStatement,
  billingColumns,
  jobsStatement,
  loadsStatement,
} from "#services/cli/cost/deployment/statements.ts";
import type { Question } from "#services/shared/gcp/query.ts";
import type { ScalarKind, Column as TypedColumn } from "./values.ts";
import type { CatalogTable } from "./zetasql.ts";

const text = (name: string): TypedColumn => ({ name, type: { kind: "STRING" } });
const scalar = (kind: ScalarKind, ...names: string[]): TypedColumn[] =>
  names.map((name) => ({ name, type: { kind } }));
const record = (name: string, ...fields: TypedColumn[]): TypedColumn => ({
  name,
  type: { kind: "STRUCT", fields },
});
const list = (name: string, ...fields: TypedColumn[]): TypedColumn => ({
  name,
  type: { kind: "ARRAY", element: { kind: "STRUCT", fields } },
});

/** https://cloud.google.com/bigquery/docs/information-schema-jobs */
const JOBS: CatalogTable = {
  name: "jobs_view",
  columns: [
    ...["job_id", "state"].map(text),
    ...scalar("TIMESTAMP", "creation_time", "end_time"),
    ...scalar("INT64", "total_bytes_billed"),
    record("error_result", text("reason"), text("location"), text("message")),
    record("destination_table", text("project_id"), text("dataset_id"), text("table_id")),
    list("labels", text("key"), text("value")),
  ],
};

/** https://cloud.google.com/bigquery/docs/information-schema-columns */
const COLUMNS: CatalogTable = {
  name: "columns_view",
  columns: ["table_name", "column_name", "is_partitioning_column"].map(text),
};

/** https://cloud.google.com/billing/docs/how-to/export-data-bigquery-tables/standard-usage */
const BILLING: CatalogTable = {
  name: "billing_export",
  columns: [
    record("service", text("id"), text("description")),
    record("project", text("id"), text("number"), text("name")),
    list("labels", text("key"), text("value")),
    list("credits", text("name"), ...scalar("FLOAT64", "amount"), text("type")),
    ...scalar("TIMESTAMP", "usage_start_time", "export_time", "_PARTITIONTIME"),
    ...scalar("FLOAT64", "cost", "currency_conversion_rate"),
    text("cost_type"),
  ],
};

/** What `pullhouse cost --from-deployment` asks; views that are named in three parts get a name of one. */
export function costQuestions() {
  const period = { since: 0, until: 1 };
  const table = { dataset: "billing", table: "export" };
  const times = { stepMs: 10_000, windowMs: 40_000, idleMs: 900_000 };
  const under = (read: CatalogTable, { sql, parameters }: Question) => ({
    sql: sql.replace(/FROM `.*(?:INFORMATION_SCHEMA\.[A-Z]+|`export`)/, `FROM ${read.name}`),
    parameters,
    reads: [read],
  });
  return [
    { name: "loads", ...loadsStatement("", period, times), reads: [] },
    { name: "jobs", ...under(JOBS, jobsStatement("us-central1", ["a", "b"], period)) },
    { name: "columns", ...under(COLUMNS, billingColumns(table)) },
    ...[undefined, "_PARTITIONTIME", "export_time"].map((column) => ({
      name: `bill by ${column ?? "usage"}`,
      ...under(BILLING, billedStatement(table, "project", period, column)),
    })),
  ];
}
