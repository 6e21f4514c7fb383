/** A sample of every type and spelling of Chainguard's, posted to real processes and read back with SQL. */
import { readdirSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { Json } from "#services/shared/row/json.ts";
import { parseJson } from "#services/shared/row/parse-json.ts";
import { loadRegistry } from "#services/shared/schema/registry.ts";
import { type ClientRow, missingIn } from "#test/support/content.ts";
import { type LivePipeline, startLivePipeline } from "#test/support/live-pipeline.ts";
import { bookedRows, inOneLoad } from "#test/support/one-load.ts";

const FOLDER = "test/fixtures/chainguard";
const PATIENCE = { timeout: 90_000, interval: 1_000 };

interface Sample {
  readonly spelling: string;
  readonly type: string;
  readonly source: string;
  readonly subject: string;
  readonly group: string;
  readonly message?: string;
  readonly data: object;
  /** What has no column, or does not fit it. */
  readonly extra?: object;
}

const samples = readdirSync(FOLDER)
  .filter((file) => file.endsWith(".json"))
  .flatMap((file) => JSON.parse(readFileSync(`${FOLDER}/${file}`, "utf8")) as readonly Sample[])
  .map((sample, index) => ({ ...sample, id: `sample-${index}` }));
const registry = loadRegistry();
const types = [...new Set(samples.map(({ type }) => type))];

let pipeline: LivePipeline;
const rows = new Map<string, ClientRow>();

beforeAll(async () => {
  pipeline = await startLivePipeline();
  await inOneLoad(pipeline, postAll);
  await vi.waitUntil(async () => (await bookedRows(pipeline)) === samples.length, PATIENCE);
  for (const table of types.map((type) => registry.find(type)?.table as string)) {
    for (const row of await pipeline.query<ClientRow>(`SELECT * FROM ${table}`, {}, { wrapIntegers: true }))
      rows.set(row["ce_id"] as string, row);
  }
}, 180_000);
afterAll(() => pipeline.stop());

async function postAll(): Promise<void> {
  for (const { id, type, source, subject, group, message, data } of samples) {
    const status = await pipeline.post(Buffer.from(JSON.stringify(data)), {
      "content-type": "application/json",
      "ce-id": id,
      "ce-type": type,
      "ce-source": source,
      "ce-subject": subject,
      "ce-group": group,
      "ce-specversion": "1.0",
      "ce-time": "2026-08-20T10:00:00Z",
      ...(message === undefined ? {} : { "ce-bodytype": message }),
    });
    expect(status).toBe(202);
  }
}

test("the samples are of 54 documented types and more, in both spellings", () => {
  expect(types.length).toBeGreaterThanOrEqual(54);
  expect(new Set(samples.map(({ spelling }) => spelling))).toEqual(new Set(["documented", "protojson"]));
});

test.each(samples)(
  "$type, $spelling, $message",
  ({ id, type, source, subject, group, message, data, extra }) => {
    const row = rows.get(id) as ClientRow;
    const table = registry.find(type);
    if (table === undefined) throw new Error(`no table for ${type}`);
    expect(row).toMatchObject({ ce_type: type, ce_source: source, ce_subject: subject, ce_group: group });
    const { value } = parseJson(JSON.stringify(data));
    expect(missingIn(row, table, value)).toEqual([]);
    const { ce, ...rest } = JSON.parse((row["extra"] as string | null) ?? "{}") as { ce?: object };
    expect(rest).toEqual(extra ?? {});
    expect(ce).toEqual(message === undefined ? undefined : { bodytype: message });
  },
);

test("a row that lacks something would be noticed", () => {
  const table = registry.find("dev.chainguard.registry.pull.v1");
  if (table === undefined) throw new Error("no table for pulls");
  const data = { body: { tag: "a", x: [{ y: 1 }], policy_results: [{ mode: "m" }] } } as unknown as Json;
  expect(missingIn({ extra: null }, table, parseJson(JSON.stringify(data)).value)).toEqual([
    "/body/tag",
    "/body/x/0/y",
    "/body/policy_results/0/mode",
  ]);
});
