/** Rows that an older version has written move as those of today. */
import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, expect, test } from "vitest";
import { load } from "#services/loader/load.ts";
import { loadLimits, type StandInCloud, startStandInCloud } from "#test/support/stand-in-cloud.ts";
import { pullhouseHere as pullhouse } from "../cli/run-command.ts";
import { type SchemaFolder, schemaFolder } from "../schema/schema-folder.ts";

const BUILT = "com.example.built.v1";
const COLUMNS = [{ name: "image", type: "STRING", mode: "NULLABLE", description: "What was built." }];

let cloud: StandInCloud;
let folder: SchemaFolder;
beforeEach(async () => {
  cloud = await startStandInCloud();
  folder = schemaFolder();
});
afterEach(async () => {
  await cloud.close();
  folder.delete();
});

const unregistered = () => cloud.query("SELECT ce_id FROM unregistered_events");

/** Writes an object of one row as an older batcher did, with its mark. */
async function keepOldRow(row: { ce_time: string; [column: string]: string }): Promise<void> {
  const bytes = gzipSync(`${JSON.stringify(row)}\n`);
  const type = "unregistered_events";
  const id = "01KZZZZZZZZZZZZZZZZZZZZZZZ";
  const object = `events/${type}/dt=2026-05-01/${id}.ndjson.gz`;
  const manifest = JSON.stringify({
    object,
    rows: 1,
    bytes: bytes.length,
    sha256: createHash("sha256").update(bytes).digest("hex"),
    minTime: row.ce_time,
    maxTime: row.ce_time,
    untimed: 0,
    oldestReceivedAt: "2026-05-01T10:00:01.000Z",
    drainedAt: "2026-05-01T10:00:02.000Z",
  });
  const metadata = { "pullhouse-manifest": manifest };
  await cloud.ports.store.create(object, bytes, { contentType: "application/gzip", metadata });
  const contentType = "application/json";
  await cloud.ports.store.create(`pending/${type}/${id}`, Buffer.from(manifest), { contentType });
}

test("a row from before ce_time had bounds moves into the NULL partition, and out of where it was", async () => {
  await keepOldRow({
    ce_id: "old",
    ce_source: "ci",
    ce_type: BUILT,
    ce_time: "1990-01-01T00:00:00.000000Z",
    ce_specversion: "1.0",
    data_digest: "sha256:0",
    source: "test",
    received_at: "2026-05-01T10:00:01.000Z",
    content_type: "application/json",
    data: '{"image":"x"}',
  });
  await load(cloud.ports, loadLimits, new AbortController().signal);
  expect(await unregistered()).toEqual([{ ce_id: "old" }]);
  folder.write(`${BUILT}.json`, COLUMNS);
  const { out } = await pullhouse(["replay", "--type", BUILT], {
    ...cloud.env,
    SCHEMAS_FOLDER: folder.directory,
  });
  expect(out).toContain("unregistered_events: 1 events fit now, 1 were new, 1 rows moved out");
  expect(await unregistered()).toEqual([]);
  expect(
    await cloud.query(`SELECT ce_time, JSON_VALUE(extra, '$.ce.time') AS said FROM com_example_built_v1`),
  ).toEqual([{ ce_time: null, said: "1990-01-01T00:00:00.000000Z" }]);
});
