/**
 * Expiration of tables and partitions: the defaults that a new table takes from its dataset, and the rows that are gone
 * (https://cloud.google.com/bigquery/docs/reference/rest/v2/datasets,
 * https://cloud.google.com/bigquery/docs/managing-partitioned-tables#partition-expiration, read 2026-08-22).
 */
import type { Context } from "./context.ts";
import { quoted } from "./database.ts";
import { invalid } from "./errors.ts";
import { partitioningOf, type TimePartitioning } from "./partitions.ts";
import type { DatasetRow } from "./store/datasets.ts";
import type { Resource } from "./store/open.ts";
import { sqlName, type TableRow } from "./store/tables.ts";
import { tableKey } from "./table-name.ts";

const TABLE_EXPIRATION_MIN_MS = 3_600_000;
const DEFAULTS = { defaultTableExpirationMs: TABLE_EXPIRATION_MIN_MS, defaultPartitionExpirationMs: 1 };

/** A dataset's settings; a default of 0 is none. @throws BigQueryError `invalid` */
export function withDefaults(resource: Resource): Resource {
  const checked: Record<string, unknown> = { ...resource };
  for (const [name, least] of Object.entries(DEFAULTS)) {
    const ms = Number(checked[name] ?? 0);
    if (ms === 0) delete checked[name];
    else if (ms >= least) checked[name] = String(ms);
    else throw invalid(`Invalid value for ${name}: it must be at least ${least}`);
  }
  return checked;
}

/**
 * The settings and the expiration of a table that is created now. Where the dataset has a default for partitions, a
 * partitioned table takes that and does not expire itself; an explicit value comes first.
 */
export function inherited(
  dataset: DatasetRow,
  resource: Resource,
  nowMs: number,
): { readonly resource: Resource; readonly expiresMs: number | undefined } {
  const { defaultTableExpirationMs: tables, defaultPartitionExpirationMs: partitions } = dataset.resource;
  const given = resource["timePartitioning"] as TimePartitioning | undefined;
  const explicit = expiryOf(resource);
  if (given !== undefined && partitions !== undefined) {
    return {
      resource: {
        ...resource,
        timePartitioning: { ...given, expirationMs: given.expirationMs ?? partitions },
      },
      expiresMs: explicit,
    };
  }
  const byDefault = tables === undefined ? undefined : nowMs + Number(tables);
  return { resource, expiresMs: explicit ?? byDefault };
}

/** @returns milliseconds since 1970, undefined for a table that stays. @throws BigQueryError `invalid` */
export function expiryOf(resource: Resource): number | undefined {
  const given = resource["expirationTime"];
  if (given == null || given === "0") return undefined;
  const expires = Number(given);
  if (!Number.isFinite(expires)) throw invalid(`Invalid value for expirationTime: ${JSON.stringify(given)}`);
  return expires;
}

/**
 * Deletes the rows of expired partitions before the tables are read. A partition's time counts from its end; the
 * partition of rows without a time never expires. Rows written into an expired partition are accepted and vanish.
 */
export async function dropExpiredPartitions(
  { database, withLock, now }: Context,
  tables: readonly TableRow[],
): Promise<void> {
  for (const row of tables) {
    const partitioning = partitioningOf(row.resource);
    if (partitioning?.expirationMs === undefined) continue;
    const cut = `epoch_ms(${now() - partitioning.expirationMs})`;
    const expired = `FROM ${sqlName(row)} WHERE ${quoted(partitioning.field)} < date_trunc('${partitioning.unit}', ${cut})`;
    const found = await database.session((session) => session.rows(`SELECT 1 ${expired} LIMIT 1`));
    if (found.length === 0) continue;
    await withLock(tableKey(row), () => database.session((session) => session.run(`DELETE ${expired}`)));
  }
}
