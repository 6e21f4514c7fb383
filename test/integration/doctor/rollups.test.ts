/** `pullhouse doctor --only rollups` on days that the loader has counted, has not, or has yet to. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { rollUp } from "#services/loader/roll-up.ts";
import { systemClock } from "#services/shared/clock.ts";
import { createWarehouse } from "#services/shared/gcp/bigquery.ts";
import { createNewId } from "#services/shared/ids.ts";
import { createLog } from "#services/shared/log.ts";
import { loadRollups } from "#services/shared/rollup/rollups.ts";
import { loadRegistry } from "#services/shared/schema/registry.ts";
import { type EventWarehouse, startEventWarehouse } from "#test/support/event-warehouse.ts";
import { PULL_TYPE } from "#test/support/pull-message.ts";
import { pullhouseHere } from "../cli/run-command.ts";
import { about, type Report } from "./patient.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const NOW = Date.now();
const dayOf = (ago: number) => new Date(NOW - ago * DAY_MS).toISOString().slice(0, 10);

let warehouse: EventWarehouse;
let loads = 0;

beforeAll(async () => {
  warehouse = await startEventWarehouse();
}, 120_000);
afterAll(() => warehouse?.close());

/** Books a load of rows of one day. */
async function load(daysAgo: number, hoursAgo: number): Promise<void> {
  const loadedAt = new Date(NOW - hoursAgo * HOUR_MS).toISOString();
  await warehouse.ask(
    `INSERT INTO loads (plan, type, \`table\`, rows_inserted, days, loaded_at)
VALUES ('load-${++loads}', '${PULL_TYPE}', 'dev_chainguard_registry_pull_v1', 1, [DATE '${dayOf(daysAgo)}'], TIMESTAMP '${loadedAt}')`,
  );
}

/** As the loader does when its alarm comes. */
async function count() {
  const {
    BIGQUERY_DATASET: dataset = "",
    BIGQUERY_EMULATOR_HOST: address = "",
    GOOGLE_CLOUD_PROJECT: project = "",
  } = warehouse.env;
  const place = { project, dataset, address, stagingDataset: dataset, bucket: "none", clock: systemClock };
  return rollUp(
    {
      questioner: warehouse.questioner,
      warehouse: createWarehouse({ ...place, jobTimeoutMs: 60_000, requestTimeoutMs: 20_000 }),
      clock: systemClock,
      newId: createNewId(),
      log: createLog("loader", "ERROR"),
      rollups: loadRollups(loadRegistry()),
      dataset: `${project}.${dataset}`,
    },
    { roundMaxMs: 120_000 },
    new AbortController().signal,
  );
}

async function days() {
  const env = { ...warehouse.env, GCS_BUCKET: "none" };
  const { status, out, error } = await pullhouseHere(["doctor", "--only", "rollups", "--json"], env);
  expect(error).toBe("");
  expect(status).toBe(0);
  return about(JSON.parse(out) as Report, "days");
}

test("without loads nothing is to be counted", async () => {
  expect(await days()).toMatchObject({ verdict: "ok", found: "none of the last 90 is to be counted" });
});

test("a day that was loaded is to be looked at until the loader has counted it", {
  timeout: 120_000,
}, async () => {
  await load(10, 3);
  expect(await days()).toMatchObject({
    verdict: "look",
    found: `1 of the 1 that are to be counted are not, from ${dayOf(10)} to ${dayOf(10)}: questions read their events`,
    advice: expect.stringMatching(/^`pullhouse rollup` counts them/),
  });
  expect(await count()).toMatchObject({ outcome: "counted" });
  expect(await days()).toMatchObject({
    verdict: "ok",
    found: "all 1 of the last 90 that are to be counted are",
  });
});

test("what was loaded less than two hours ago waits for its alarm", { timeout: 120_000 }, async () => {
  await load(10, 1);
  await load(20, 1);
  expect(await days()).toMatchObject({
    verdict: "ok",
    found: "all 1 of the last 90 that are to be counted are",
  });
  await load(20, 3);
  expect(await days()).toMatchObject({
    verdict: "look",
    found: expect.stringMatching(`^1 of the 2 .* from ${dayOf(20)} to ${dayOf(20)}:`),
  });
  expect(await count()).toMatchObject({ outcome: "counted" });
});

test("loads of today leave nothing to look at", async () => {
  await load(0, 3);
  expect(await days()).toMatchObject({ verdict: "ok" });
});

test("days whose rows have expired are not missed", async () => {
  const dataset = warehouse.client.dataset(warehouse.env["BIGQUERY_DATASET"] ?? "");
  await load(50, 3);
  expect(await days()).toMatchObject({ verdict: "look", found: expect.stringMatching(/^1 of the \d+ /) });
  const expirationMs = String(40 * DAY_MS);
  await dataset
    .table("rolled_up")
    .setMetadata({ timePartitioning: { type: "DAY", field: "day", expirationMs } });
  expect(await days()).toMatchObject({ verdict: "ok" });
});

test("a table or a column that is not there is to be looked at, and says what makes it", {
  timeout: 120_000,
}, async () => {
  const dataset = warehouse.client.dataset(warehouse.env["BIGQUERY_DATASET"] ?? "");
  const lacking = async (name: RegExp) =>
    expect(await days()).toMatchObject({
      verdict: "look",
      found: expect.stringMatching(name),
      advice: expect.stringContaining("--only configuration"),
    });
  await dataset.table("rolled_up").delete();
  await lacking(/rolled_up/);
  expect(await count()).toMatchObject({ outcome: "counted" });
  expect(await days()).toMatchObject({ verdict: "ok" });

  const [{ schema }] = await dataset.table("loads").getMetadata();
  const fields = (schema as { fields: { name: string }[] }).fields.filter(({ name }) => name !== "days");
  await dataset.table("loads").delete();
  await dataset.createTable("loads", { schema: { fields } });
  await lacking(/days/);
});
