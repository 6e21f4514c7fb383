/** Every sample of MSR, Harbor and Distribution, posted twice to real processes and read back with SQL. */
import { readdirSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Json } from "#services/shared/row/json.ts";
import { parseJson } from "#services/shared/row/parse-json.ts";
import type { Column } from "#services/shared/schema/column.ts";
import { type EventTable, loadRegistry } from "#services/shared/schema/registry.ts";
import { type LivePipeline, startLivePipeline } from "#test/support/live-pipeline.ts";
import { bookedRows, inOneLoad } from "#test/support/one-load.ts";
import { leavesOf } from "#test/support/row-at.ts";

const SECRET = "secret-for-tests";
const VALUE = "value for tests";
const PATIENCE = { timeout: 60_000, interval: 1_000 };
type JsonObject = { readonly [key: string]: Json };

let pipeline: LivePipeline;

beforeAll(async () => {
  pipeline = await startLivePipeline({
    MSR_SECRETS: SECRET,
    HARBOR_AUTHORIZATION: VALUE,
    DISTRIBUTION_AUTHORIZATION: VALUE,
  });
});
afterAll(() => pipeline.stop());

interface Post {
  readonly path: string;
  readonly body: Buffer;
  /** The data of each row that is to come of it. */
  readonly rows: readonly Json[];
}

function samples(folder: string, path: string, dataOf: (body: JsonObject) => readonly Json[]): Post[] {
  return readdirSync(`test/fixtures/${folder}`)
    .filter((file) => file.endsWith(".json"))
    .map((file) => {
      const body = readFileSync(`test/fixtures/${folder}/${file}`);
      return { path, body, rows: dataOf(parseJson(body.toString()).value as JsonObject) };
    });
}

const POSTS: readonly Post[] = [
  ...samples("msr", `/msr/${SECRET}`, (body) => [body]),
  ...samples("harbor/default", "/harbor", ({ event_data }) => [event_data as Json]),
  ...samples("harbor/cloudevents", "/harbor", ({ data }) => [data as Json]),
  ...samples("distribution", "/distribution", ({ events }) => events as readonly Json[]),
];

const TABLES = [...loadRegistry().tables.values()].filter(({ type }) =>
  /^(?:com\.mirantis|harbor|io\.cncf)\./.test(type),
);

/** Rows of a table without what the envelope says and without columns that are NULL. */
async function rowsOf({ table, own, otherNames }: EventTable): Promise<string[]> {
  const fields = new Map([...otherNames].map(([field, column]) => [column, field]));
  const names = own.map(({ name }) => name).join(", ");
  const rows = await pipeline.query<Record<string, unknown>>(`SELECT ${names} FROM ${table}`);
  return rows.map((row) => {
    const values = own.map((column) => [
      fields.get(column.name) ?? column.name,
      plain(row[column.name], column),
    ]);
    return textOf(Object.fromEntries(values) as JsonObject);
  });
}

/** What the client makes of a column, as JSON again: a JSON column comes as text, a TIMESTAMP as an object. */
function plain(value: unknown, column: Column, isElement = false): Json {
  if (value === null || value === undefined) return null;
  if (column.mode === "REPEATED" && !isElement)
    return (value as readonly unknown[]).map((element) => plain(element, column, true));
  if (column.type === "JSON") return parseJson(value as string).value;
  if (column.type === "TIMESTAMP") return (value as { value: string }).value;
  if (column.type !== "RECORD") return typeof value === "string" ? value : JSON.stringify(value);
  const record = value as Record<string, unknown>;
  return Object.fromEntries(
    (column.fields ?? []).map((field) => [field.name, plain(record[field.name], field)]),
  );
}

function textOf(value: Json): string {
  const leaves = Object.entries(leavesOf(value)).filter(([, text]) => text !== "null");
  return leaves
    .map(([path, text]) => `${path}=${text}`)
    .toSorted()
    .join("\n");
}

test("each is one row, with each field in its column", { timeout: 90_000 }, async () => {
  const headers = { authorization: VALUE, "content-type": "application/json" };
  await inOneLoad(pipeline, async () => {
    for (const { path, body } of [...POSTS, ...POSTS])
      expect(await pipeline.send(path, body, headers)).toBe(202);
  });
  expect(TABLES.length).toBeGreaterThan(30);
  const expected = POSTS.flatMap(({ rows }) => rows.map(textOf)).toSorted();
  await expect.poll(() => bookedRows(pipeline), PATIENCE).toBe(expected.length);
  const rows = await Promise.all(TABLES.map(rowsOf));
  expect(rows.flat().toSorted()).toEqual(expected);
  const rejected = await pipeline.query(
    "SELECT ce_type FROM rejected_events UNION ALL SELECT ce_type FROM unregistered_events",
  );
  expect(rejected).toEqual([]);
});
