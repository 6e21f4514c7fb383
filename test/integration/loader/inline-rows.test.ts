/** Rows that go as a parameter of the MERGE are those that a load job makes of the same objects: values of every kind, of any type. */
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { drain } from "#services/batcher/drain.ts";
import { below, chance, createRandom, pick, type Random } from "#services/cli/generate/random.ts";
import { load } from "#services/loader/load.ts";
import { PENDING } from "#services/shared/objects.ts";
import { COLUMN_TYPES, type Column } from "#services/shared/schema/column.ts";
import {
  type EventTable,
  loadRegistry,
  type Registry,
  schemasFolder,
} from "#services/shared/schema/registry.ts";
import { pullMessage } from "#test/support/pull-message.ts";
import {
  drainLimits,
  loadLimits,
  type StandInCloud,
  startStandInCloud,
} from "#test/support/stand-in-cloud.ts";

const SEED = process.env["SEED"] ?? String(Math.floor(Math.random() * 1e9));
const ROWS = 8;
const EVERY_TYPE = "com.example.every";
/** With arrays of records, records in records, and every type of column. */
const FIRST: readonly string[] = [
  "dev.chainguard.registry.pull.v1",
  "io.cncf.distribution.pull.v1",
  "harbor.scan.completed",
  EVERY_TYPE,
];
/** Of all others, another selection each time. */
const OTHERS = 12;
const never = new AbortController().signal;

const TEXTS = [
  "",
  " ",
  "null",
  "[]",
  `"quoted" \\ and \\n`,
  "line\nline\r\nline\ttab",
  "\u2028\u2029\u0085\u0001\u001f\u007f",
  "größe 🐳 漢字 \u200b\u0301",
  "$[0]",
  "'; --",
  "1e5",
  "x".repeat(3_000),
];
const INTEGERS = ["0", "-0", "-1", "9007199254740993", "9223372036854775807", "-9223372036854775808"];
const FLOATS = ["0", "-0.0", "1.5", "1e308", "-2.5e-300", "123456789012345"];
const JSONS = [
  "{}",
  "[]",
  "null",
  `""`,
  "false",
  "18446744073709551615",
  "-9223372036854775808",
  "0.1",
  "1.10",
  "123456789.12345",
  `{"a":{"b":[1,null,{"c":"\\u0000 is left out"}]}}`.replace("\\u0000 ", ""),
  `{"b":1,"a":2,"ü":"\\"\\\\"}`,
  `[[["deep"]],[1.5,true]]`,
];

const SCALARS: Record<Exclude<Column["type"], "RECORD">, readonly string[]> = {
  INTEGER: INTEGERS,
  FLOAT: FLOATS,
  BOOLEAN: ["true", "false"],
  TIMESTAMP: [`"2026-11-20T12:00:00Z"`, `"0001-01-01T00:00:00.000001Z"`, `"9999-12-31T23:59:59.999999Z"`],
  DATE: [`"2026-02-28"`],
  TIME: [`"23:59:59.5"`],
  DATETIME: [`"2026-02-28T23:59:59.123456"`],
  NUMERIC: [`"-12345678901234567890123456789.123456789"`],
  BYTES: TEXTS.map((text) => JSON.stringify(Buffer.from(text).toString("base64"))),
  JSON: JSONS,
  STRING: TEXTS.map((text) => JSON.stringify(text)),
};

let random: Random;

function jsonOf(column: Column): string {
  if (column.mode !== "REPEATED") return scalarOf(column);
  return `[${Array.from({ length: below(random, 4) }, () => scalarOf(column)).join(",")}]`;
}

function scalarOf({ type, fields = [] }: Column): string {
  return type === "RECORD" ? objectOf(fields) : pick(random, SCALARS[type]);
}

function objectOf(columns: readonly Column[]): string {
  const some = columns.filter(() => chance(random, 0.7));
  return `{${some.map((column) => `${JSON.stringify(column.name)}:${jsonOf(column)}`).join(",")}}`;
}

