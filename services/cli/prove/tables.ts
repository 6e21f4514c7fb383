/** What the proof has to know of the tables: which there are, and how long they keep their rows. */
import type { DatasetLook } from "#services/shared/gcp/look/dataset.ts";

const DAY_MS = 86_400_000;

export interface Tables {
  has(name: string): boolean;
  /**
   * From when on, by `ce_time`, the table still has all of its rows, in milliseconds since the epoch; `undefined`: it
   * keeps them for good. BigQuery removes a day when its start is longer ago than the partitions' expiration
   * (https://cloud.google.com/bigquery/docs/managing-partitioned-tables#partition-expiration).
   */
  keptSince(name: string): Promise<number | undefined>;
}

export async function openTables(look: DatasetLook, now: number): Promise<Tables> {
  const names = new Set(((await look.tables()) ?? []).map(({ name }) => name));
  const known = new Map<string, Promise<number | undefined>>();
  return {
    has: (name) => names.has(name),
    keptSince(name) {
      const asked =
        known.get(name) ?? look.table(name).then((table) => keptSince(table?.partitionLifeMs, now));
      known.set(name, asked);
      return asked;
    },
  };
}

function keptSince(lifeMs: number | undefined, now: number): number | undefined {
  if (lifeMs === undefined) return undefined;
  return (Math.floor((now - lifeMs) / DAY_MS) + 1) * DAY_MS;
}
