/** BigQuery: the dataset, a table for each schema file, the views over them; and the dataset of the staging tables. */
import { BigqueryDataset } from "@cdktf/provider-google/lib/bigquery-dataset/index.js";
import { BigqueryDatasetIamMember } from "@cdktf/provider-google/lib/bigquery-dataset-iam-member/index.js";
import { BigqueryTable } from "@cdktf/provider-google/lib/bigquery-table/index.js";
import { ProjectIamCustomRole } from "@cdktf/provider-google/lib/project-iam-custom-role/index.js";
import { ProjectIamMember } from "@cdktf/provider-google/lib/project-iam-member/index.js";
import { type Registry } from "../../services/shared/schema/registry.ts";
import { tableSpec } from "../../services/shared/schema/table-spec.ts";
import type { View } from "../../services/shared/schema/views.ts";
import { STAGING_LIFE_MS, stagingDatasetOf } from "../../services/shared/staging-dataset.ts";
import { type Context, type Grants, member } from "./context.ts";

const DAY_MS = 86_400_000;

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
  // MERGE reads the rows that are there.
  "bigquery.tables.getData",
  // MERGE and INSERT write.
  "bigquery.tables.updateData",
] as const;

export interface WarehouseParts {
  readonly dataset: BigqueryDataset;
  readonly staging: BigqueryDataset;
  readonly tables: readonly BigqueryTable[];
  readonly views: readonly BigqueryTable[];
  readonly grants: Grants;
}

export function createWarehouse(
  context: Context,
  registry: Registry,
  views: readonly View[],
): WarehouseParts {
  const { stack, config, names, labels, apis } = context;
  const encryption =
    config.encryptionKey === undefined
      ? {}
      : { defaultEncryptionConfiguration: { kmsKeyName: config.encryptionKey } };
  const dataset = new BigqueryDataset(stack, "dataset", {
    datasetId: config.dataset,
    location: config.datasetLocation,
    description: "Events of container registries (Pullhouse)",
    labels,
    ...encryption,
    deleteContentsOnDestroy: !config.deletionProtection,
    dependsOn: apis,
  });
  const staging = new BigqueryDataset(stack, "staging", {
    datasetId: stagingDatasetOf(config.dataset),
    // A MERGE reads from one location only.
    location: config.datasetLocation,
    description: "Staging tables of loads under way (Pullhouse); the bucket has all that is in them",
    labels,
    ...encryption,
    defaultTableExpirationMs: STAGING_LIFE_MS,
    deleteContentsOnDestroy: true,
    dependsOn: apis,
  });
  const tables = createTables(context, registry, dataset);
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
    tables,
    views: createViews(context, views, dataset, tables),
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
      // Jobs belong to a project; there is no smaller place for this grant.
      new ProjectIamMember(stack, "jobs-loader", {
        project: config.project,
        role: "roles/bigquery.jobUser",
        member: member(context, "loader"),
      }),
    ],
  };
}

/** One table per schema file, and the books. The provider compares a schema as text, so it is what the file says. */
function createTables({ stack, config, labels }: Context, registry: Registry, dataset: BigqueryDataset) {
  const { rowsDeleteAfterDays } = config.retention;
  const specs = [...[...registry.tables.values()].map(tableSpec), registry.loads];
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
                ...(rowsDeleteAfterDays === null ? {} : { expirationMs: rowsDeleteAfterDays * DAY_MS }),
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
