/** `pullhouse prove` on books that balance, and on each way in which they may not. */
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
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
import { pullhouseHere as pullhouse, type Ran } from "../cli/run-command.ts";

const never = new AbortController().signal;
const TABLE = "dev_chainguard_registry_pull_v1";
let cloud: StandInCloud;

beforeEach(async () => {
  cloud = await startStandInCloud();
});
afterEach(() => cloud.close());

async function drainEvents(...messages: Parameters<typeof pullMessage>[]): Promise<void> {
  for (const message of messages) await cloud.publish(pullMessage(...message));
  const report = await drain(cloud.ports, drainLimits, never);
  expect(report).toMatchObject({ outcome: "drained", messages: messages.length });
}

const loadAll = () => load(cloud.ports, loadLimits, never);

const prove = (...args: string[]): Promise<Ran> => pullhouse(["prove", "--since", "2h", ...args], cloud.env);

interface Document {
  readonly balanced: boolean;
  readonly hours: readonly Record<string, unknown>[];
  readonly findings: readonly {
    fault: string;
    what: string;
    type: string;
    messages: number;
    detail: string;
  }[];
  readonly leftOver: readonly string[];
}

async function proveJson(): Promise<Document & { status: number | null }> {
  const { status, out, error } = await prove("--json");
  expect(error).toBe("");
  return { status, ...(JSON.parse(out) as Document) };
}

async function onlyObject(): Promise<string> {
  const names = await cloud.ports.store.list("events/", 10);
  expect(names).toHaveLength(1);
  return names[0] as string;
}

/** The sums of all hours by type: a run may begin in one hour and end in the next. */
function sums(hours: Document["hours"]): Record<string, Record<string, number>> {
  const all: Record<string, Record<string, number>> = {};
  for (const { type, hour: _hour, ...counts } of hours) {
    const sum = (all[String(type)] ??= {});
    for (const [name, count] of Object.entries(counts)) sum[name] = (sum[name] ?? 0) + Number(count);
  }
  return all;
}

const none = { drained: 0, inserted: 0, duplicates: 0, rejected: 0, quarantined: 0, pending: 0 };

describe("books that balance", () => {
  test("loaded, twice, rejected, unregistered, without a time, and pending", async () => {
    await drainEvents(
      ["a"],
      ["b"],
      ["b"],
      ["bad", { data: "5" }],
      ["odd", { type: "com.example.odd" }],
      ["c", { time: null }],
    );
    await loadAll();
    await drainEvents(["a"], ["d"]);
    await loadAll();
    await drainEvents(["e"], ["f"]);

    const { status, ...proof } = await proveJson();

    expect(proof.findings).toEqual([]);
    expect(proof).toMatchObject({ balanced: true, leftOver: [] });
    expect(sums(proof.hours)).toEqual({
      [PULL_TYPE]: { ...none, drained: 8, inserted: 4, duplicates: 2, pending: 2 },
      rejected_events: { ...none, drained: 1, rejected: 1 },
      unregistered_events: { ...none, drained: 1, inserted: 1 },
    });
    expect(status).toBe(0);
    const text = await prove("--hours");
    expect(text.out).toContain(
      "The books balance: every one of 10 messages is accounted for. Something waits in pending/.",
    );
    expect(text.status).toBe(0);
  });

  test("rows that were gone and are back, since their object was marked again", async () => {
    await drainEvents(["a"], ["b"]);
    const [mark = ""] = await cloud.ports.store.list("pending/", 1);
    const manifest = await contentOfFirstMark();
    await loadAll();
    await cloud.query(`DELETE FROM ${TABLE} WHERE ce_id = 'b'`);
    expect((await proveJson()).findings).toMatchObject([{ fault: "rows gone", messages: 1 }]);

    await cloud.ports.store.create(mark, Buffer.from(manifest), { contentType: "application/json" });
    expect(await loadAll()).toMatchObject({ inserted: 1, duplicates: 1 });

    const proof = await proveJson();
    expect(proof).toMatchObject({ status: 0, balanced: true, findings: [] });
    expect(sums(proof.hours)).toEqual({ [PULL_TYPE]: { ...none, drained: 2, inserted: 2 } });
  });

  test("a batcher that was killed before its mark leaves an object, and its messages come again", async () => {
    await drainEvents(["a"], ["b"]);
    const [mark = ""] = await cloud.ports.store.list("pending/", 1);
    await cloud.ports.store.remove(mark);
    const object = await onlyObject();
    await drainEvents(["a"], ["b"]);
    await loadAll();

    const proof = await proveJson();
    expect(proof).toMatchObject({ status: 0, balanced: true, findings: [], leftOver: [object] });
    expect(sums(proof.hours)).toEqual({ [PULL_TYPE]: { ...none, drained: 2, inserted: 2 } });
  });

  test("nothing was ever drained", async () => {
    await cloud.ports.warehouse.ensureTable(cloud.ports.registry.loads);
    expect(await prove()).toMatchObject({ status: 0, out: expect.stringContaining("Nothing was drained") });
  });
});

