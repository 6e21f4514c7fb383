/** `pullhouse prove` where the books balance and rows are lost, twice there, or in a second table. */
import { gzipSync } from "node:zlib";
import { BigQuery } from "@google-cloud/bigquery";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { drain } from "#services/batcher/drain.ts";
import { queuePlace } from "#services/cli/place.ts";
import { openSources, prove } from "#services/cli/prove/prove.ts";
import { load } from "#services/loader/load.ts";
import { pullMessage } from "#test/support/pull-message.ts";
import {
  drainLimits,
  loadLimits,
  type StandInCloud,
  startStandInCloud,
} from "#test/support/stand-in-cloud.ts";
import { pullhouseHere as pullhouse } from "../cli/run-command.ts";

const never = new AbortController().signal;
const TABLE = "dev_chainguard_registry_pull_v1";
const STAGING = "cloudevents_pull_event_recorder_staging";
let cloud: StandInCloud;

beforeEach(async () => {
  cloud = await startStandInCloud();
});
afterEach(() => cloud.close());

async function loadEvents(...messages: Parameters<typeof pullMessage>[]): Promise<void> {
  for (const message of messages) await cloud.publish(pullMessage(...message));
  expect(await drain(cloud.ports, drainLimits, never)).toMatchObject({ outcome: "drained" });
  expect(await load(cloud.ports, loadLimits, never)).toMatchObject({ outcome: "loaded" });
}

interface Document {
  readonly balanced: boolean;
  readonly findings: readonly { fault: string; what: string; messages: number; detail: string }[];
  readonly warnings: readonly string[];
}

async function proved(...args: string[]): Promise<Document & { status: number | null }> {
  const ran = await pullhouse(["prove", "--since", "2h", "--json", ...args], cloud.env);
  expect(ran.error).toBe("");
  return { status: ran.status, ...(JSON.parse(ran.out) as Document) };
}

const stagingTables = async () =>
  (await new BigQuery({ projectId: "pullhouse-local" }).dataset(STAGING).getTables())[0].map(({ id }) => id);

/** What a MERGE leaves that read an empty staging table: no row, and books that call all of them duplicates. */
async function loseRows(where = "TRUE"): Promise<void> {
  await cloud.query(`DELETE FROM ${TABLE} WHERE ${where}`);
  await cloud.query(
    `UPDATE loads SET merge_job = 'gone', rows_inserted = (SELECT COUNT(*) FROM ${TABLE}), duplicates = rows_staged - (SELECT COUNT(*) FROM ${TABLE}) WHERE TRUE`,
  );
}

describe("rows that were lost and booked as duplicates", () => {
  test("a load of which nothing arrived is found without being asked for", async () => {
    await loadEvents(["a"], ["b"], ["c"]);
    const [object] = await cloud.ports.store.list("events/", 1);
    await loseRows();

    const { status, findings } = await proved();

    expect(findings).toEqual([
      {
        fault: "event without row",
        type: "dev.chainguard.registry.pull.v1",
        what: object,
        messages: 3,
        detail: expect.stringMatching(
          /^load \w+ booked 3 duplicates: in the archive, and no row: such as a, b, c; pullhouse replay --type dev\.chainguard\.registry\.pull\.v1 --from 2026-11-20$/,
        ),
      },
    ]);
    expect(status).toBe(1);
  });

  test("and so is one of which a part arrived", async () => {
    await loadEvents(["a"], ["b"], ["c"]);
    await loseRows("ce_id = 'b'");
    const { status, findings } = await proved();
    expect(findings).toMatchObject([{ fault: "event without row", messages: 1 }]);
    expect(findings[0]?.detail).toContain("such as b;");
    expect(status).toBe(1);
  });

  test("the advice mends it", async () => {
    await loadEvents(["a"], ["b"]);
    await loseRows("ce_id = 'b'");
    const [finding] = (await proved("--deep")).findings;
    const [, command = ""] = /pullhouse (replay .*)$/.exec(finding?.detail ?? "") ?? [];
    // The fixture's receiver is ahead of the archive's day.
    const replayed = await pullhouse(command.replace(/ --from \S+/, "").split(" "), cloud.env);
    expect(replayed).toMatchObject({ status: 0, error: expect.any(String) });
    expect((await proved("--deep")).findings).toEqual([]);
  });

  test("books that say other than the MERGE are found", async () => {
    await loadEvents(["a"], ["b"]);
    await cloud.query(`DELETE FROM ${TABLE} WHERE ce_id = 'b'`);
    await cloud.query("UPDATE loads SET rows_inserted = 1, duplicates = 1 WHERE TRUE");
    const { findings } = await proved();
    expect(findings.map(({ fault }) => fault).toSorted()).toEqual(["event without row", "load miscounted"]);
    expect(findings.find(({ fault }) => fault === "load miscounted")?.detail).toBe(
      "the books say that 1 rows were inserted, its MERGE says 2",
    );
  });

  test("a MERGE that BigQuery does not know any more is said, and is no finding", async () => {
    await loadEvents(["a"], ["a"]);
    await cloud.query("UPDATE loads SET merge_job = 'long-ago' WHERE TRUE");
    const { status, findings, warnings } = await proved();
    expect(findings).toEqual([]);
    expect(warnings).toEqual([expect.stringMatching(/^1 loads .*six months/)]);
    expect(status).toBe(0);
  });
});

