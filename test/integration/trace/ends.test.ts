/** `pullhouse trace` of events that are no row of their type's table: it says where each one is. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { afterEach, beforeEach, expect, test } from "vitest";
import { drain } from "#services/batcher/drain.ts";
import type { Chain, Report } from "#services/cli/trace/chain.ts";
import { load } from "#services/loader/load.ts";
import { fromMessage, type Message, toMessage } from "#services/shared/message.ts";
import { spillObject } from "#services/shared/objects.ts";
import type { Trace } from "#services/shared/trace.ts";
import { PULL_TYPE, pullMessage } from "#test/support/pull-message.ts";
import {
  drainLimits,
  loadLimits,
  type StandInCloud,
  startStandInCloud,
} from "#test/support/stand-in-cloud.ts";
import { pullhouseHere as pullhouse } from "../cli/run-command.ts";

const never = new AbortController().signal;
const TRACE: Trace = { id: "a".repeat(32), spanId: "b".repeat(16), sampled: true };
const OTHER: Trace = { ...TRACE, id: "c".repeat(32) };
const JSON_TYPE = { contentType: "application/json" };

let cloud: StandInCloud;
let home: string;

beforeEach(async () => {
  cloud = await startStandInCloud();
  home = mkdtempSync(join(tmpdir(), "pullhouse-trace-"));
});
afterEach(async () => {
  rmSync(home, { recursive: true });
  await cloud.close();
});

const run = (...args: string[]) => pullhouse(["trace", ...args], { ...cloud.env, PULLHOUSE_HOME: home });

async function trace(...args: string[]) {
  const { status, out, error } = await run("--json", ...args);
  expect(error).toBe("");
  const { events, ...others } = JSON.parse(out) as Omit<Report, "chains"> & { events: readonly Chain[] };
  return { status, events, ...others };
}

const drainAll = async () => {
  const report = await drain(cloud.ports, drainLimits, never);
  expect(report.outcome).toBe("drained");
  return report.objects;
};
const loadAll = () => load(cloud.ports, loadLimits, never);

/** The message of an event, of a trace and from a source. */
function message(id: string, more: { trace?: Trace; source?: string } = {}): Message {
  const { event, receipt } = fromMessage(pullMessage(id));
  return toMessage(
    { ...event, ...(more.source === undefined ? {} : { source: more.source }) },
    { ...receipt, ...(more.trace === undefined ? {} : { trace: more.trace }) },
  );
}

/** As the receiver writes them on the local cloud. */
function receiverLog(...lines: object[]): void {
  mkdirSync(join(home, "logs"), { recursive: true });
  writeFileSync(
    join(home, "logs", "receiver.log"),
    lines.map((line) => `${JSON.stringify({ status: 202, ...line })}\n`).join(""),
  );
}

test("two senders' events with one source and id are two, each with its sender and its object", async () => {
  const objects: Record<string, unknown> = {};
  for (const sender of ["chainguard", "zot"]) {
    await cloud.publish(pullMessage("same", { data: "5", sender }));
    objects[sender] = (await drainAll())[0];
  }
  await loadAll();
  const { events } = await trace("same");
  expect(events).toHaveLength(2);
  for (const { sender = "", end, object } of events)
    expect([sender, end, object?.name]).toEqual([sender, "rejected", objects[sender]]);
  expect(new Set(events.map(({ sender }) => sender))).toEqual(new Set(["chainguard", "zot"]));
  expect((await run("same")).out).toContain("event same from cgr.dev, sent by zot");
});

test("an event that nobody knows is unknown, on a warehouse without a single table as well", async () => {
  const { status, events } = await trace("nobody");
  expect(events).toEqual([{ ceId: "nobody", end: "unknown" }]);
  expect(status).toBe(1);
  const text = await run("nobody");
  expect(text.status).toBe(1);
  expect(text.out).toContain("Nobody here knows nobody");
});