describe("each imbalance is named, and the status is 1", () => {
  test("an object that was never loaded", async () => {
    await drainEvents(["a"]);
    await loadAll();
    await drainEvents(["b"], ["c"]);
    const [mark = ""] = await cloud.ports.store.list("pending/", 1);
    await cloud.ports.store.remove(mark);
    const object = (await cloud.ports.store.list("events/", 10)).at(-1);

    const proof = await proveJson();
    expect(proof.findings).toEqual([
      {
        fault: "object not loaded",
        type: PULL_TYPE,
        what: object,
        messages: 2,
        detail: "no load, no mark, and 2 of its 2 events have no row",
      },
    ]);
    expect(proof.status).toBe(1);
  });

  test("rows that are gone, and rows that no load wrote", async () => {
    for (const id of ["a", "b", "c"]) {
      await drainEvents([id], [`${id}2`]);
      await loadAll();
    }
    const plans = await cloud.query<{ plan: string }>("SELECT plan FROM loads ORDER BY loaded_at");
    await cloud.query(`DELETE FROM ${TABLE} WHERE ce_id = 'b2'`);
    await cloud.query(
      `INSERT INTO ${TABLE} (ce_id, ce_source, ce_type, ce_time, loaded_at) SELECT 'x', ce_source, ce_type, ce_time, loaded_at FROM ${TABLE} WHERE ce_id = 'c'`,
    );

    const proof = await proveJson();
    expect(proof.findings).toMatchObject([
      {
        fault: "rows gone",
        what: plans[1]?.plan,
        messages: 1,
        detail: expect.stringContaining("2 rows were inserted, 1 are in"),
      },
      { fault: "rows that no load wrote", what: plans[2]?.plan, messages: -1 },
    ]);
    expect(proof.findings[0]?.detail).toContain((await cloud.ports.store.list("events/", 10))[1]);
    expect(proof.status).toBe(1);
  });

  test("a table that was dropped", async () => {
    await drainEvents(["a"]);
    await loadAll();
    await cloud.query(`DROP TABLE ${TABLE}`);
    const proof = await proveJson();
    expect(proof.findings).toMatchObject([
      { fault: "rows gone", what: TABLE, detail: "there is no such table" },
    ]);
    expect(proof.status).toBe(1);
  });

  test("a mark whose object is gone, and one that cannot be read", async () => {
    await drainEvents(["a"]);
    await loadAll();
    await drainEvents(["b"]);
    const object = (await cloud.ports.store.list("events/", 10)).at(-1) as string;
    await cloud.ports.store.remove(object);
    await cloud.ports.store.create(`pending/${PULL_TYPE}/01BAD`, Buffer.from("{"), {
      contentType: "text/plain",
    });

    const proof = await proveJson();
    expect(proof.findings).toMatchObject([
      { fault: "mark without object", what: `pending/${PULL_TYPE}/01BAD`, detail: "it cannot be read" },
      { fault: "mark without object", messages: 1, detail: `there is no ${object}` },
    ]);
    expect(proof.status).toBe(1);
  });

  test("an object in quarantine, which is in the sum all the same", async () => {
    await drainEvents(["a"], ["b"]);
    const object = await onlyObject();
    await cloud.bucket.file(object).delete();
    await drainEvents(["c"]);
    // Cut short, as no batcher writes it.
    const manifest = await contentOfFirstMark();
    await cloud.bucket
      .file(object)
      .save(Buffer.from("no gzip"), { metadata: { metadata: { [MANIFEST_KEY]: manifest } } });
    await loadAll();

    const proof = await proveJson();
    expect(proof.findings).toMatchObject([{ fault: "object in quarantine", what: object, messages: 2 }]);
    expect(sums(proof.hours)).toEqual({ [PULL_TYPE]: { ...none, drained: 3, inserted: 1, quarantined: 2 } });
    expect(proof.status).toBe(1);
  });

  test("an object that is gone, one that is another, and one that no batcher wrote", async () => {
    await drainEvents(["a"]);
    await drainEvents(["b"]);
    await loadAll();
    const [gone = "", changed = ""] = await cloud.ports.store.list("events/", 10);
    await cloud.bucket.file(gone).delete();
    const [{ metadata }] = await cloud.bucket.file(changed).getMetadata();
    const manifest = JSON.parse(String(metadata?.[MANIFEST_KEY])) as object;
    await cloud.bucket.file(changed).save(gzipSync(""), {
      metadata: { metadata: { [MANIFEST_KEY]: JSON.stringify({ ...manifest, sha256: "00" }) } },
    });
    await cloud.bucket.file(`events/${PULL_TYPE}/dt=9999-12-31/x.ndjson.gz`).save("x");

    const proof = await proveJson();
    expect(proof.findings).toMatchObject([
      { fault: "object gone", what: gone, messages: 1 },
      { fault: "object changed", what: changed, messages: 1 },
      { fault: "object without manifest", what: `events/${PULL_TYPE}/dt=9999-12-31/x.ndjson.gz` },
    ]);
    expect(proof.status).toBe(1);
    const { out, status } = await prove();
    expect(out).toContain("Hours that do not balance");
    expect(out).toContain("The books do not balance: 3 findings, 1 hour with a difference");
    expect(status).toBe(1);
  });

  test("a load whose jobs counted other rows than the batcher", async () => {
    await drainEvents(["a"], ["b"]);
    await loadAll();
    await cloud.query("UPDATE loads SET rows_staged = 1, duplicates = 0, rows_inserted = 1 WHERE TRUE");
    const proof = await proveJson();
    expect(proof.findings.map(({ fault }) => fault)).toEqual(["load miscounted", "rows that no load wrote"]);
    expect(proof.status).toBe(1);
  });
});

