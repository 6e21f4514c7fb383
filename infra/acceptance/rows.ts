/** Every row of a deployment, held against those that must be there. */
import { createQuestioner, type Place, type Question } from "#services/shared/gcp/query.ts";

export interface ExpectedRow {
  readonly table: string;
  /** `ce_id`. */
  readonly id: string;
  /** SHA-256 of the data in hex, where the body is the data. */
  readonly digest?: string;
}

export interface FoundRow {
  readonly table: string;
  readonly id: string;
  /** `sha256:<hex>` */
  readonly digest: string | null;
}

export interface Comparison {
  readonly rows: number;
  /** Expected and not there, there more than once, there and not expected, there with other data: `table id`. */
  readonly missing: readonly string[];
  readonly doubled: readonly string[];
  readonly unexpected: readonly string[];
  readonly changed: readonly string[];
}

export async function compareRows(
  expected: readonly ExpectedRow[],
  found: AsyncIterable<FoundRow>,
): Promise<Comparison> {
  const waiting = new Map(expected.map((row) => [keyOf(row), row]));
  const seen = new Set<string>();
  const [doubled, unexpected, changed]: [string[], string[], string[]] = [[], [], []];
  let rows = 0;
  for await (const row of found) {
    rows += 1;
    const key = keyOf(row);
    const wanted = waiting.get(key);
    if (wanted === undefined) unexpected.push(key);
    else if (seen.has(key)) doubled.push(key);
    else if (wanted.digest !== undefined && row.digest !== `sha256:${wanted.digest}`) changed.push(key);
    seen.add(key);
  }
  return { rows, missing: [...waiting.keys()].filter((key) => !seen.has(key)), doubled, unexpected, changed };
}

const keyOf = ({ table, id }: { readonly table: string; readonly id: string }) => `${table} ${id}`;

export function isExact({ missing, doubled, unexpected, changed }: Comparison): boolean {
  return missing.length + doubled.length + unexpected.length + changed.length === 0;
}

const SHOWN = 5;

export function comparisonText(comparison: Comparison): string {
  const parts = (["missing", "doubled", "unexpected", "changed"] as const).flatMap((what) => {
    const list = comparison[what];
    if (list.length === 0) return [];
    return [`${list.length} ${what}: ${list.slice(0, SHOWN).join(", ")}${list.length > SHOWN ? ", …" : ""}`];
  });
  return parts.length === 0
    ? `${comparison.rows} rows, each expected and each once`
    : `of ${comparison.rows} rows ${parts.join("; ")}`;
}

/** The event of a deployment's own smoke test (infra/gcp/deploy/smoke.ts). */
const SMOKE_TYPE = "dev.pullhouse.smoke.v1";

/** All rows of all tables with events. @param tables names in the dataset */
export async function* allRows(
  place: Place,
  dataset: string,
  tables: readonly string[],
): AsyncGenerator<FoundRow, void, void> {
  const each = tables.map(
    (table) =>
      `SELECT '${table}' AS name, ce_id, data_digest FROM \`${table}\` WHERE ce_type IS NULL OR ce_type != '${SMOKE_TYPE}'`,
  );
  const question: Question = { sql: each.join("\nUNION ALL\n"), dataset };
  const { rows } = await createQuestioner(place).ask(question);
  for await (const row of rows) {
    const { name, ce_id: id, data_digest: digest } = row as Record<string, string>;
    yield { table: String(name), id: String(id), digest: digest ?? null };
  }
}
