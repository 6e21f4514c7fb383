/** Takes the term out of the rows of a table: they are read, changed here, staged, and merged back. */
import { gzipSync } from "node:zlib";
import { PipelineError } from "#services/shared/errors.ts";
import type { Column } from "#services/shared/schema/column.ts";
import type { Workshop } from "../archive/workshop.ts";
import { countMatches, keyColumn, type Match, updateRows } from "./statements.ts";
import { rangeOf, rowsWith, type TextTable } from "./tables.ts";
import type { Term } from "./term.ts";

/** Of one object, before it is packed. */
const OBJECT_BYTES = 16 * 2 ** 20;

export type Redacted =
  | { readonly outcome: "changed"; readonly rows: number }
  | { readonly outcome: "stays"; readonly reason: string };

/**
 * Every step may be repeated: a row that was changed is not found again.
 * @throws PipelineError WAREHOUSE_UNAVAILABLE, WAREHOUSE_REFUSED, STORE_UNAVAILABLE
 */
export async function redactRows(term: Term, table: TextTable, workshop: Workshop): Promise<Redacted> {
  const { warehouse, newId, store } = workshop;
  const { key } = table;
  if (key === undefined) return counted(term, table, workshop, NO_KEY);
  if (!table.isChangeable) return counted(term, table, workshop, SNAPSHOT);
  const id = newId().toLowerCase();
  const staging = `staging_forget_${id}`;
  const staged: StagedRows = { objects: [], rows: 0, minMs: Infinity, maxMs: -Infinity, untimed: 0 };
  try {
    await writeRows(term, table, `forget/${id}/`, staged, workshop);
    if (staged.rows === 0) return { outcome: "changed", rows: 0 };
    const columns = stagedColumns(key, table.columns);
    const load = await warehouse.load(`pullhouse-forget-load-${id}`, staging, staged.objects, columns);
    if (load.outcome !== "done") throw refused(`the load for ${table.name}`, load.reason);
    const range = rangeOf(table.hasTime, staged);
    const match: Match = { target: table.quoted, staging: warehouse.quotedStaging(staging), key, range };
    if ((await matchesOf(match, workshop)) !== staged.rows) return stays(staged.rows, AMBIGUOUS);
    const sql = updateRows(match, table.columns);
    return { outcome: "changed", rows: await update(table.name, id, sql, workshop) };
  } finally {
    for (const name of staged.objects) await store.remove(name);
    await warehouse.dropStaging(staging);
  }
}

const SNAPSHOT = "a snapshot cannot be changed, only dropped";
const NO_KEY = "it is no table of events, and nothing says which row is which: change it by SQL";
const AMBIGUOUS =
  "it has several rows of one event, or changed meanwhile: repeat the command, or change it by SQL";

const stays = (rows: number, reason: string): Redacted => ({
  outcome: "stays",
  reason: `${rows} rows: ${reason}`,
});

async function counted(term: Term, table: TextTable, workshop: Workshop, why: string): Promise<Redacted> {
  let rows = 0;
  for await (const _ of rowsWith(term, table, workshop)) rows += 1;
  return rows === 0 ? { outcome: "changed", rows } : stays(rows, why);
}

/** The staging table's: the key as it was, and the text without the term. */
export function stagedColumns(key: readonly string[], columns: readonly Column[]): readonly Column[] {
  // A key that holds no text is a time: the loads'.
  const typeOf = (name: string) => columns.find((column) => column.name === name)?.type ?? "TIMESTAMP";
  return [...key.map((name) => ({ name: keyColumn(name), type: typeOf(name) })), ...columns.map(nullable)];
}

interface StagedRows {
  readonly objects: string[];
  rows: number;
  minMs: number;
  maxMs: number;
  untimed: number;
}

/** As objects of some megabytes, so that a person with many rows does not fill the memory. */
async function writeRows(
  term: Term,
  table: TextTable,
  folder: string,
  staged: StagedRows,
  workshop: Workshop,
): Promise<void> {
  let lines: string[] = [];
  let bytes = 0;
  const flush = async () => {
    if (lines.length === 0) return;
    const name = `${folder}${staged.objects.length}.ndjson.gz`;
    staged.objects.push(name);
    await workshop.store.create(name, gzipSync(`${lines.join("\n")}\n`), { contentType: "application/gzip" });
    lines = [];
    bytes = 0;
  };
  for await (const { key, line, timeMs } of rowsWith(term, table, workshop)) {
    const names = table.key ?? [];
    const keys = names.map(
      (name, index) => `${JSON.stringify(keyColumn(name))}:${JSON.stringify(key[index])}`,
    );
    lines.push(`{${[...keys, line.slice(1, -1)].join(",")}}`);
    bytes += line.length;
    staged.rows += 1;
    if (timeMs === null) staged.untimed += 1;
    else {
      staged.minMs = Math.min(staged.minMs, timeMs);
      staged.maxMs = Math.max(staged.maxMs, timeMs);
    }
    if (bytes >= OBJECT_BYTES) await flush();
  }
  await flush();
}

function nullable({ name, type, mode, fields }: Column): Column {
  return {
    name,
    type,
    ...(mode === "REPEATED" ? { mode } : {}),
    ...(fields === undefined ? {} : { fields: fields.map(nullable) }),
  };
}

async function matchesOf(match: Match, { questioner }: Workshop): Promise<number> {
  const { rows } = await questioner.ask({ sql: countMatches(match) });
  for await (const row of rows) return Number(row["matched"]);
  return 0;
}

/** The loader's MERGE may be at work on the same partitions (https://cloud.google.com/bigquery/docs/data-manipulation-language#dml_statement_conflicts). */
const IN_CONFLICT = /concurrent update|serialize access/i;
const TRIES_MAX = 5;
const PAUSE_MS = 2_000;

async function update(
  table: string,
  id: string,
  sql: string,
  { warehouse, clock }: Workshop,
): Promise<number> {
  for (let attempt = 1; ; attempt++) {
    const result = await warehouse.execute(`pullhouse-forget-${id}-${attempt}`, sql);
    if (result.outcome === "done") return result.rows;
    if (attempt === TRIES_MAX || !IN_CONFLICT.test(result.reason))
      throw refused(`the update of ${table}`, result.reason);
    await clock.sleep(PAUSE_MS * attempt);
  }
}

const refused = (what: string, reason: string) =>
  new PipelineError("WAREHOUSE_REFUSED", "never", `${what} is refused: ${reason}`);
