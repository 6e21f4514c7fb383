/** The loader's speed from pending objects to committed rows, beside DuckDB alone, which is the local warehouse. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { drain } from "#services/batcher/drain.ts";
import { load } from "#services/loader/load.ts";
import type { Queue } from "#services/shared/ports.ts";
import { drainLimits, loadLimits, startStandInCloud } from "#test/support/stand-in-cloud.ts";
import { generatedMessages } from "../generated-messages.ts";
import { type BenchOptions, type BenchReport, figure } from "../measure.ts";

const ROWS_PER_OBJECT = 5_000;

interface Round {
  readonly tableRows: number;
  readonly loadMs: number;
  readonly mergeMs: number;
  readonly duckdbMs: number;
}

export async function benchLoader({ quick, progress }: BenchOptions): Promise<BenchReport> {
  const rowsPerLoad = quick ? 5_000 : 20_000;
  const loads = quick ? 3 : 6;
  const cloud = await startStandInCloud();
  const folder = mkdtempSync(join(tmpdir(), "pullhouse-bench-loader-"));
  const duckdb = await (await DuckDBInstance.create(join(folder, "alone.duckdb"))).connect();
  const messageAt = generatedMessages("loader", Date.now());
  const rounds: Round[] = [];
  try {
    for (let round = 0; round < loads; round++) {
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
        tableRows: (round + 1) * rowsPerLoad,
        loadMs,
        mergeMs: report.plans.reduce((sum, { mergeMilliseconds }) => sum + mergeMilliseconds, 0),
        duckdbMs: performance.now() - alone,
      });
    }
  } finally {
    duckdb.closeSync();
    await cloud.close();
    rmSync(folder, { recursive: true });
  }
  // The first load creates the tables.
  const counted = rounds.slice(1);
  const perSecond = (milliseconds: number) => rowsPerLoad / (milliseconds / 1000);
  const [first, last] = [counted[0] as Round, counted.at(-1) as Round];
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
        { what: `merge into ${last.tableRows.toLocaleString("en-US")} rows`, samples: [last.mergeMs] },
        { what: `into ${first.tableRows.toLocaleString("en-US")}`, samples: [first.mergeMs] },
      ),
    ],
    notes: [
      `${loads} loads of ${rowsPerLoad} generated pull events, ${ROWS_PER_OBJECT} rows per object; the first creates the tables and is not counted.`,
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
