/** The loader's MERGE as the in-memory warehouses run it. */
import { ROWS } from "#services/loader/inline-rows.ts";

interface ReadMerge {
  readonly target: string;
  /** `undefined` where the rows are in the parameter. */
  readonly staging: { readonly table: string /** That it must have. */; readonly rows: number } | undefined;
  /** Those that it fills. */
  readonly columns: readonly string[];
  /** The values by which it takes rows for those of one event. */
  readonly keyOf: (row: Readonly<Record<string, unknown>>) => string;
  /** Whether the statement looks for an event among the rows of that time. */
  readonly reads: (time: string | undefined) => boolean;
}

/** @throws Error for any other statement */
export function readMerge(sql: string): ReadMerge {
  const [, target] = /^MERGE `(\w+)` T\nUSING \(\n {2}SELECT /.exec(sql) ?? [];
  const [, table] = /^ {2}SELECT [^\n]* FROM `(\w+)` WHERE TRUE/m.exec(sql) ?? [];
  const [, stagedRows] = /IF\(staged = (\d+), FALSE, ERROR\(/.exec(sql) ?? [];
  const isInline = sql.includes(`SPLIT(@${ROWS},`);
  if (
    target === undefined ||
    isInline === (table !== undefined) ||
    (table === undefined) !== (stagedRows === undefined)
  )
    throw new Error(`not the loader's MERGE: ${sql}`);
  const ranges = [...sql.matchAll(/T\.ce_time BETWEEN TIMESTAMP '([^']+)' AND TIMESTAMP '([^']+)'/g)];
  const untimed = sql.includes("T.ce_time IS NULL");
  const [, inserted = ""] = /\n {2}INSERT \((.*)\)\n/.exec(sql) ?? [];
  const key = keyColumns(sql);
  return {
    target,
    staging: table === undefined ? undefined : { table, rows: Number(stagedRows) },
    columns: inserted.split(", ").map((name) => name.slice(1, -1)),
    keyOf: (row) => JSON.stringify(key.map((name) => row[name] ?? "unknown")),
    reads: (time) =>
      time === undefined ? untimed : ranges.some(([, from = "", to = ""]) => time >= from && time <= to),
  };
}

/** @throws Error when the statement takes other rows of the staging table for one event than of both tables */
function keyColumns(sql: string): readonly string[] {
  const [, partition = ""] = /PARTITION BY (.*?) ORDER BY/.exec(sql) ?? [];
  const [, on = ""] = /\nON (.*?) AND \(?T\.ce_time/.exec(sql) ?? [];
  const key = [...partition.matchAll(/\b(?:ce_source|ce_id|source)\b/g)].map(String);
  const matched = [...on.matchAll(/\bT\.(\w+)/g)].map(([, name]) => String(name));
  if (key.length === 0 || key.join() !== matched.join())
    throw new Error(`the key is ${key.join()} in one table and ${matched.join()} in both: ${sql}`);
  return key;
}

/** The rows of the MERGE's parameter; of nested values only their places. */
export function rowsOfParameter(
  rows: string,
  columns: readonly string[],
): readonly Record<string, unknown>[] {
  return rows.split("\n").map((line) => {
    const values = JSON.parse(line) as readonly unknown[];
    const named = columns.map((name, index) => [name, values[index] ?? undefined] as const);
    return Object.fromEntries(named.filter(([, value]) => value !== undefined));
  });
}
