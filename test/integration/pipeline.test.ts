/** From a signed POST to a row in the warehouse, every process real. */
import { createHash, randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { LOCAL_GROUP } from "#infra/local/environment.ts";
import { type LivePipeline, startLivePipeline } from "#test/support/live-pipeline.ts";
import { PULL_TYPE } from "#test/support/pull-message.ts";

const TABLE = "dev_chainguard_registry_pull_v1";
const SEED = readFileSync("test/fixtures/seed-pull/body.json");
const PATIENCE = { timeout: 40_000, interval: 200 };

let pipeline: LivePipeline;

beforeAll(async () => {
  pipeline = await startLivePipeline();
});
afterAll(() => pipeline.stop());

function headers(id: string, more: Record<string, string> = {}): Record<string, string> {
  return {
    "content-type": "application/json",
    "ce-id": id,
    "ce-type": PULL_TYPE,
    "ce-source": "cgr.dev",
    "ce-specversion": "1.0",
    "ce-time": "2025-04-23T00:37:47Z",
    ...more,
  };
}

/** How many rows of the table have each id; a table that is not there yet has none. */
async function counts(table: string, ids: readonly string[]): Promise<Record<string, number>> {
  const tables = await pipeline.query(
    "SELECT table_name FROM INFORMATION_SCHEMA.TABLES WHERE table_name = @table",
    {
      table,
    },
  );
  if (tables.length === 0) return {};
  const sql = `SELECT ce_id, COUNT(*) AS n FROM ${table} WHERE ce_id IN UNNEST(@ids) GROUP BY ce_id`;
  const rows = await pipeline.query<{ ce_id: string; n: number }>(sql, { ids });
  return Object.fromEntries(rows.map(({ ce_id: id, n }) => [id, n]));
}

const onceEach = (ids: readonly string[]) => Object.fromEntries(ids.map((id) => [id, 1]));

/** Waits for the rows, and then for one more event to pass the whole way, behind which no repetition can hide. */
async function expectOnceEach(table: string, ids: readonly string[]): Promise<void> {
  await expect.poll(() => counts(table, ids), PATIENCE).toEqual(onceEach(ids));
  const last = randomUUID();
  expect(await pipeline.post(Buffer.from("{}"), headers(last))).toBe(202);
  await expect.poll(() => counts(TABLE, [last]), PATIENCE).toEqual(onceEach([last]));
  expect(await counts(table, ids)).toEqual(onceEach(ids));
}

test("Chainguard's published event, byte for byte, is one row with every field in its column", async () => {
  const given = JSON.parse(readFileSync("test/fixtures/seed-pull/headers.json", "utf8")) as Record<
    string,
    string
  >;
  const { host: _host, "content-length": length, authorization: _token, ...sent } = given;
  expect(String(SEED.byteLength)).toBe(length);
  expect(await pipeline.post(SEED, sent)).toBe(202);

  const id = given["ce-id"] as string;
  await expectOnceEach(TABLE, [id]);
  const sql = `SELECT *, TO_JSON_STRING(extra) AS extra_json FROM ${TABLE} WHERE ce_id = @id`;
  const [row] = await pipeline.query<Record<string, never>>(sql, { id });
  const { actor, body } = JSON.parse(SEED.toString()) as Record<string, Record<string, object>>;

  expect(row).toMatchObject({
    ce_id: "188888b6-27d2-4a80-8ad5-c7450ab89c0c",
    ce_source: "cgr.dev",
    ce_type: PULL_TYPE,
    ce_subject: "45a0c61ea6fd977f050c5fb9ac06a69eed764595/7214b8ddd5ce879d",
    ce_time: { value: "2025-04-23T00:37:47.000Z" },
    ce_specversion: "1.0",
    ce_group: "45a0c61ea6fd977f050c5fb9ac06a69eed764595",
    ce_actor: "enforce-prod-registry-jzjewxe4@prod-enforce-fabc.iam.gserviceaccount.com",
    recipient_group: LOCAL_GROUP,
    data_digest: "sha256:0e059fc8fc38fe672a3b532c9d2225bff18f6119cfe26b29048a91497d331e79",
    source: "chainguard",
    actor: {
      subject: actor?.["subject"],
      act: { ...actor?.["act"], "aws-userid": null, job_workflow_ref: null },
    },
    body: {
      ...body,
      when: { value: "2025-04-23T00:37:47.810899" },
      subdomain: null,
      error: null,
      policy_results: [],
    },
    extra_json: `{"ce":{"audience":"customer"}}`,
  });
  expect(Object.keys(body ?? {})).toHaveLength(10);
});

test("the same event posted fifty times is one row", async () => {
  const id = randomUUID();
  const statuses = await Promise.all(Array.from({ length: 50 }, () => pipeline.post(SEED, headers(id))));
  expect(new Set(statuses)).toEqual(new Set([202]));
  await expectOnceEach(TABLE, [id]);
  // And once more, when it has long been loaded.
  expect(await pipeline.post(SEED, headers(id))).toBe(202);
  await expectOnceEach(TABLE, [id]);
});

test("an unknown type and a misfit are accepted and kept to the letter, with the reasons", async () => {
  const [unknown, misfit] = [randomUUID(), randomUUID()];
  const odd = Buffer.from(`{ "n": 12345678901234567890 }`);
  const wrong = Buffer.from(`{"body":{"when":"yesterday"}}`);
  expect(await pipeline.post(odd, headers(unknown, { "ce-type": "dev.chainguard.new.v9" }))).toBe(202);
  expect(await pipeline.post(wrong, headers(misfit))).toBe(202);

  await expectOnceEach("unregistered_events", [unknown]);
  await expectOnceEach("rejected_events", [misfit]);
  const [kept] = await pipeline.query("SELECT ce_type, data FROM unregistered_events WHERE ce_id = @id", {
    id: unknown,
  });
  const [rejected] = await pipeline.query("SELECT data, reasons FROM rejected_events WHERE ce_id = @id", {
    id: misfit,
  });
  expect(kept).toEqual({ ce_type: "dev.chainguard.new.v9", data: odd.toString() });
  expect(rejected).toEqual({
    data: wrong.toString(),
    reasons: [{ pointer: "/body/when", rule: "a date and time without a zone", found: 'string "yesterday"' }],
  });
  expect(await counts(TABLE, [unknown, misfit])).toEqual({});
});

test("with Pub/Sub stopped events are accepted, and each is one row when it is back", async () => {
  pipeline.signal("pubsub", "SIGSTOP");
  const ids = Array.from({ length: 20 }, () => randomUUID());
  try {
    const statuses = await Promise.all(ids.map((id) => pipeline.post(SEED, headers(id))));
    expect(new Set(statuses)).toEqual(new Set([202]));
    const [spilled] = await pipeline.bucket.getFiles({ prefix: "spill/" });
    expect(spilled.length).toBeGreaterThan(0);
  } finally {
    pipeline.signal("pubsub", "SIGCONT");
  }
  await expectOnceEach(TABLE, ids);
  await expect
    .poll(async () => (await pipeline.bucket.getFiles({ prefix: "spill/" }))[0].length, PATIENCE)
    .toBe(0);
});

test("an object that BigQuery refuses is set aside, and the events around it are rows", async () => {
  const id = `01${createHash("sha256").update(randomUUID()).digest("hex").slice(0, 24).toUpperCase()}`;
  const object = `events/${PULL_TYPE}/dt=2026-11-20/${id}.ndjson.gz`;
  const line = `${JSON.stringify({ ce_id: id, ce_source: "s", ce_type: "t", no_such_column: 1 })}\n`;
  await pipeline.bucket.file(object).save(gzipSync(line), { resumable: false });
  const manifest = { object, rows: 1, bytes: 1, sha256: "", minTime: null, maxTime: null, untimed: 1 };
  await pipeline.bucket
    .file(`pending/${PULL_TYPE}/${id}`)
    .save(JSON.stringify(manifest), { resumable: false });

  const ids = Array.from({ length: 5 }, () => randomUUID());
  for (const one of ids) expect(await pipeline.post(SEED, headers(one))).toBe(202);
  await expectOnceEach(TABLE, ids);

  const aside = `quarantine/${PULL_TYPE}/${id}`;
  const [reason] = await pipeline.bucket.file(`${aside}.reason.json`).download();
  expect(JSON.parse(reason.toString())).toMatchObject({
    object,
    reason: expect.stringContaining("no_such_column"),
  });
  const [names] = await pipeline.bucket.getFiles({ prefix: `quarantine/${PULL_TYPE}/` });
  expect(names.map(({ name }) => name)).toEqual([`${aside}.ndjson.gz`, `${aside}.reason.json`]);
  expect(await pipeline.bucket.file(`pending/${PULL_TYPE}/${id}`).exists()).toEqual([false]);
});

test("idle means zero: some seconds after the last event no alarm is set, and the next event sets one", {
  timeout: 120_000,
}, async () => {
  await expect.poll(() => pipeline.alarms(), { timeout: 90_000, interval: 200 }).toBe(0);
  const id = randomUUID();
  expect(await pipeline.post(SEED, headers(id))).toBe(202);
  expect(await pipeline.alarms()).toBeGreaterThan(0);
  await expectOnceEach(TABLE, [id]);
});

test("each service killed while events arrive: every event is one row", async () => {
  const ids: string[] = [];
  const victims = ["batcher", "loader", "receiver", "batcher", "loader"];
  for (const victim of victims) {
    const some = Array.from({ length: 30 }, () => randomUUID());
    const statuses = await Promise.all(
      some.map(async (id, number) => {
        if (number === 15) pipeline.signal(victim, "SIGKILL");
        // A sender that gets no answer sends again, as long as it takes.
        for (let tries = 0; tries < 100; tries++) {
          const status = await pipeline.post(SEED, headers(id)).catch(() => 0);
          if (status === 202) return status;
          await new Promise((resolve) => setTimeout(resolve, 100));
        }
        return 0;
      }),
    );
    expect(new Set(statuses)).toEqual(new Set([202]));
    ids.push(...some);
  }
  await expectOnceEach(TABLE, ids);
});
