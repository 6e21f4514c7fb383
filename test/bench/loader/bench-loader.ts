/** The loader's speed from pending objects to committed rows, beside DuckDB alone, which is the local warehouse. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { drain } from "#services/batcher/drain.ts";
import { load } from "#services/loader/load.ts";
import type { Queue } from "#services/shared/ports.ts";
import { oldRows } from "#test/support/old-rows.ts";
import { drainLimits, loadLimits, startStandInCloud } from "#test/support/stand-in-cloud.ts";
import { generatedMessages } from "../generated-messages.ts";
import { type BenchOptions, type BenchReport, figure } from "../measure.ts";

const ROWS_PER_OBJECT = 5_000;
/** How many rows the table gets before the second half of the loads, for each that it has by then. */
const TIMES = 100;

interface Round {
  readonly loadMs: number;
  readonly mergeMs: number;
  readonly duckdbMs: number;
}

export async function benchLoader({ quick, progress }: BenchOptions): Promise<BenchReport> {
  const rowsPerLoad = quick ? 5_000 : 20_000;
  const loads = quick ? 5 : 9;
  const half = Math.ceil(loads / 2);
  const growth = TIMES * half * rowsPerLoad;
  await using stack = new AsyncDisposableStack();
  const cloud = await startStandInCloud();
  stack.defer(() => cloud.close());
  const folder = mkdtempSync(join(tmpdir(), "pullhouse-bench-loader-"));
  stack.defer(() => rmSync(folder, { recursive: true }));
  const instance = await DuckDBInstance.create(join(folder, "alone.duckdb"));
  stack.defer(() => instance.closeSync());
  const duckdb = await instance.connect();
  stack.defer(() => duckdb.closeSync());
  const messageAt = generatedMessages("loader", Date.now());
  const rounds: Round[] = [];
  for (let round = 0; round < loads; round++) {
    if (round === half) {
      progress(`${growth.toLocaleString("en-US")} older rows`);
      await cloud.query(oldRows(0, growth));
    }
    progress(`load ${round + 1} of ${loads}`);
    const queue = queueOf(messageAt, round * rowsPerLoad, rowsPerLoad);
    const limits = { ...drainLimits, batchMaxMessages: ROWS_PER_OBJECT, batchMaxSize: 1e9 };
    const { signal } = new AbortController();
    const drained = await drain({ ...cloud.ports, queue }, limits, signal);
    const begin = performance.now();
    const report = await load(cloud.ports, loadLimits, signal);
    const loadMs = performance.now() - begin;
    if (report.inserted !== rowsPerLoad)
      throw new Error(`${report.inserted} rows: ${report.reasons.join("; ")}`);
    const files: string[] = [];
    for (const [index, name] of drained.objects.entries()) {
      const file = join(folder, `${round}-${index}.json.gz`);
      const [bytes] = await cloud.bucket.file(name).download({ decompress: false });
      writeFileSync(file, bytes);
      files.push(`'${file}'`);
    }
    const source = `read_json([${files.join(", ")}], format = 'newline_delimited', union_by_name = true)`;
    if (round === 0) await duckdb.run(`CREATE TABLE alone AS SELECT * FROM ${source} LIMIT 0`);
    const alone = performance.now();
    await duckdb.run(`INSERT INTO alone BY NAME SELECT * FROM ${source}`);
    rounds.push({
      loadMs,
      mergeMs: report.plans.reduce((sum, { mergeMilliseconds }) => sum + mergeMilliseconds, 0),
      duckdbMs: performance.now() - alone,
    });
  }
  // The first load creates the tables.
  const counted = rounds.slice(1);
  const perSecond = (milliseconds: number) => rowsPerLoad / (milliseconds / 1000);
  const before = rounds.slice(1, half);
  const after = rounds.slice(half);
  const rowsBefore = (half * rowsPerLoad).toLocaleString("en-US");
  const rowsAfter = (half * rowsPerLoad + growth).toLocaleString("en-US");
  return {
    title: "Loader",
    figures: [
      figure(
        "1/s",
        { what: "rows to committed", samples: counted.map(({ loadMs }) => perSecond(loadMs)) },
        { what: "DuckDB alone", samples: counted.map(({ duckdbMs }) => perSecond(duckdbMs)) },
      ),
      figure(
        "ms",
        { what: "merge into the large table", samples: after.map(({ mergeMs }) => mergeMs) },
        { what: "into the small one", samples: before.map(({ mergeMs }) => mergeMs) },
      ),
    ],
    notes: [
      `${loads} loads of ${rowsPerLoad} generated pull events, ${ROWS_PER_OBJECT} rows per object; the first creates the tables and is not counted.`,
      `The small table has ${rowsBefore} rows at most, the large one ${rowsAfter} and more.`,
      "The loader's time is that of listing, planning, load job, merge, books and clearing up, over HTTP to the stand-ins.",
      "What a merge reads is counted in test/integration/loader/merge-scan.test.ts; its time here is DuckDB's, not BigQuery's.",
    ],
  };
}

/** Gives the messages from `first` on, once. */
function queueOf(messageAt: ReturnType<typeof generatedMessages>, first: number, count: number): Queue {
  let given = 0;
  return {
    async pull(max) {
      const pulled = Math.min(max, count - given);
      const begin = first + given;
      given += pulled;
      return Array.from({ length: pulled }, (_, index) => {
        const n = begin + index;
        return { id: `${n}`, ackId: `ack-${n}`, attempt: 1, message: messageAt(n) };
      });
    },
    async acknowledge() {},
    async extend() {},
  };
}
