/** A query before it runs: translated, and its tables found. */
import type { Session } from "../database.ts";
import type { TranslateContext } from "../sql/job.ts";
import { type Translated, translate } from "../sql/translate.ts";
import type { Resource } from "../store/open.ts";
import { fieldsOf, type TableRow } from "../store/tables.ts";
import { tableKey } from "../table-name.ts";
import { requireTable } from "../tables.ts";
import { estimateBytes } from "./bytes.ts";
import type { QueryConfiguration } from "./configuration.ts";
import { declare } from "./parameters.ts";

export interface Prepared extends Translated {
  readonly tables: readonly TableRow[];
  readonly bytes: number;
}

/** Statements whose target need not be there. */
const CREATES_OR_DROPS = new Set([
  "CREATE_TABLE",
  "CREATE_TABLE_AS_SELECT",
  "CREATE_VIEW",
  "DROP_TABLE",
  "DROP_VIEW",
]);

const ASSIGNS = new Set(["INSERT", "UPDATE", "MERGE"]);

const BILLED_MIN = 10 * 1024 * 1024;
const BILLED_STEP = 1024 * 1024;

/** @throws UnsupportedSqlError, BigQueryError `notFound` */
export async function prepareQuery(
  session: Session,
  project: string,
  { sql, defaultDataset, parameters }: QueryConfiguration,
): Promise<Prepared> {
  const jsonColumns = await session.rows(
    `SELECT DISTINCT column_name FROM __information_schema.columns
     WHERE data_type = 'JSON' AND contains($sql, table_name) ORDER BY column_name`,
    { sql },
  );
  const context = {
    defaultProject: project,
    ...(defaultDataset === undefined ? {} : { defaultDataset }),
    parameters: declare(parameters),
    jsonColumns: jsonColumns.map((row) => String(row["column_name"])),
  };
  const translated = await withTarget(session, project, sql, context, await translate(sql, context));
  const { target, statementType } = translated;
  const own = (name: { dataset: string; table: string }) =>
    name.dataset === target?.dataset && name.table === target.table;
  const tables = new Map<string, TableRow>();
  for (const name of translated.referenced) {
    if (own(name) && CREATES_OR_DROPS.has(statementType)) continue;
    for (const row of await tablesBehind(session, project, await requireTable(session, project, name)))
      tables.set(tableKey(row), row);
  }
  const rows = [...tables.values()];
  return { ...translated, tables: rows, bytes: await estimateBytes(session, rows) };
}

/** Only the translation knows which table a statement changes, and only that table how its STRUCTs are assigned. */
async function withTarget(
  session: Session,
  project: string,
  sql: string,
  context: TranslateContext,
  translated: Translated,
): Promise<Translated> {
  const { target, statementType } = translated;
  if (target === undefined || !ASSIGNS.has(statementType)) return translated;
  const targetColumns = fieldsOf(await requireTable(session, project, target));
  if (targetColumns.every(({ fields }) => fields === undefined)) return translated;
  return translate(sql, { ...context, targetColumns });
}

/** A view is read by reading its tables: those count, as BigQuery has it. */
async function tablesBehind(session: Session, project: string, row: TableRow): Promise<readonly TableRow[]> {
  const sql = (row.resource["view"] as { query?: string } | undefined)?.query;
  if (sql === undefined) return [row];
  return (await prepareQuery(session, project, { sql, defaultDataset: undefined, parameters: [] })).tables;
}

/** The statistics that every query job has (https://cloud.google.com/bigquery/docs/reference/rest/v2/Job#JobStatistics2). */
export function queryStatistics(project: string, prepared: Prepared, more: Resource = {}): Resource {
  const bytes = String(prepared.bytes);
  const billed =
    prepared.bytes === 0 ? 0 : Math.max(BILLED_MIN, Math.ceil(prepared.bytes / BILLED_STEP) * BILLED_STEP);
  return {
    totalBytesProcessed: bytes,
    query: {
      statementType: prepared.statementType,
      totalBytesProcessed: bytes,
      totalBytesBilled: String(billed),
      cacheHit: false,
      referencedTables: prepared.tables.map(({ dataset, table }) => ({
        projectId: project,
        datasetId: dataset,
        tableId: table,
      })),
      ...more,
    },
  };
}
