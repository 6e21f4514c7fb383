/** Tables whose rows BigQuery removes by itself. */
import type { TableSettings } from "#services/shared/gcp/look/dataset.ts";
import type { TableSpec } from "#services/shared/ports.ts";
import { OUTAGE_MAX_DAYS } from "#services/shared/retention.ts";
import type { Finding } from "./check.ts";

const DAY_MS = 86_400_000;

interface Looked {
  readonly spec: TableSpec;
  readonly table: TableSettings;
}

/** One line for each number of days, since a deployment has the same for all of its tables. */
export function expirationFindings(what: string, looked: readonly Looked[]): readonly Finding[] {
  const whole = looked.flatMap(({ spec: { name }, table: { expiresAt } }): readonly Finding[] => {
    if (expiresAt === undefined) return [];
    const found = `the whole table is deleted at ${new Date(expiresAt).toISOString()}`;
    const advice = `bq update --expiration=0 DATASET.${name}; \`pullhouse replay\` fills it again afterwards`;
    return [{ verdict: "broken", what: `table ${name}`, found, advice }];
  });
  const byDays = new Map<number, number>();
  for (const { table } of looked) {
    if (table.partitionLifeMs === undefined) continue;
    const days = table.partitionLifeMs / DAY_MS;
    byDays.set(days, (byDays.get(days) ?? 0) + 1);
  }
  return [...whole, ...[...byDays].map(([days, tables]) => rows(what, days, tables))];
}

function rows(what: string, days: number, tables: number): Finding {
  const found = `rows of ${tables} tables are deleted ${days} days after their ce_time, late and imported ones as they come`;
  if (days >= OUTAGE_MAX_DAYS) return { verdict: "ok", what, found };
  return {
    verdict: "look",
    what,
    found: `${found}: an outage may last longer`,
    advice: `set retention.rowsDeleteAfterDays to ${OUTAGE_MAX_DAYS} or more (docs/operate/deploy.md)`,
  };
}