/** With a type of one's own that has columns of every type, alone and repeated, in records as well. */
function registryWithEvery(): Registry {
  const folder = mkdtempSync(join(tmpdir(), "pullhouse-every-"));
  try {
    cpSync(schemasFolder(), folder, { recursive: true });
    const scalars = COLUMN_TYPES.filter((type) => type !== "RECORD").flatMap((type): Column[] => [
      { name: `one_${type.toLowerCase()}`, type, mode: "NULLABLE", description: "One." },
      { name: `some_${type.toLowerCase()}`, type, mode: "REPEATED", description: "Some." },
    ]);
    const record = (mode: "NULLABLE" | "REPEATED", fields: readonly Column[]): Column => ({
      name: mode.toLowerCase(),
      type: "RECORD",
      mode,
      description: "A record.",
      fields,
    });
    const inner = [record("NULLABLE", scalars), record("REPEATED", scalars)];
    const columns = [...scalars, record("NULLABLE", inner), record("REPEATED", inner)];
    writeFileSync(join(folder, `${EVERY_TYPE}.json`), JSON.stringify(columns));
    return loadRegistry(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const registry = registryWithEvery();
let cloud: StandInCloud;
let ports: StandInCloud["ports"];
beforeAll(async () => {
  cloud = await startStandInCloud();
  ports = { ...cloud.ports, registry };
});
afterAll(() => cloud.close());

async function contentOf(table: string): Promise<readonly unknown[]> {
  return cloud.query(`SELECT * EXCEPT (loaded_at) FROM \`${table}\` ORDER BY ce_id`);
}

async function marks() {
  const [files] = await cloud.bucket.getFiles({ prefix: PENDING });
  return Promise.all(files.map(async (file) => ({ name: file.name, bytes: (await file.download())[0] })));
}

/** @returns the jobs that the loads needed */
async function loadAll(inline: boolean): Promise<{ loadJobs: number; inserted: number }> {
  const warnings: unknown[] = [];
  const log = { ...ports.log, warn: (...said: unknown[]) => void warnings.push(said) };
  const report = await load({ ...ports, log }, { ...loadLimits, inline }, never);
  expect(warnings).toEqual([]);
  expect(report).toMatchObject({ outcome: "loaded", reasons: [], left: [] });
  const loadJobs = report.plans.reduce((sum, plan) => sum + plan.loadJobs.length, 0);
  return { loadJobs, inserted: report.inserted };
}

describe(`seed ${SEED}`, () => {
  test("values of every kind", { timeout: 300_000 }, async () => {
    random = createRandom(SEED);
    const { tables: all, unregistered, rejected } = registry;
    const isRaw = ({ type }: EventTable) => type === unregistered.type || type === rejected.type;
    const others = [...all.values()].filter((table) => !FIRST.includes(table.type) && !isRaw(table));
    const tables = [...all.values()].filter(({ type }) => FIRST.includes(type));
    for (let n = 0; n < OTHERS; n++) tables.push(...others.splice(below(random, others.length), 1));
    for (const { type, own } of tables) {
      for (let n = 0; n < ROWS; n++) await cloud.publish(pullMessage(`${n}`, { type, data: objectOf(own) }));
      // Misfits, and types that nobody knows, have tables of their own.
      await cloud.publish(pullMessage(`${type}-misfit`, { type, data: "[1]" }));
    }
    await cloud.publish(pullMessage("unknown", { type: "com.example.unknown" }));
    await drain(ports, { ...drainLimits, batchMaxMessages: 10_000, batchMaxSize: 1e8 }, never);
    const before = await marks();
    const given = await loadAll(true);
    expect(given.loadJobs).toBe(0);
    expect(given.inserted).toBe((ROWS + 1) * tables.length + 1);
    const names = [...tables, unregistered, rejected].map(({ table }) => table);
    const inline = new Map<string, readonly unknown[]>();
    for (const name of names) inline.set(name, await contentOf(name));

    for (const name of names) await cloud.query(`DELETE FROM \`${name}\` WHERE TRUE`);
    for (const { name, bytes } of before) await cloud.bucket.file(name).save(bytes, { resumable: false });
    const loaded = await loadAll(false);
    expect(loaded).toEqual({ loadJobs: before.length, inserted: given.inserted });
    for (const name of names) expect(inline.get(name), name).toEqual(await contentOf(name));
  });
});
