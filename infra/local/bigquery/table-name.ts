/** Names of datasets and tables: what they may be, how they are written. */
import { invalid, unsupported } from "./errors.ts";
import { RESERVED_DATASETS, RESULTS_SCHEMA, type TableName } from "./store/open.ts";

const NAME_BYTES_MAX = 1024;

/** TableReference. Every project is the one local project. @throws BigQueryError `invalid` */
export function readTableName(reference: unknown): TableName {
  const { datasetId, tableId } = (reference ?? {}) as { datasetId?: unknown; tableId?: unknown };
  if (typeof datasetId !== "string" || typeof tableId !== "string") {
    throw invalid("A table reference needs datasetId and tableId");
  }
  if (tableId.includes("$")) throw unsupported(`The partition decorator of ${tableId}`);
  return { dataset: datasetId, table: tableId };
}

/** https://cloud.google.com/bigquery/docs/datasets#dataset-naming */
export function checkDatasetName(dataset: string): void {
  if (!/^\w+$/.test(dataset) || dataset.length > NAME_BYTES_MAX) {
    throw invalid(
      `Invalid dataset ID "${dataset}". Dataset IDs must be alphanumeric (plus underscores) and must be at most 1024 characters long.`,
    );
  }
  const lower = dataset.toLowerCase();
  if (RESERVED_DATASETS.has(lower) || lower.startsWith("__") || lower === RESULTS_SCHEMA) {
    throw unsupported(`A dataset with the name ${dataset}`);
  }
}

/** https://cloud.google.com/bigquery/docs/tables#table_naming: letters, marks, numbers, connectors, dashes, spaces. */
export function checkTableName(table: string): void {
  if (!/^[\p{L}\p{M}\p{N}\p{Pc}\p{Pd}\p{Zs}]+$/u.test(table) || Buffer.byteLength(table) > NAME_BYTES_MAX) {
    throw invalid(
      `Invalid table ID "${table}". Table IDs must be alphanumeric (plus underscores) and must be at most 1024 characters long.`,
    );
  }
}

/** `project:dataset.table`, as errors and ids have it. */
export function fullName(project: string, { dataset, table }: TableName): string {
  return `${project}:${dataset}.${table}`;
}

export function tableKey({ dataset, table }: TableName): string {
  return `table ${dataset}.${table}`.toLowerCase();
}

/** Whoever creates, alters or drops holds this lock; taken after a table's own. */
export const CATALOG_KEY = "catalog";