test("a dry run says how much it would read, and changes nothing", async () => {
  await drainEvents(["a"]);
  await loadAll();
  const { status, out } = await prove("--dry-run");
  expect(out).toMatch(/^loads: .*\ndev_chainguard_registry_pull_v1: .*\nin all .* at \$6\.25 per TiB/);
  expect(status).toBe(0);
});

test.each([
  [{}, ["--since", "yesterday"], /--since: it takes 12h, 7d/],
  [{}, ["--dataset", "another"], /there is no table loads in pullhouse-local\.another/],
  [
    { STORAGE_EMULATOR_HOST: "http://127.0.0.1:1" },
    [],
    /nothing answers for the bucket pullhouse-local at http:\/\/127/,
  ],
  [
    { BIGQUERY_EMULATOR_HOST: "http://127.0.0.1:1" },
    [],
    /nothing answers at http:\/\/127\.0\.0\.1:1: start the pipeline/,
  ],
])("what cannot be found out is status 2: %j %j", async (env, args, why) => {
  const { status, error } = await pullhouse(["prove", ...args], { ...cloud.env, ...env });
  expect(error).toMatch(why);
  expect(status).toBe(2);
});

async function contentOfFirstMark(): Promise<string> {
  const [mark = ""] = await cloud.ports.store.list("pending/", 1);
  return (await cloud.ports.store.read(mark))?.bytes.toString() ?? "";
}
