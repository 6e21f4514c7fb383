/** The dataset of the staging tables: its name, and how long a table stays in it. */
import type { EnvReader } from "./config.ts";

/**
 * The dataset's default table expiration. A plan whose MERGE is refused keeps its staging table until the table is
 * mended: a day would not outlast a weekend. The storage of a week costs cents.
 */
export const STAGING_LIFE_MS = 7 * 24 * 3600 * 1000;

/** The default name, beside the dataset of the events. */
export function stagingDatasetOf(dataset: string): string {
  return `${dataset}_staging`;
}

export function readStagingDataset(reader: EnvReader, dataset: string): string {
  return reader.matching(
    "BIGQUERY_STAGING_DATASET",
    /^\w{1,1024}$/,
    "a dataset id (letters, digits, _)",
    stagingDatasetOf(dataset),
  );
}