describe("prove --deep", () => {
  test("every event once is no finding, wherever its row is, and nothing is left over", async () => {
    await loadEvents(["a"], ["b"], ["b"], ["bad", { data: "5" }], ["odd", { type: "com.example.odd" }]);
    await loadEvents(["a"], ["c", { time: null }]);
    expect(await proved("--deep")).toMatchObject({ status: 0, findings: [], warnings: [] });
    expect(await stagingTables()).toEqual([]);
  });

  test("rows that are gone, twice there, or in a second table are named by type", async () => {
    await loadEvents(["a"], ["b"], ["c"], ["odd", { type: "com.example.odd" }]);
    await cloud.query(`DELETE FROM ${TABLE} WHERE ce_id = 'a'`);
    const columns = "ce_id, ce_source, ce_type, ce_time, source, loaded_at";
    const copied = (id: string) => `(${columns}) SELECT ${columns} FROM ${TABLE} WHERE ce_id = '${id}'`;
    await cloud.query(`INSERT INTO ${TABLE} ${copied("b")}`);
    await cloud.query(`INSERT INTO unregistered_events ${copied("c")}`);

    const { status, findings } = await proved("--deep");

    const faults = findings.filter(({ fault }) => fault.startsWith("event"));
    expect(faults.map(({ fault, messages }) => [fault, messages])).toEqual([
      ["event without row", 1],
      ["event in two tables", 1],
      ["event twice", 1],
    ]);
    expect(faults[1]?.detail).toMatch(/one in unregistered_events: such as c; pullhouse replay --type/);
    expect(status).toBe(1);
  });

  test("events of two senders with one source and id are two: each has its row, and the row of one is not the other's", async () => {
    const misfit = { data: "5" };
    await loadEvents(["same", misfit], ["same", { ...misfit, sender: "zot" }], ["same"]);
    expect(await cloud.query("SELECT source FROM rejected_events ORDER BY source")).toEqual([
      { source: "chainguard" },
      { source: "zot" },
    ]);
    // Chainguard's own two are one event, which fits in one delivery and not in the other: that is no clash of senders.
    const [two, ...others] = (await proved("--deep")).findings;
    expect(two).toMatchObject({ fault: "event in two tables", messages: 1 });
    expect(others).toEqual([]);

    await cloud.query("DELETE FROM rejected_events WHERE source = 'chainguard'");
    const { findings } = await proved("--deep");
    const lost = findings.filter(({ fault }) => fault.startsWith("event"));
    // Its row is in the table of its type; the one of zot stands where it was, and is nobody's second row.
    expect(lost).toEqual([]);

    await cloud.query("DELETE FROM rejected_events WHERE TRUE");
    const { findings: without } = await proved("--deep");
    expect(without.filter(({ fault }) => fault.startsWith("event"))).toMatchObject([
      { fault: "event without row", what: "rejected_events", messages: 1 },
    ]);
  });

  test("what a replay has moved out of a raw table is where it belongs", async () => {
    await loadEvents(["odd", { type: "com.example.odd" }], ["other", { type: "com.example.other" }]);
    await cloud.query(
      `CREATE TABLE com_example_odd AS SELECT * FROM unregistered_events WHERE ce_id = 'odd'`,
    );
    await cloud.query("DELETE FROM unregistered_events WHERE TRUE");
    const { findings } = await proved("--deep");
    const [lost] = findings.filter(({ fault }) => fault === "event without row");
    expect(lost).toMatchObject({ messages: 1, detail: expect.stringContaining("such as other;") });
  });

  test("pending, in quarantine, and expired is no loss", async () => {
    const old = { time: "2020-01-01T00:00:00Z" };
    await loadEvents(["a"], ["old", old]);
    const table = new BigQuery({ projectId: "pullhouse-local" })
      .dataset("cloudevents_pull_event_recorder")
      .table(TABLE);
    const expirationMs = String(1_000 * 86_400_000);
    await table.setMetadata({ timePartitioning: { type: "DAY", field: "ce_time", expirationMs } });
    await cloud.query(`DELETE FROM ${TABLE} WHERE ce_id = 'old'`);
    await cloud.publish(pullMessage("waits"));
    await drain(cloud.ports, drainLimits, never);
    expect(await proved("--deep")).toMatchObject({
      status: 0,
      findings: [],
      warnings: [expect.stringMatching(/^1 tables keep rows .*: older events go as they come/)],
    });
  });

  test("the books are not asked for what they do not have any more", async () => {
    await loadEvents(["a"]);
    const dataset = new BigQuery({ projectId: "pullhouse-local" }).dataset("cloudevents_pull_event_recorder");
    const [metadata] = await dataset.table("loads").getMetadata();
    const expirationMs = String(2 * 86_400_000);
    await dataset
      .table("loads")
      .setMetadata({ timePartitioning: { ...metadata.timePartitioning, expirationMs } });
    const { status, warnings } = await proved("--since", "30d");
    expect(warnings).toEqual([expect.stringMatching(/^the books are kept since 2\S+T00:00:00\.000Z: /)]);
    expect(status).toBe(0);
  });

  test("an object that cannot be read is named, and the others are compared", async () => {
    await loadEvents(["a"]);
    await loadEvents(["b"]);
    const [first = ""] = await cloud.ports.store.list("events/", 1);
    const [{ metadata }] = await cloud.bucket.file(first).getMetadata();
    await cloud.bucket.file(first).save(gzipSync("{"), { metadata: { metadata: { ...metadata } } });
    await cloud.query(`DELETE FROM ${TABLE} WHERE ce_id = 'b'`);
    const { findings } = await proved("--deep");
    expect(findings.map(({ fault }) => fault)).toEqual(
      expect.arrayContaining(["object unreadable", "event without row"]),
    );
    expect(findings.find(({ fault }) => fault === "object unreadable")?.what).toBe(first);
  });

  test("--type looks at that type only", async () => {
    await loadEvents(["a"], ["odd", { type: "com.example.odd" }]);
    await cloud.query(`DELETE FROM ${TABLE} WHERE TRUE`);
    await cloud.query("DELETE FROM unregistered_events WHERE TRUE");
    const { findings } = await proved("--deep", "--type", "unregistered_events");
    expect(findings.map(({ what }) => what)).toContain("unregistered_events");
    expect(findings.map(({ detail }) => detail).join()).not.toContain(TABLE);
  });

  test("a dry run says objects, bytes and price, and makes no table", async () => {
    await loadEvents(["a"], ["b"]);
    const { out, status } = await pullhouse(["prove", "--since", "2h", "--deep", "--dry-run"], cloud.env);
    expect(out).toMatch(/keys of dev\.chainguard\.registry\.pull\.v1: 1 objects, 2 messages: .*\n/);
    expect(out).toMatch(/at \$6\.25 per TiB/);
    expect(status).toBe(0);
    expect(await stagingTables()).toEqual([]);
  });

  test("stopped on the way it removes its table", async () => {
    await loadEvents(["a"], ["odd", { type: "com.example.odd" }]);
    const local = { project: "pullhouse-local", address: cloud.env["BIGQUERY_EMULATOR_HOST"] as string };
    const sources = openSources({
      warehouse: { ...local, dataset: "cloudevents_pull_event_recorder", stagingDataset: STAGING },
      bucket: { ...local, address: cloud.env["STORAGE_EMULATOR_HOST"] as string, bucket: cloud.bucket.name },
      queue: queuePlace(cloud.env, {}),
      lateAfterMs: 1e6,
    });
    const stop = new AbortController();
    const tables: (readonly unknown[])[] = [];
    const scratch = {
      ...sources.scratch,
      async load(table: string, objects: readonly string[]) {
        const result = await sources.scratch.load(table, objects);
        tables.push(await stagingTables());
        stop.abort();
        return result;
      },
    };
    const now = Date.now();
    const proving = prove(
      { ...sources, scratch },
      { since: now - 7_200_000, until: now },
      { deep: true, signal: stop.signal },
    );
    await expect(proving).rejects.toThrow(/abort/);
    expect(tables).toEqual([[expect.stringMatching(/^prove_/)]]);
    expect(await stagingTables()).toEqual([]);
  });

  test("without the staging dataset it says so, with status 2", async () => {
    await loadEvents(["a"]);
    const env = { ...cloud.env, BIGQUERY_STAGING_DATASET: "nowhere" };
    const { status, error } = await pullhouse(["prove", "--since", "2h", "--deep"], env);
    expect(error).toContain("there is no dataset pullhouse-local.nowhere");
    expect(status).toBe(2);
  });
});
