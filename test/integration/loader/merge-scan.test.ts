/** What a merge reads of its table does not grow with the table: three columns of the days of its own rows. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { drain } from "#services/batcher/drain.ts";
import { load } from "#services/loader/load.ts";
import { oldRows, PULLS } from "#test/support/old-rows.ts";
import { pullMessage } from "#test/support/pull-message.ts";
import {
  drainLimits,
  loadLimits,
  type StandInCloud,
  startStandInCloud,
} from "#test/support/stand-in-cloud.ts";

const NEW_ROWS = 50;
/** Rows of the table before each load, all of them before June 2026. */
const SIZES = [1_000, 10_000, 100_000];

let cloud: StandInCloud;
beforeAll(async () => {
  cloud = await startStandInCloud();
});
afterAll(() => cloud.close());

/** Loads events of one day of June, one of them twice. @returns the statement that the loader ran */
async function loadDay(day: string): Promise<string> {
  for (let n = 0; n < NEW_ROWS; n++) {
    const time = `${day}T12:${String(n).padStart(2, "0")}:00Z`;
    await cloud.publish(pullMessage(`${day}-${n}`, { time }));
    if (n === 0) await cloud.publish(pullMessage(`${day}-${n}`, { time }));
  }
  const { signal } = new AbortController();
  await drain(cloud.ports, drainLimits, signal);
  const statements: string[] = [];
  const { warehouse } = cloud.ports;
  const recorded: typeof warehouse = {
    ...warehouse,
    execute(jobId, sql, parameters) {
      statements.push(sql);
      return warehouse.execute(jobId, sql, parameters);
    },
  };
  const report = await load({ ...cloud.ports, warehouse: recorded }, loadLimits, signal);
  expect(report).toMatchObject({ outcome: "loaded", inserted: NEW_ROWS, duplicates: 1 });
  const merge = statements.find((sql) => sql.startsWith("MERGE") && sql.includes(`${PULLS}\` T`));
  if (merge === undefined) throw new Error("there was no merge");
  return merge;
}

async function countRows(where = "TRUE"): Promise<number> {
  const [row] = await cloud.query<{ n: number }>(`SELECT COUNT(*) AS n FROM ${PULLS} WHERE ${where}`);
  return row?.n ?? 0;
}

async function growTo(rows: number): Promise<void> {
  const present = await countRows("ce_id LIKE 'old-%'");
  await cloud.query(oldRows(present, rows));
}

/** Whole partitions are read, of which the constants in the statement tell: computed ones would read all. */
async function rowsRead(merge: string): Promise<number> {
  const [, from, to] = /\bT\.ce_time BETWEEN TIMESTAMP '(\S+)' AND TIMESTAMP '(\S+)'\n/.exec(merge) ?? [];
  if (from === undefined || to === undefined) throw new Error(`no constants to prune by in ${merge}`);
  const days = `DATE '${from.slice(0, 10)}' AND DATE '${to.slice(0, 10)}'`;
  return countRows(`DATE(ce_time) BETWEEN ${days}`);
}

test("a merge into a hundred times the rows reads no more of them", { timeout: 120_000 }, async () => {
  await loadDay("2026-06-01");
  const read: number[] = [];
  const columns = new Set<string>();
  for (const [round, size] of SIZES.entries()) {
    await growTo(size);
    const merge = await loadDay(`2026-06-${String(round + 2).padStart(2, "0")}`);
    for (const [, name = ""] of merge.matchAll(/\bT\.`?(\w+)/g)) columns.add(name);
    read.push(await rowsRead(merge));
  }
  expect(await countRows()).toBe(100_000 + NEW_ROWS * 4);
  expect(read).toEqual([NEW_ROWS, NEW_ROWS, NEW_ROWS]);
  expect([...columns].toSorted()).toEqual(["ce_id", "ce_source", "ce_time"]);
});
