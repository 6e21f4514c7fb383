/** Tables and views of a BigQuery dataset, created where they are missing and brought up to date where not. */
import type { Dataset, TableMetadata } from "@google-cloud/bigquery";
import type { Clock } from "../clock.ts";
import type { TableSpec } from "../ports.ts";
import type { Column } from "../schema/column.ts";
import { addedColumns } from "../schema/evolve.ts";
import type { View } from "../schema/views.ts";

const NOT_FOUND = 404;
const CONFLICT = 409;

/**
 * Creates the table, or adds the columns that it lacks.
 * @returns the columns that it now has, in its own order
 */
export async function ensureTable(
  dataset: Dataset,
  spec: TableSpec,
  clock: Clock,
): Promise<readonly Column[]> {
  const present = await metadataOf(dataset, spec.name);
  if (present === undefined) {
    const created = await createTable(dataset, spec, clock);
    // What somebody else created meanwhile may lack columns, or have more.
    return created ? spec.columns : ensureTable(dataset, spec, clock);
  }
  const columns = present.schema?.fields ?? [];
  const grown = addedColumns(columns, spec.columns);
  if (grown === undefined) return columns;
  // With the etag, BigQuery refuses the slower of two that grow the table at once.
  await dataset.table(spec.name).setMetadata({
    etag: present.etag,
    schema: { fields: grown },
  } as TableMetadata);
  return grown;
}

/** @returns false when the table is there, which is then left as it is */
export async function createTable(dataset: Dataset, spec: TableSpec, clock: Clock): Promise<boolean> {
  return unlessThere(
    dataset.createTable(spec.name, {
      schema: { fields: spec.columns as object[] },
      ...(spec.description === undefined ? {} : { description: spec.description }),
      ...(spec.partitionColumn === undefined
        ? {}
        : { timePartitioning: { type: "DAY", field: spec.partitionColumn } }),
      ...(spec.clustering === undefined ? {} : { clustering: { fields: [...spec.clustering] } }),
      ...(spec.expiresInMs === undefined ? {} : { expirationTime: String(clock.now() + spec.expiresInMs) }),
    } as TableMetadata),
  );
}

/**
 * Creates the view, or replaces its query and descriptions where they differ. BigQuery takes no schema when it
 * creates a view; descriptions of columns are set on what it made of the query
 * (https://cloud.google.com/bigquery/docs/managing-views).
 * @param qualified `project.dataset`, for the query
 */
export async function ensureView(dataset: Dataset, view: View, qualified: string): Promise<void> {
  const query = view.query(qualified);
  const wanted = { description: view.description, view: { query, useLegacySql: false } };
  const before = await metadataOf(dataset, view.name);
  const isNew = before === undefined;
  const differs = isNew || before.view?.query !== query || before.description !== view.description;
  if (isNew) await unlessThere(dataset.createTable(view.name, wanted));
  else if (differs) await dataset.table(view.name).setMetadata(wanted);

  const made = differs ? await metadataOf(dataset, view.name) : before;
  const fields = made?.schema?.fields ?? [];
  const described = fields.map((field) => {
    const description = view.columns.find(({ name }) => name === field.name)?.text;
    return description === undefined ? field : { ...field, description };
  });
  if (fields.every((field, index) => field.description === described[index]?.description)) return;
  await dataset.table(view.name).setMetadata({ schema: { fields: described } } as TableMetadata);
}

interface Metadata {
  readonly etag?: string;
  readonly description?: string;
  readonly schema?: { readonly fields?: readonly Column[] };
  readonly view?: { readonly query?: string };
}

/** `undefined` when there is no such table. */
async function metadataOf(dataset: Dataset, name: string): Promise<Metadata | undefined> {
  try {
    const [metadata] = await dataset.table(name).getMetadata();
    return metadata as Metadata;
  } catch (error) {
    if ((error as { code?: unknown }).code !== NOT_FOUND) throw error;
    return undefined;
  }
}

/** Somebody else may have created it in the meantime: then false. */
async function unlessThere(creating: Promise<unknown>): Promise<boolean> {
  try {
    await creating;
    return true;
  } catch (error) {
    if ((error as { code?: unknown }).code !== CONFLICT) throw error;
    return false;
  }
}