test("an event that was accepted and is nowhere else is in the queue", async () => {
  const line = { ceId: "a", type: PULL_TYPE, messageId: "17", receivedAt: "2026-11-21T08:00:00.000Z" };
  receiverLog({ message: "accepted", ...line });
  const { status, events } = await trace("a");
  expect(events).toMatchObject([{ ceId: "a", type: PULL_TYPE, end: "queue", accepted: { messageId: "17" } }]);
  expect(status).toBe(1);
});

test("an event that is spilled is named with its object, found by its trace as well", async () => {
  const { attributes, data } = message("a", { trace: TRACE });
  const spilled = { attributes, data_base64: Buffer.from(data).toString("base64") };
  await cloud.ports.store.create(spillObject("x"), Buffer.from(JSON.stringify(spilled)), JSON_TYPE);
  const chain = { ceId: "a", ceSource: "cgr.dev", traceId: TRACE.id, end: "spilled", place: "spill/x.json" };
  expect(await trace("a")).toMatchObject({ status: 1, events: [chain] });
  expect(await trace(TRACE.id)).toMatchObject({ status: 1, events: [chain] });
});

test("a dead letter is named with its reason", async () => {
  await cloud.publish(message("a"));
  const find = () => {
    throw new RangeError("too deep");
  };
  await drain({ ...cloud.ports, registry: { ...cloud.ports.registry, find } }, drainLimits, never);
  const { status, events } = await trace("a");
  expect(events).toMatchObject([
    { ceId: "a", end: "dead letter", reason: expect.stringContaining("too deep") },
  ]);
  expect(status).toBe(1);
});

test("what is drained and not loaded is pending, and no load has begun", async () => {
  await cloud.publish(message("a", { trace: TRACE }));
  await cloud.publish(message("b", { trace: TRACE }));
  const [object] = await drainAll();
  const { status, events } = await trace("a");
  expect(events).toMatchObject([
    {
      ceId: "a",
      traceId: TRACE.id,
      end: "pending",
      reason: "no load has begun",
      object: { name: object, rows: 2, mark: "pending" },
    },
  ]);
  expect(status).toBe(1);
  expect((await trace(TRACE.id)).events.map(({ ceId }) => ceId)).toEqual(["a", "b"]);
});

test("a load that has begun is told from one that has not", async () => {
  await cloud.publish(message("a"));
  await drainAll();
  const { warehouse } = cloud.ports;
  const failing = { ...warehouse, load: () => Promise.reject(new Error("the loader dies here")) };
  await load({ ...cloud.ports, warehouse: failing }, loadLimits, never);
  expect((await trace("a")).events).toMatchObject([{ end: "pending", reason: "a load of it has begun" }]);
});

test("what BigQuery refuses is in quarantine, with its reason", async () => {
  await cloud.publish(message("a"));
  const [name = ""] = await drainAll();
  const file = cloud.bucket.file(name);
  const [bytes] = await file.download({ decompress: false });
  const row = JSON.parse(gunzipSync(bytes).toString()) as object;
  await file.save(gzipSync(`${JSON.stringify({ ...row, no_such_column: 1 })}\n`));
  await loadAll();
  const { status, events } = await trace("a");
  expect(events).toMatchObject([
    { ceId: "a", end: "quarantined", reason: expect.stringContaining("no_such_column") },
  ]);
  expect(status).toBe(1);
});

test("an object that nobody can read hides no other, and is named for an event that is not found", async () => {
  await cloud.publish(message("lost"));
  const [name = ""] = await drainAll();
  const file = cloud.bucket.file(name);
  const [bytes] = await file.download({ decompress: false });
  await file.save(bytes.subarray(0, 40));
  await cloud.publish(message("a"));
  await drainAll();
  expect((await trace("a")).events).toMatchObject([{ ceId: "a", end: "pending" }]);
  const lost = await trace("lost");
  expect(lost.events).toEqual([{ ceId: "lost", end: "unknown" }]);
  expect(lost.unreadable).toEqual([expect.stringContaining(name)]);
  await loadAll();
  expect((await trace("a")).events).toMatchObject([{ ceId: "a", end: "row" }]);
  expect((await trace("lost")).unreadable).toEqual([expect.stringContaining("quarantine/")]);
});

