/** Tables and views of a BigQuery dataset, created where they are missing and brought up to date where not. */
import type { Dataset, TableMetadata } from "@google-cloud/bigquery";
import type { Clock } from "../clock.ts";
import type { TableSpec } from "../ports.ts";
import type { Column } from "../schema/column.ts";
import { addedColumns } from "../schema/evolve.ts";
import type { View } from "../schema/views.ts";
import { statusOf, type TableResource, type TablesApi } from "./bigquery-api.ts";

const NOT_FOUND = 404;
const CONFLICT = 409;

/** BigQuery may answer that a table is missing and that it exists, one after the other, while it is being made. */
const LOOKS_MAX = 5;
const LOOK_PAUSE_MS = 1_000;

/**
 * Creates the table, or adds the columns that it lacks.
 * @returns the columns that it now has, in its own order
 * @throws what the API rejects with; Error when it contradicts itself for `LOOKS_MAX` looks
 */
export async function ensureTable(
  tables: TablesApi,
  spec: TableSpec,
  clock: Clock,
): Promise<readonly Column[]> {
  for (let look = 1; look <= LOOKS_MAX; look++) {
    const present = await unlessMissing(tables.get(spec.name));
    if (present !== undefined) return grow(tables, spec, present);
    if (await createTable(tables, spec)) return spec.columns;
    // What somebody else created meanwhile may lack columns, or have more.
    await clock.sleep(LOOK_PAUSE_MS);
  }
  throw new Error(`BigQuery says that ${spec.name} exists and that it does not, ${LOOKS_MAX} times`);
}

async function grow(
  tables: TablesApi,
  { name, columns: wanted }: TableSpec,
  { etag, schema }: TableResource,
): Promise<readonly Column[]> {
  const columns = schema?.fields ?? [];
  const grown = addedColumns(columns, wanted);
  if (grown === undefined) return columns;
  // With the etag, BigQuery refuses the slower of two that grow the table at once.
  await tables.patch(name, { etag, schema: { fields: grown } });
  return grown;
}

/** @returns false when the table is there, which is then left as it is */
export async function createTable(tables: TablesApi, spec: TableSpec): Promise<boolean> {
  return unlessThere(
    tables.create(spec.name, {
      schema: { fields: spec.columns },
      ...(spec.description === undefined ? {} : { description: spec.description }),
      ...(spec.partitionColumn === undefined
        ? {}
        : { timePartitioning: { type: "DAY", field: spec.partitionColumn } }),
      ...(spec.clustering === undefined ? {} : { clustering: { fields: [...spec.clustering] } }),
    }),
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
  const found = await unlessMissing(dataset.table(name).getMetadata());
  return found?.[0] as Metadata | undefined;
}

async function unlessMissing<T>(looking: Promise<T>): Promise<T | undefined> {
  try {
    return await looking;
  } catch (error) {
    if (statusOf(error) !== NOT_FOUND) throw error;
    return undefined;
  }
}

/** Somebody else may have created it in the meantime: then false. */
async function unlessThere(creating: Promise<unknown>): Promise<boolean> {
  try {
    await creating;
    return true;
  } catch (error) {
    if (statusOf(error) !== CONFLICT) throw error;
    return false;
  }
}
