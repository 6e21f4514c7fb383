/** Every table that can hold text: found by its schema, whoever made it. */
import { timeCondition } from "#services/loader/merge.ts";
import { createDatasetLook } from "#services/shared/gcp/look/dataset.ts";
import { quotedIn } from "#services/shared/quoted.ts";
import type { Column } from "#services/shared/schema/column.ts";
import { EVENT_KEY, SENDER_KEY } from "#services/shared/schema/key.ts";
import type { Times } from "#services/shared/times.ts";
import type { Workshop } from "../archive/workshop.ts";
import type { WarehousePlace } from "../place.ts";
import { cell } from "../query/cell.ts";
import { inParallel } from "./in-parallel.ts";
import { lineOf } from "./row-line.ts";
import { candidateRows, holdsText } from "./statements.ts";
import { type Term, without } from "./term.ts";

export interface TextTable {
  /** As people call it: with its dataset, unless that is the events'. */
  readonly name: string;
  /** For a statement. */
  readonly quoted: string;
  /** Those that can hold text. */
  readonly columns: readonly Column[];
  /** By which a row is known; `undefined` when nothing here says how. */
  readonly key: readonly string[] | undefined;
  readonly hasTime: boolean;
  /** Of a base table; a snapshot can only be dropped. */
  readonly isChangeable: boolean;
  /** A rollup counts events by day; see `rollups.ts`. */
  readonly isRollup: boolean;
}

const REQUEST_TIMEOUT_MS = 60_000;

/**
 * Those that have rows, in the order of their names.
 * @param staging the dataset of staging tables; it may be missing
 * @param loads the name of the table of loads
 * @param rollups the names of the rollups
 */
export async function textTables(
  place: WarehousePlace,
  staging: string,
  loads: string,
  rollups: ReadonlySet<string>,
): Promise<readonly TextTable[]> {
  const tables: TextTable[] = [];
  for (const dataset of new Set([place.dataset, staging])) {
    const look = createDatasetLook({ ...place, dataset, requestTimeoutMs: REQUEST_TIMEOUT_MS });
    const quoted = quotedIn(place.project, dataset);
    await inParallel((await look.tables()) ?? [], async ({ name, type }) => {
      if (type !== "TABLE" && type !== "SNAPSHOT") return;
      const { columns, isEmpty } = (await look.table(name)) ?? { columns: [], isEmpty: true };
      if (isEmpty || !columns.some(holdsText)) return;
      tables.push({
        name: dataset === place.dataset ? name : `${dataset}.${name}`,
        quoted: quoted(name),
        columns: columns.filter(holdsText),
        key: name === loads ? LOAD_KEY : keyIn(columns),
        hasTime: columns.some((column) => column.name === "ce_time" && column.type === "TIMESTAMP"),
        isChangeable: type === "TABLE",
        isRollup: dataset === place.dataset && rollups.has(name),
      });
    });
  }
  return tables.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** By the sender, too, where it is told: one may have taken the source and id of another's event. */
function keyIn(columns: readonly Column[]): readonly string[] | undefined {
  const isText = (wanted: string) => columns.some(({ name, type }) => name === wanted && type === "STRING");
  if (!EVENT_KEY.every(isText)) return undefined;
  return isText("source") ? SENDER_KEY : EVENT_KEY;
}

/** A plan may be booked twice. */
const LOAD_KEY = ["plan", "loaded_at"];

export interface FoundRow {
  /** The key's values, in its order. */
  readonly key: readonly string[];
  /** The text columns of the row without the term, as a JSON object. */
  readonly line: string;
  /** `ce_time` in milliseconds, or `null`. */
  readonly timeMs: number | null;
  /** Of a rollup, `2026-11-20`; else `null`. */
  readonly day: string | null;
}

/** The rows of a table that have the term, page by page. */
export async function* rowsWith(
  term: Term,
  { quoted, columns, key = [], hasTime, isRollup }: TextTable,
  { questioner }: Workshop,
): AsyncGenerator<FoundRow, void, void> {
  const wanted = new Set([
    ...columns.map(({ name }) => name),
    ...key,
    ...(hasTime ? ["ce_time"] : []),
    ...(isRollup ? ["day"] : []),
  ]);
  const base64 = columns.filter(({ type }) => type === "BYTES").map(({ name }) => name);
  const { fields, rows } = await questioner.ask({
    sql: candidateRows(quoted, columns, [...wanted]),
    parameters: { candidate: { type: "STRING", value: `(?i)(?:${term.candidate})` } },
  });
  const text = fields.filter(({ name }) => columns.some((column) => column.name === name));
  for await (const row of rows) {
    const before = lineOf(text, row);
    const line = without(term, before, base64);
    if (line === before) continue;
    const time = row["ce_time"];
    yield {
      key: key.map((name) => cell(row[name], "")),
      line,
      timeMs: hasTime && typeof time === "string" ? Date.parse(time) : null,
      day: isRollup ? cell(row["day"], "") : null,
    };
  }
}

/** A range of times as a condition on `T`, which leaves out partitions; made of milliseconds, so one wider than needed. */
export function rangeOf(hasTime: boolean, times: { minMs: number; maxMs: number; untimed: number }): string {
  if (!hasTime) return "TRUE";
  const { minMs, maxMs, untimed } = times;
  const iso = (at: number) => new Date(at).toISOString();
  const ranges: Times["ranges"] = minMs <= maxMs ? [[iso(minMs), iso(maxMs + 1)]] : [];
  return timeCondition("T", { ranges, untimed: untimed > 0 });
}