test("a spilled object that was unreadable is known by the id in it", async () => {
  await cloud.ports.store.create("spill/x.json", Buffer.from('{"attributes":{"ce-id":"a"'), JSON_TYPE);
  expect((await trace("a")).events).toEqual([{ ceId: "a", end: "unreadable", place: "spill/x.json" }]);
  await drain(cloud.ports, drainLimits, never);
  const place = "quarantine/spill/x.json";
  expect((await trace("a")).events).toEqual([{ ceId: "a", end: "unreadable", place }]);
});

test("a rejected event is a row with the reasons, one without a schema another; both have status 1", async () => {
  await cloud.publish(pullMessage("misfit", { data: '{"body":{"repository":7}}' }));
  await cloud.publish(pullMessage("stranger", { type: "com.example.unheard.of" }));
  await drainAll();
  await loadAll();
  const misfit = await trace("misfit");
  expect(misfit.status).toBe(1);
  expect(misfit.events).toMatchObject([
    {
      ceId: "misfit",
      type: PULL_TYPE,
      end: "rejected",
      object: { mark: "gone" },
      row: { table: "rejected_events", reasons: expect.stringContaining("/body/repository") },
    },
  ]);
  const stranger = await trace("stranger");
  expect(stranger.status).toBe(1);
  expect(stranger.events).toMatchObject([{ end: "unregistered", row: { table: "unregistered_events" } }]);
});

test("two senders with one id are two events, and --source tells them apart", async () => {
  await cloud.publish(message("a", { source: "one.example" }));
  await cloud.publish(message("a", { source: "two.example" }));
  await drainAll();
  await loadAll();
  const both = await trace("a");
  expect(both.status).toBe(0);
  expect(new Set(both.events.map(({ ceSource }) => ceSource))).toEqual(
    new Set(["one.example", "two.example"]),
  );
  expect(both.events).toHaveLength(2);
  const one = await trace("a", "--source", "two.example");
  expect(one.events).toMatchObject([{ ceSource: "two.example", end: "row" }]);
  expect((await trace("a", "--source", "three.example")).events).toMatchObject([{ end: "unknown" }]);
});

test("without the log a trace leads to objects of its own, and those that it shares are only named", async () => {
  await cloud.publish(message("alone", { trace: TRACE }));
  await drainAll();
  await cloud.publish(message("one", { trace: OTHER }));
  await cloud.publish(message("two"));
  await cloud.publish(message("three", { trace: TRACE }));
  const [shared] = await drainAll();
  await loadAll();
  const found = await trace(TRACE.id);
  expect(found.events).toMatchObject([{ ceId: "alone", traceId: TRACE.id, end: "row" }]);
  expect(found.shared).toEqual([shared]);
});

test("a row of before the period is not looked for, and a wider period finds it", async () => {
  await cloud.publish(message("a"));
  await drainAll();
  await loadAll();
  expect((await trace("a", "--until", "1h")).events).toMatchObject([{ end: "unknown" }]);
  expect((await trace("a", "--since", "1h")).events).toMatchObject([{ end: "row" }]);
});

test("the dry run says what looking for rows would read, and prints no chain", async () => {
  await cloud.publish(message("a"));
  await drainAll();
  await loadAll();
  const { status, out } = await run("a", "--dry-run");
  expect(status).toBe(0);
  expect(out).toMatch(/^[\d.]+ KiB, \$/);
  expect(out).not.toContain("event");
});

test("a cloud that does not answer is status 2, with what to do", async () => {
  const { status, error } = await pullhouse(["trace", "a"], {
    ...cloud.env,
    PULLHOUSE_HOME: home,
    BIGQUERY_EMULATOR_HOST: "http://127.0.0.1:1",
  });
  expect(status).toBe(2);
  expect(error).toContain("make up");
});
