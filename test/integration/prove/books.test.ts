/** What a load leaves in the table `loads`, over BigQuery's own client. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { drain } from "#services/batcher/drain.ts";
import { load } from "#services/loader/load.ts";
import { MANIFEST_KEY } from "#services/shared/objects.ts";
import { PULL_TYPE, pullMessage } from "#test/support/pull-message.ts";
import {
  drainLimits,
  loadLimits,
  type StandInCloud,
  startStandInCloud,
} from "#test/support/stand-in-cloud.ts";

const never = new AbortController().signal;
let cloud: StandInCloud;

beforeAll(async () => {
  cloud = await startStandInCloud();
});
afterAll(() => cloud.close());

test("a load is one row with its objects, jobs, counts and times", async () => {
  for (const id of ["a", "b", "b", "c"]) await cloud.publish(pullMessage(id));
  const startedAt = Date.now();
  await drain(cloud.ports, drainLimits, never);
  await load(cloud.ports, loadLimits, never);

  const rows = await cloud.query<Record<string, unknown>>("SELECT * FROM loads");

  const [object] = (await cloud.bucket.getFiles({ prefix: "events/" }))[0];
  const [metadata] = (await object?.getMetadata()) ?? [];
  const manifest = JSON.parse(String(metadata?.metadata?.[MANIFEST_KEY])) as Record<string, unknown>;
  expect(manifest).toMatchObject({ object: object?.name, rows: 4, bytes: Number(metadata?.size) });
  const [row = {}] = rows;
  const plan = String(row["plan"]);
  expect(rows).toHaveLength(1);
  expect(row).toMatchObject({
    type: PULL_TYPE,
    table: "dev_chainguard_registry_pull_v1",
    rows_staged: 4,
    rows_inserted: 3,
    duplicates: 1,
    rows_set_aside: 0,
    bytes: manifest["bytes"],
    load_jobs: [expect.stringContaining(`pullhouse-stage-${plan}-`)],
    merge_job: `pullhouse-merge-${plan}`,
    oldest_received_at: { value: "2026-11-20T00:00:00.000Z" },
    oldest_drained_at: { value: manifest["drainedAt"] },
    min_ce_time: { value: "2025-04-23T00:37:47.000Z" },
    max_ce_time: { value: "2025-04-23T00:37:47.000Z" },
    untimed: 0,
  });
  expect(row["objects"]).toEqual([
    {
      object: object?.name,
      rows: 4,
      bytes: manifest["bytes"],
      sha256: manifest["sha256"],
      drained_at: { value: manifest["drainedAt"] },
      set_aside: false,
      reason: null,
    },
  ]);
  const { value } = row["loaded_at"] as { value: string };
  const at = Date.parse(value);
  expect(at).toBeGreaterThanOrEqual(startedAt);
  expect(row["seconds"]).toBeLessThanOrEqual((at - startedAt) / 1000 + 1);
});

test("a table that takes no row holds the marks back; mended, it gets the load that it missed, once", async () => {
  await cloud.query("DROP TABLE loads");
  await cloud.query("CREATE TABLE loads (plan INT64, loaded_at TIMESTAMP)");
  await cloud.publish(pullMessage("later"));
  await drain(cloud.ports, drainLimits, never);

  const refused = await load(cloud.ports, loadLimits, never);
  expect(refused).toMatchObject({ outcome: "partial" });
  expect(refused.reasons[0]).toMatch(/loads takes no row: invalidQuery/);
  expect(await cloud.ports.store.list("pending/", 10)).toHaveLength(1);

  await cloud.query("DROP TABLE loads");
  expect(await load(cloud.ports, loadLimits, never)).toMatchObject({ outcome: "loaded", inserted: 1 });
  expect(await cloud.ports.store.list("pending/", 10)).toEqual([]);
  expect(await cloud.query("SELECT rows_inserted, duplicates FROM loads")).toEqual([
    { rows_inserted: 1, duplicates: 0 },
  ]);
});
