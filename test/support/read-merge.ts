/** The loader's MERGE as the in-memory warehouses run it. */

interface ReadMerge {
  readonly target: string;
  readonly staging: string;
  /** Rows that the staging table must have. */
  readonly stagedRows: number;
  /** Those that it fills. */
  readonly columns: readonly string[];
  /** Whether the statement looks for an event among the rows of that time. */
  readonly reads: (time: string | undefined) => boolean;
}

/** @throws Error for any other statement */
export function readMerge(sql: string): ReadMerge {
  const [, target, staging] =
    /^MERGE `(\w+)` T\nUSING \(\n {2}SELECT [^\n]* FROM `(\w+)` WHERE TRUE/.exec(sql) ?? [];
  const [, stagedRows] = /IF\(staged = (\d+), FALSE, ERROR\(/.exec(sql) ?? [];
  if (target === undefined || staging === undefined || stagedRows === undefined)
    throw new Error(`not the loader's MERGE: ${sql}`);
  const ranges = [...sql.matchAll(/T\.ce_time BETWEEN TIMESTAMP '([^']+)' AND TIMESTAMP '([^']+)'/g)];
  const untimed = sql.includes("T.ce_time IS NULL");
  const [, inserted = ""] = /\n {2}INSERT \((.*)\)\n/.exec(sql) ?? [];
  return {
    target,
    staging,
    stagedRows: Number(stagedRows),
    columns: inserted.split(", ").map((name) => name.slice(1, -1)),
    reads: (time) =>
      time === undefined ? untimed : ranges.some(([, from = "", to = ""]) => time >= from && time <= to),
  };
}
