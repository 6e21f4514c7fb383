/** BigQuery: the dataset, its tables, the views over them; and the dataset of the staging tables. */
import { BigqueryDataset } from "@cdktf/provider-google/lib/bigquery-dataset/index.js";
import { BigqueryDatasetIamMember } from "@cdktf/provider-google/lib/bigquery-dataset-iam-member/index.js";
import { BigqueryTable } from "@cdktf/provider-google/lib/bigquery-table/index.js";
import { ProjectIamCustomRole } from "@cdktf/provider-google/lib/project-iam-custom-role/index.js";
import { ProjectIamMember } from "@cdktf/provider-google/lib/project-iam-member/index.js";
import type { TableSpec } from "../../services/shared/ports.ts";
import type { View } from "../../services/shared/schema/views.ts";
import { STAGING_LIFE_MS, stagingDatasetOf } from "../../services/shared/staging-dataset.ts";
import { type Context, type Grants, member, protection } from "./context.ts";

export const DAY_MS = 86_400_000;

/**
 * Of the loader in the dataset of events. roles/bigquery.dataEditor could also drop and export tables, and make and drop
 * routines and models (https://cloud.google.com/iam/docs/roles-permissions/bigquery#bigquery.dataEditor).
 */
const LOADER_PERMISSIONS = [
  // tables.get, before each load.
  "bigquery.tables.get",
  // tables.insert, for a type that comes with a schema file of its own.
  "bigquery.tables.create",
  // tables.patch, for a new column (https://cloud.google.com/bigquery/docs/reference/rest/v2/tables/patch).
  "bigquery.tables.update",
  // MERGE reads the rows that are there; rollups read events, books and which days are counted. Views are read with the same
  // permission on them and on their tables (https://cloud.google.com/bigquery/docs/views-intro).
  "bigquery.tables.getData",
  // MERGE and INSERT write, and MERGE deletes the rows of a day that is counted again
  // (https://cloud.google.com/bigquery/docs/access-control, "bigquery.tables.updateData").
  "bigquery.tables.updateData",
] as const;

export interface WarehouseParts {
  readonly dataset: BigqueryDataset;
  readonly staging: BigqueryDataset;
  readonly tables: readonly BigqueryTable[];
  readonly views: readonly BigqueryTable[];
  readonly grants: Grants;
}

/** Makes tables and views; the module makes them otherwise. */
export type MakeTables = (
  context: Context,
  dataset: BigqueryDataset,
) => Pick<WarehouseParts, "tables" | "views">;

export function createWarehouse(context: Context, makeTables: MakeTables): WarehouseParts {
  const { stack, config, names, labels, apis, terms } = context;
  const dataset = new BigqueryDataset(stack, "dataset", {
    datasetId: config.dataset,
    location: config.datasetLocation,
    description: "Events of container registries (Pullhouse)",
    labels,
    deleteContentsOnDestroy: terms.not(config.deletionProtection),
    ...protection(config),
    dependsOn: apis,
  });
  const staging = new BigqueryDataset(stack, "staging", {
    datasetId: stagingDatasetOf(config.dataset),
    // A MERGE reads from one location only.
    location: config.datasetLocation,
    description: "Staging tables of loads under way (Pullhouse); the bucket has all that is in them",
    labels,
    defaultTableExpirationMs: STAGING_LIFE_MS,
    deleteContentsOnDestroy: true,
    dependsOn: apis,
  });
  const key = config.encryptionKey;
  for (const one of [dataset, staging])
    terms.block(one, "default_encryption_configuration", terms.isGiven(key), { kms_key_name: key });
  const loaderRole = new ProjectIamCustomRole(stack, "role-loader", {
    roleId: names.loaderRole,
    title: `${config.prefix} loader`,
    description: "What the loader does in the dataset of events",
    permissions: [...LOADER_PERMISSIONS],
    dependsOn: apis,
  });
  return {
    dataset,
    staging,
    ...makeTables(context, dataset),
    grants: [
      new BigqueryDatasetIamMember(stack, "dataset-loader", {
        datasetId: dataset.datasetId,
        role: loaderRole.name,
        member: member(context, "loader"),
      }),
      new BigqueryDatasetIamMember(stack, "staging-loader", {
        datasetId: staging.datasetId,
        role: "roles/bigquery.dataEditor",
        member: member(context, "loader"),
      }),
      // Jobs belong to a project; there is no smaller place for this grant. Whoever creates one may look at it
      // (https://cloud.google.com/bigquery/docs/jobs-overview), and owns the dataset that its rows are in
      // (https://cloud.google.com/bigquery/docs/cached-results#how_cached_results_are_stored).
      new ProjectIamMember(stack, "jobs-loader", {
        project: config.project,
        role: "roles/bigquery.jobUser",
        member: member(context, "loader"),
      }),
    ],
  };
}

/** A resource for each table and view. */
export function tablesOf(specs: readonly TableSpec[], views: readonly View[]): MakeTables {
  return (context, dataset) => {
    const tables = createTables(context, specs, dataset);
    return { tables, views: createViews(context, views, dataset, tables) };
  };
}

/** The provider compares a schema as text, so it is what the file says. */
function createTables(
  { stack, config, labels, terms }: Context,
  specs: readonly TableSpec[],
  dataset: BigqueryDataset,
) {
  const { rowsDeleteAfterDays: days } = config.retention;
  const expiration = terms.given("expirationMs", days === null ? null : terms.times(days, DAY_MS));
  return specs.map(
    ({ name, description, columns, partitionColumn, clustering }) =>
      new BigqueryTable(stack, `table-${name}`, {
        datasetId: dataset.datasetId,
        tableId: name,
        labels,
        ...(description === undefined ? {} : { description }),
        schema: JSON.stringify(columns),
        ...(partitionColumn === undefined
          ? {}
          : {
              timePartitioning: {
                type: "DAY",
                field: partitionColumn,
                ...expiration,
              },
            }),
        ...(clustering === undefined ? {} : { clustering: [...clustering] }),
        deletionProtection: config.deletionProtection,
      }),
  );
}

/** BigQuery looks at what a view reads when it creates it; the views come in an order in which that is there. */
function createViews(
  { stack, config, labels }: Context,
  views: readonly View[],
  dataset: BigqueryDataset,
  tables: readonly BigqueryTable[],
): readonly BigqueryTable[] {
  const made = new Map<string, BigqueryTable>(tables.map((table) => [table.tableIdInput ?? "", table]));
  return views.map((view) => {
    const table = new BigqueryTable(stack, `view-${view.name}`, {
      datasetId: dataset.datasetId,
      tableId: view.name,
      labels,
      description: view.description,
      view: { query: view.query(`${config.project}.${config.dataset}`), useLegacySql: false },
      // A view is made again from its file.
      deletionProtection: false,
      dependsOn: view.reads.flatMap((name) => made.get(name) ?? []),
    });
    made.set(view.name, table);
    return table;
  });
}
